"""Where foreign documents are parsed by native code: a process that has nothing to give away and nowhere to send it.

Its environment is empty, Python starts isolated (`-I`), memory, time and processes are bounded, it writes no file, has
no network (a user and network namespace of its own, where the kernel gives one; there it cannot look into its parent
either), and once its imports are done it opens no file: what it has are its standard input and output.

The first half is for the parent. Run as a file it is the child: enclosure.py MEMORY SECONDS WORKER [ARGUMENT...], with
the standard library only. A worker is a file with `main(arguments)`, which imports at its top all that it needs.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_NO_NEW_PRIVILEGES = 38
ENVIRONMENT: Mapping[str, str] = {}
"""Of the environment: no address of a database, no key."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """How a worker is started; `memory` in bytes, `seconds` of its processor."""

    worker: Path
    memory: int
    seconds: int

    def command(self, *arguments: str) -> list[str]:
        """The command line. It is to be run with `ENVIRONMENT`."""
        return [sys.executable, "-I", __file__, str(self.memory), str(self.seconds), str(self.worker), *arguments]


def _main(memory: str, seconds: str, worker: str, *arguments: str) -> None:
    _bind(resource.RLIMIT_AS, int(memory))
    _bind(resource.RLIMIT_CPU, int(seconds))
    for closed in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        _bind(closed, 0)
    _leave_the_network()
    module = _loaded(Path(worker))
    _open_no_more()
    module.main(arguments)


def _bind(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def _leave_the_network() -> None:
    """Without a namespace of its own (a kernel or container that gives none) the other bounds stand alone."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        libc.unshare(_NEW_USER | _NEW_NETWORK)


def _loaded(worker: Path) -> ModuleType:
    """The worker by its file: its folder itself is no place to import from, it may have a `json` of its own."""
    spec = spec_from_file_location(worker.stem, worker)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a .py file has a loader
    module = sys.modules[worker.stem] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _open_no_more() -> None:
    """No descriptor beside the standard ones: neither a file nor a socket."""
    os.closerange(3, 1024)
    _bind(resource.RLIMIT_NOFILE, 3)


if __name__ == "__main__":
    _main(*sys.argv[1:])
