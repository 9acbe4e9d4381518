"""Processes of the demo: the service, its SFTP drop, and the partners' own programs. Each is ended by its id."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.base.errors import UserError

_SYSTEMS = Path(__file__).parent / "systems"
_STOP_SECONDS = 30.0
_PROGRAM_SECONDS = 90.0


class Running:
    """A process beside the demo, and the lines that it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def until(self, enough: Callable[[list[str]], Any], seconds: float, what: str) -> Any:
        """What `enough` finds in the lines as soon as it finds something. Raises UserError when it is too late."""
        with self._news:
            if not self._news.wait_for(lambda: self.has_ended or enough(self._lines), seconds):
                raise UserError(f"{what}：{seconds:.0f} 秒内没有动静 / nothing within {seconds:.0f} s")
            found = enough(self._lines)
        if not found:
            raise UserError(f"{what}：进程已退出（{self._process.poll()}），见上 / the process has ended, see above")
        return found

    def messages(self, enough: Callable[[list[dict[str, Any]]], bool], seconds: float, what: str) -> list[Any]:
        """Its lines as JSON, once they are enough."""

        def found(lines: list[str]) -> list[dict[str, Any]] | None:
            said = [json.loads(line) for line in lines]
            return said if enough(said) else None

        return self.until(found, seconds, what)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> None:
        """Until it ends."""
        self._process.wait()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            with self._news:
                self._lines.append(line.rstrip("\n"))
                self._news.notify_all()
        self._process.wait()
        with self._news:
            self._news.notify_all()


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Running]:
    """Start a command in a process group of its own; when the context is left it is ended, and waited for.

    Its standard input stays open for as long as this process lives, however that ends.
    """
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, text=True, encoding="utf-8", process_group=0
    )
    try:
        yield Running(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def yizhan(*arguments: str) -> list[str]:
    """A command of ours."""
    return [sys.executable, "-m", "gateway.cli.main", *arguments]


def program(name: str, *arguments: object) -> list[str]:
    """A program of a partner's; it finds nothing of ours to import by chance."""
    return [sys.executable, "-I", str(_SYSTEMS / name), *map(str, arguments)]


def outside(secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment of a partner's program: nothing of ours but what the partner was given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")} | dict(secrets)


def run_program(name: str, *arguments: object, **secrets: str) -> list[str]:
    """The lines that a partner's program says until it ends. Raises UserError when it fails."""
    command = program(name, *arguments)
    with subprocess.Popen(
        command, env=outside(secrets), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            said, failure = process.communicate(timeout=_PROGRAM_SECONDS)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise UserError(f"{name} 失败 / failed:\n{failure.strip()[-2000:]}")
    return said.splitlines()


def free_port(wanted: int) -> int:
    """`wanted` where nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return probe.getsockname()[1]
    raise UserError("没有空闲端口 / no free port")


def must_be_free(port: int, advice: str) -> None:
    """Raises UserError when somebody listens there."""
    if free_port(port) != port:
        raise UserError(f"127.0.0.1:{port} 已被占用，{advice}")


def await_ready(service: Running, is_ready: Callable[[], bool], seconds: float) -> None:
    """Wait until the service answers. Raises UserError when it ended or takes too long."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if service.has_ended:
            raise UserError("服务启动失败，见上 / the service ended at start, see above")
        if time.monotonic() > deadline:
            raise UserError("服务未能及时启动 / the service did not become ready in time")
        time.sleep(0.05)
