"""The parent of the private database server: one that was up comes up again, however long it was kept down."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway.store import guard
from gateway.store.guard import Guard

_STAYS = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGINT, signal.default_int_handler); time.sleep(600)",
]
"""Listens to SIGINT as PostgreSQL does, whatever whoever started the tests has told it about that signal."""
_FAILS = [sys.executable, "-c", "raise SystemExit(7)"]


class Server:
    """Starts a server that is given `runs`: how each of them goes; the last goes on."""

    def __init__(self, *runs: list[str]) -> None:
        self.runs = list(runs)
        self.started: list[subprocess.Popen[bytes]] = []
        self.is_last = threading.Event()

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self.runs[len(self.started)])
        self.started.append(process)
        if len(self.started) == len(self.runs):
            self.is_last.set()
        return process


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(guard, "_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(guard, "_LONGEST_PAUSE_SECONDS", 0.01)
    return tmp_path / "users.lock"


def test_a_server_that_never_stays_up_is_given_up(lock: Path) -> None:
    server = Server(*[_FAILS] * 50)
    with lock.open("w") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        assert Guard(lock, server.start).run() == 7
    assert len(server.started) < 50


def test_a_server_that_was_up_is_started_again_however_often_it_fails(lock: Path) -> None:
    server = Server(*[_FAILS] * 25, _STAYS)
    user = lock.open("w")
    fcntl.flock(user, fcntl.LOCK_SH)
    watched = Guard(lock, server.start)
    watched.note_up()
    running = threading.Thread(target=watched.run)
    running.start()
    try:
        assert server.is_last.wait(60)
    finally:
        user.close()  # the last user goes, and the guard ends what it has started
        running.join(30)
    assert not running.is_alive()
    assert server.started[-1].poll() is not None
