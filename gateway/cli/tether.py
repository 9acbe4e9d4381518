"""Runs a command and ends it, with all that it has started, when the process that asked for it is gone.

Run as a script, in a session of its own, with the standard library only: tether.py COMMAND...
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

_LOOK_SECONDS = 0.2
_STOP_SECONDS = 10.0


def main(*command: str) -> int:
    """The exit status of `command`, which is passed on SIGTERM."""
    asked_by = os.getppid()
    with subprocess.Popen(command) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while process.poll() is None:
            if os.getppid() != asked_by:
                _end(process)
            time.sleep(_LOOK_SECONDS)
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    """In its time, or with this whole session."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    finally:
        os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
