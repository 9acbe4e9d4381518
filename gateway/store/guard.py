"""The parent of the private PostgreSQL server: ends it when nobody uses it any more, however they ended.

Every user holds a shared lock on a file; the kernel drops it when a process dies, even by SIGKILL. This process
waits for the exclusive lock, which means that the last user is gone, and keeps it until the server has stopped.
Run as a script, with the standard library only: guard.py LOCK UID GID COMMAND...
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_SETTLED_SECONDS = 1.0
_PAUSE_SECONDS = 0.3
_LONGEST_PAUSE_SECONDS = 15.0
_AGAIN_SECONDS = 0.5
_MOST_FAILURES = 10


def _end_with_guard() -> None:
    """Should the guard itself be killed, Linux sends the server a fast shutdown."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


class Guard:
    """Runs the server, and again when it was killed, until nobody uses it."""

    def __init__(self, lock: Path, start: Callable[[], subprocess.Popen[Any]]) -> None:
        self._lock = lock
        self._start = start
        self._server = start()
        self._users: IO[str] | None = None
        self._unused = threading.Event()
        self._was_up = threading.Event()

    def run(self) -> int:
        """The exit status of the last server. One that was never up is given up after a few attempts; one that was may
        be kept down by a full disk, and comes up again when that is over.
        """
        threading.Thread(target=self._end_when_unused, daemon=True).start()
        failures = 0
        while True:
            began = time.monotonic()
            status = self._server.wait()
            failures = 0 if time.monotonic() - began > _SETTLED_SECONDS else failures + 1
            if self._unused.is_set() or (failures >= _MOST_FAILURES and not self._was_up.is_set()):
                return status
            pause = min(_PAUSE_SECONDS * 2 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)
            if self._unused.wait(pause if self._was_up.is_set() else _PAUSE_SECONDS):
                return status
            self._server = self._start()

    def note_up(self) -> None:
        """Somebody has found that the server answers."""
        self._was_up.set()

    def _end_when_unused(self) -> None:
        """The lock is held until this process ends, so that nobody joins a server that is going down.

        A server that is just being started, for the first time or after a crash, may not listen to signals yet: it is
        told again until it has ended, and this process with it.
        """
        users = self._lock.open("w")
        fcntl.flock(users, fcntl.LOCK_EX)
        self._users = users
        self._unused.set()
        while True:
            self._server.send_signal(signal.SIGINT)
            time.sleep(_AGAIN_SECONDS)


def main(lock: str, uid: str, gid: str, *command: str) -> int:
    """Keep `command` running until the lock is free; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    identity = {"user": int(uid), "group": int(gid), "extra_groups": []} if os.geteuid() == 0 else {}
    guard = Guard(Path(lock), lambda: subprocess.Popen(command, preexec_fn=_end_with_guard, **identity))
    signal.signal(signal.SIGUSR1, lambda *_: guard.note_up())
    return guard.run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
