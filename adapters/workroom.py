"""Where a foreign program works on a document: a folder of its own, and nothing else that it could spoil or tell.

What a program of the system needs (threads, files of its own) an `Enclosure` does not give. A workroom binds memory,
time and the size of files, and has an environment of four words. Where the kernel lets an unprivileged process have
namespaces it has no network; where it knows Landlock it reads the system's programs and what is named to it, writes in
its folder only, and sees no other file.

The first part is for the parent. Run as a file it is what becomes the program, with the standard library only:
workroom.py MEMORY SECONDS FOLDER READABLE PROGRAM [ARGUMENT...], READABLE being paths parted by `:`.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = "{folder}"
"""Stands in arguments for the folder, which has another path for the program where the kernel gives it one."""
FONTS = "fonts.conf"
"""What fonts the program finds: a file of that name in the folder."""
_NEW_USER, _NEW_NETWORK, _NEW_MOUNTS = 0x10000000, 0x40000000, 0x00020000
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
_TEMPORARY = "/tmp"  # noqa: S108 - the program's own, once the folder stands there
_SET_NO_NEW_PRIVILEGES = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE, _READ, _LIST = 1, 1 << 1, 1 << 2, 1 << 3
_REMOVE, _MAKE_SOCKET = 1 << 5, 1 << 9
_EVERYTHING, _TRUNCATE, _TRUNCATE_SINCE = (1 << 13) - 1, 1 << 14, 3
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE
_SYSTEM = (
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/libreoffice",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
)
_LARGEST_FILE = 128 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Workroom:
    """How a program is started: `memory` in bytes, `seconds` of its processor, what else it may read."""

    memory: int
    seconds: int
    readable: Sequence[Path] = ()

    def command(self, folder: Path, program: str, *arguments: str) -> list[str]:
        """The command line for a program that works in `folder`. It is to be run with an empty environment."""
        readable = ":".join(map(str, self.readable))
        bounds = (str(self.memory), str(self.seconds), str(folder), readable)
        return [sys.executable, "-I", __file__, *bounds, program, *arguments]


def _main(memory: str, seconds: str, folder: str, readable: str, *command: str) -> None:
    for what, most in (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.closerange(3, 1024)
    named = [path for path in readable.split(":") if path]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        is_apart = libc.unshare(_NEW_USER | _NEW_NETWORK | _NEW_MOUNTS) == 0
        if is_apart and not any(path.startswith(f"{_TEMPORARY}/") for path in named):  # it would be hidden
            folder = _as_temporary(libc, folder)
        _see_only(libc, folder, [*_SYSTEM, *named])
    os.chdir(folder)
    words = {"HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8", "PATH": os.defpath}
    words["FONTCONFIG_FILE"] = f"{folder}/{FONTS}"
    os.execve(command[0], [word.replace(FOLDER, folder) for word in command], words)  # noqa: S606 - no shell


def _as_temporary(libc: ctypes.CDLL, folder: str) -> str:
    """Let the folder stand where programs keep what is temporary: its new path; the old one where that cannot be."""
    if libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None) != 0:
        return folder
    bound = libc.mount(folder.encode(), _TEMPORARY.encode(), None, _BIND, None)
    return _TEMPORARY if bound == 0 else folder


def _see_only(libc: ctypes.CDLL, folder: str, readable: Sequence[str]) -> None:
    """Landlock, where there is any: `folder` is ours, `readable` is read, the rest is not there."""
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return
    handled = _EVERYTHING | (_TRUNCATE if version >= _TRUNCATE_SINCE else 0)
    attributes = ctypes.c_uint64(handled)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), 8, 0)
    if ruleset < 0:
        return
    _allow(libc, ruleset, folder, handled)
    if folder != _TEMPORARY:
        _allow(libc, ruleset, _TEMPORARY, _MAKE_SOCKET | _REMOVE)
    for path in readable:
        _allow(libc, ruleset, path, _EXECUTE | _READ | _LIST)
    for device in ("/dev/null", "/dev/urandom"):
        _allow(libc, ruleset, device, _READ | _WRITE)
    libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not Path(path).is_dir():
        access &= _OF_FILES
    rule = access.to_bytes(8, sys.byteorder) + handle.to_bytes(4, sys.byteorder, signed=True)
    libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    os.close(handle)


if __name__ == "__main__":
    _main(*sys.argv[1:])
