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
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def _end_with_guard() -> None:
    """Should the guard itself be killed, Linux sends the server a fast shutdown."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def main(lock: str, uid: str, gid: str, *command: str) -> int:
    """Run `command` until the lock is free; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    identity = {"user": int(uid), "group": int(gid), "extra_groups": []} if os.geteuid() == 0 else {}
    server = subprocess.Popen(command, preexec_fn=_end_with_guard, **identity)
    with Path(lock).open("w") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        server.send_signal(signal.SIGINT)
        return server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
