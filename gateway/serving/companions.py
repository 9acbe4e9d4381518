"""Processes that run beside the service for as long as it does: each a `yizhan` command, started again when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog

_RESTART_SECONDS = 1.0
_STOP_SECONDS = 30.0
_WATCH_SECONDS = 0.5
_BESIDE = "YIZHAN_BESIDE"
_log = structlog.get_logger()


@contextmanager
def companions(*commands: Sequence[str]) -> Iterator[None]:
    """Run `yizhan <command>` for every command, in the environment of this process, until the context is left."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_keep, args=(command, stop), daemon=True) for command in commands]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


@asynccontextmanager
async def stopping() -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGINT, by SIGTERM, or when the service that this process runs beside is gone."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watching = asyncio.create_task(_watch(stop))
    try:
        yield stop
    finally:
        watching.cancel()


async def _watch(stop: asyncio.Event) -> None:
    service = os.environ.get(_BESIDE)
    while service is not None and os.getppid() == int(service):  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(_WATCH_SECONDS)
    if service is not None:
        stop.set()


def _keep(command: Sequence[str], stop: threading.Event) -> None:
    """Start `command` and start it again whenever it ends, until told to stop; then end it."""
    environment = os.environ | {_BESIDE: str(os.getpid())}
    while not stop.is_set():
        process = subprocess.Popen([sys.executable, "-m", "gateway.cli.main", *command], env=environment)
        while process.poll() is None and not stop.wait(0.1):
            pass
        if stop.is_set():
            _end(process)
            return
        _log.warning("companion ended", where=" ".join(command), status=process.returncode)
        stop.wait(_RESTART_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
