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
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_held: list[IO[str]] = []


def _end_with_guard() -> None:
    """Should the guard itself be killed, Linux sends the server a fast shutdown."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _end_when_unused(server: subprocess.Popen[bytes], lock: Path) -> None:
    """The lock is held until this process ends, so that nobody joins a server that is going down."""
    users = lock.open("w")
    fcntl.flock(users, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)
    _held.append(users)


def main(lock: str, uid: str, gid: str, *command: str) -> int:
    """Run `command` until it ends or the lock is free; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    identity = {"user": int(uid), "group": int(gid), "extra_groups": []} if os.geteuid() == 0 else {}
    server = subprocess.Popen(command, preexec_fn=_end_with_guard, **identity)
    threading.Thread(target=_end_when_unused, args=(server, Path(lock)), daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
