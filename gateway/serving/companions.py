"""Processes that run beside the service for as long as it does: each a `yizhan` command, started again when it dies."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

import structlog

from gateway.base.beside import beside

_RESTART_SECONDS = 1.0
_STOP_SECONDS = 30.0
_WATCH_SECONDS = 0.5
_POLL_SECONDS = 0.1
_BESIDE = "YIZHAN_BESIDE"
_log = structlog.get_logger()


class _Process(Protocol):
    """A companion, however it was started."""

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        ...

    def send_signal(self, sig: int) -> None: ...


@contextmanager
def companions(*commands: Sequence[str]) -> Iterator[None]:
    """Run `yizhan <command>` for every command, in the environment of this process, until the context is left.

    To be entered while this process has one thread, no event loop and no connection: it is forked, so that nothing is
    imported again. What dies later is started anew, as a program of its own.
    """
    stop = threading.Event()
    first = [(command, _Forked(command)) for command in commands]
    keepers = [threading.Thread(target=_keep, args=(*each, stop), daemon=True) for each in first]
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
    async with beside(_watch(stop)):
        yield stop


async def _watch(stop: asyncio.Event) -> None:
    service = os.environ.get(_BESIDE)
    while service is not None and os.getppid() == int(service):  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(_WATCH_SECONDS)
    if service is not None:
        stop.set()


def _keep(command: Sequence[str], process: _Process, stop: threading.Event) -> None:
    """Start `command` again whenever its process ends, until told to stop; then end it."""
    while True:
        while (status := process.poll()) is None and not stop.wait(_POLL_SECONDS):
            pass
        if stop.is_set():
            _end(process)
            return
        _log.warning("companion ended", where=" ".join(command), status=status)
        if stop.wait(_RESTART_SECONDS):
            return
        process = _started(command)


def _end(process: _Process) -> None:
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while process.poll() is None:
        if time.monotonic() > deadline:
            process.send_signal(signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A companion that is a program of its own."""
    environment = os.environ | {_BESIDE: str(os.getpid())}
    return subprocess.Popen([sys.executable, "-m", "gateway.cli.main", *command], env=environment)


class _Forked:
    """A companion that goes on from what this process has imported."""

    def __init__(self, command: Sequence[str]) -> None:
        service, self._status = os.getpid(), None
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # what is there stays shared: no collector of the companion writes to its pages
        self._pid = os.fork()
        if self._pid == 0:
            os.environ[_BESIDE] = str(service)
            become(command)
        gc.unfreeze()

    def poll(self) -> int | None:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self._pid, sig)


def become(command: Sequence[str]) -> NoReturn:
    """Make of this forked process what `yizhan <command>` is after its imports; the code that forked never goes on."""
    status: object = 1
    try:
        _close_what_no_program_inherits()
        sys.argv = ["yizhan", *command]
        import_module("gateway.cli.main").main()
        status = 0
    except SystemExit as ended:
        status = ended.code
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))


def _close_what_no_program_inherits() -> None:
    """Such as the lock by which the service uses its database server: it must end with the service alone."""
    for file in Path("/dev/fd").iterdir():
        with suppress(OSError):  # the folder itself is listed, and closed by now
            if int(file.name) > 2 and not os.get_inheritable(int(file.name)):
                os.close(int(file.name))
