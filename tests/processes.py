"""Commands of `yizhan` as processes of their own, over the database of the settings under test."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from gateway.base.settings import Settings
from tests.nursery import STATUS

_ROOT = Path(__file__).parents[1]


class Ending(Protocol):
    """Something that runs until it ends, such as a process."""

    def poll(self) -> int | None: ...


class Command:
    """`yizhan <arguments>`, running; what is not given of its standard files it shares with this process."""

    def __init__(
        self,
        *arguments: object,
        environment: Mapping[str, str],
        stdout: IO[str] | int = 1,
        stderr: IO[str] | int = 2,
    ) -> None:
        self.returncode: int | None = None
        self._status, pipe = os.pipe()
        asked = {"command": list(map(str, arguments)), "environment": dict(environment), "folder": str(Path.cwd())}
        with Path(os.devnull).open() as nothing:
            files = [nothing.fileno(), *(one if isinstance(one, int) else one.fileno() for one in (stdout, stderr))]
            self.pid = _nursery().bear(asked, [*files, pipe])
        os.close(pipe)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float = 60) -> int:
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("yizhan", timeout)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], seconds)[0]:
            (self.returncode,) = STATUS.unpack(os.read(self._status, STATUS.size))
            os.close(self._status)
        return self.returncode


class _Nursery:
    """`tests.nursery`, running for this process."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            command = [sys.executable, "-m", "tests.nursery", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=_ROOT, stdin=subprocess.DEVNULL)

    def bear(self, asked: Mapping[str, object], files: list[int]) -> int:
        """The id of a new process."""
        with self._lock:
            socket.send_fds(self._control, [json.dumps(asked).encode()], files)
            said = self._control.recv(STATUS.size)
        assert said, "the nursery has ended; see above"
        return STATUS.unpack(said)[0]

    def close(self) -> None:
        self._control.close()
        self._process.wait()


@cache
def _nursery() -> _Nursery:
    made = _Nursery()
    atexit.register(made.close)
    return made


def environment(settings: Settings) -> dict[str, str]:
    """What a process must know to be part of the service under test."""
    assert settings.database.url is not None
    assert settings.master_key is not None
    return os.environ | {
        "YIZHAN_HOME": str(settings.home),
        "YIZHAN_MASTER_KEY": settings.master_key,
        "YIZHAN_DATABASE__URL": settings.database.url,
        "YIZHAN_MAPPINGS": str(settings.mappings),
        "YIZHAN_HTTP__PUBLIC_URL": settings.public_url,
        "YIZHAN_BATCH": settings.batch.model_dump_json(),
        "YIZHAN_RELAY": settings.relay.model_dump_json(),
        "COLUMNS": "200",
    }


def yizhan(settings: Settings, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return ended(*arguments, environment=environment(settings))


def ended(*arguments: object, environment: Mapping[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, in that environment."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        command = Command(*arguments, environment=environment, stdout=out, stderr=err)
        try:
            status = command.wait(timeout)
        finally:
            command.kill()
        said = [_content(file) for file in (out, err)]
    return subprocess.CompletedProcess(["yizhan", *map(str, arguments)], status, *said)


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


@contextmanager
def running_beside(settings: Settings, *arguments: str) -> Iterator[Command]:
    """A command that runs until it is told to end, or was killed by the test."""
    process = Command(*arguments, environment=environment(settings))
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=60) in (0, -signal.SIGKILL)
