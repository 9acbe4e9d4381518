"""What a client may name: a fixed set of folders and plain file names in them. Pure; a path is read, never followed.

There is nothing else to reach: a path is cut into one of the known folders and one checked name, and both are opened
below the account's own folder without following links. `..` is resolved in the text, so it ends at the virtual root.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from adapters.transports.sftp_options import PARTIAL, is_partial
from schemas.plain_text import normalised

IN = "in"
RECEIPTS = "receipts"
REJECTED = "rejected"
MARKER = ".ok"


class BadName(ValueError):
    """A name that is not taken; the message says why, in both languages."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file in one of the folders, or with an empty name the folder itself; the empty folder is the virtual root."""

    folder: str
    name: str = ""

    @property
    def marker(self) -> Place:
        return Place(self.folder, self.name + MARKER)


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one account. With several kinds of records each has its own folder, `in/<kind>`."""

    kinds: tuple[str, ...]
    longest_name: int = 200
    partial: tuple[str, ...] = PARTIAL

    @property
    def inboxes(self) -> tuple[str, ...]:
        """Where complete files are looked for."""
        return (IN,) if len(self.kinds) == 1 else tuple(f"{IN}/{kind}" for kind in self.kinds)

    @property
    def folders(self) -> tuple[str, ...]:
        """All folders, those above others first."""
        return tuple(dict.fromkeys((IN, *self.inboxes, RECEIPTS, REJECTED)))

    def kind_of(self, inbox: str) -> str:
        """The kind of the records in the files of an inbox."""
        return self.kinds[self.inboxes.index(inbox)]

    def place(self, path: bytes) -> Place:
        """What `path` names. Raises BadName, or FileNotFoundError for a folder that there is not."""
        folder, _, name = _text(path).rpartition("/")
        whole = f"{folder}/{name}" if folder else name
        if whole == "" or whole in self.folders:
            return Place(whole)
        self._check(name)
        if folder not in ("", *self.folders):
            raise FileNotFoundError(2, "没有这个目录 / there is no such folder")
        return Place(folder, name)

    def is_partial(self, name: str) -> bool:
        """Whether a client is still writing a file of this name; it renames it when it is whole."""
        return is_partial(name, self.partial)

    def _check(self, name: str) -> None:
        bare = _without(_without(name, self.partial), (MARKER,))
        if not bare or name.startswith("."):
            raise BadName("文件名不能以点开头或为空 / a name does not begin with a dot and is not empty")
        if len(bare.encode()) > self.longest_name:
            raise BadName(f"文件名超过 {self.longest_name} 字节 / the name is longer than {self.longest_name} bytes")
        if "\\" in name or not name.isprintable():
            raise BadName("文件名含控制字符或反斜杠 / control characters and backslashes are not taken in names")


def _without(name: str, ends: tuple[str, ...]) -> str:
    return next((name[: -len(end)] for end in ends if name.lower().endswith(end)), name)


def virtual(path: bytes) -> bytes:
    """The absolute path that a client sees, `..` and repeated slashes resolved."""
    return b"/" + posixpath.normpath(posixpath.join(b"/", path)).lstrip(b"/")


def _text(path: bytes) -> str:
    """The path below the virtual root, in Unicode normal form C whatever the client's system writes."""
    try:
        return normalised("NFC", virtual(path)[1:].decode("utf-8"))
    except UnicodeDecodeError:
        raise BadName("文件名须为 UTF-8 编码 / names are UTF-8") from None
