"""A process that was told to end does end, whatever one of its threads is still busy with."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_within(seconds: float) -> None:
    """From a signal to end on, leave that much time to whoever handles it, then end without asking anybody.

    What is acknowledged is durable, so nothing is lost. To be called in the main thread, when the handlers are set;
    elsewhere, where a server is a guest in somebody's process, it does nothing.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, _counting(signal.getsignal(number), seconds))


def end_with_parent() -> None:
    """Where this process is one of several that another has started, end when that one is gone, however it ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _counting(handler: Any, seconds: float) -> Callable[[int, FrameType | None], None]:
    def count_down(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(seconds, os._exit, (1,))
        timer.daemon = True
        timer.start()
        if callable(handler):
            handler(number, frame)

    return count_down
