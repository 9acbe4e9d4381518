"""Where `yizhan` commands of tests are born: a process that has imported them all, and is forked for each.

A fresh interpreter spends more than a second on its imports, and a run of the tests starts hundreds. What the command
does from there on is the same: its own environment, standard files, folder and signals, and the same entry.

Run as a module with the number of a socket: a request (JSON, with the three standard files and a pipe) is answered by
the id of the new process; how it ended is written into the pipe.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import signal
import socket
import struct
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import gateway.cli
from adapters.connector import load_connectors
from gateway.base.settings import Settings
from gateway.serving.app import routers
from gateway.serving.companions import become

STATUS = struct.Struct("i")
MOST_BYTES = 1 << 17
_OWN_SIGNALS = {signal.SIGINT: signal.default_int_handler, signal.SIGCHLD: signal.SIG_DFL}


def main(control: socket.socket) -> None:
    """Until the other end is closed."""
    _import_commands()
    born: dict[int, int] = {}

    def tell(*_: object) -> None:
        while born:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            pipe = born.pop(pid)
            with suppress(BrokenPipeError):  # who started it has gone
                os.write(pipe, STATUS.pack(os.waitstatus_to_exitcode(status)))
            os.close(pipe)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, tell)
    while True:
        request, files, _, _ = socket.recv_fds(control, MOST_BYTES, 4)
        if not request:
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _be(json.loads(request), files)
        *standard, born[pid] = files
        for file in standard:
            os.close(file)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        control.send(STATUS.pack(pid))


def _import_commands() -> None:
    for module in pkgutil.iter_modules(gateway.cli.__path__, "gateway.cli."):
        import_module(module.name)
    list(routers())
    load_connectors(Settings().mappings)
    gc.collect()
    gc.freeze()
    assert len(os.listdir("/proc/self/task")) == 1, "only what has one thread may be forked"  # noqa: PTH208


def _be(asked: dict[str, Any], files: list[int]) -> NoReturn:
    for number, handler in _OWN_SIGNALS.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ |= asked["environment"]
    become(asked["command"])


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        main(connection)
