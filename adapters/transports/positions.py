"""How far a folder has been read: which files of the last days were taken, and the time before which nothing counts.

A partner's folder is no log: files are renamed into it late and keep the time at which they were written. So a
position is not one point but the files taken since `floor`, each with time, name, size and hash. Pure values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from adapters.transports.sftp import RemoteFile

LOOK_BACK_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True, order=True)
class Taken:
    """A file that was taken, as it was listed, with the SHA-256 of what was fetched."""

    mtime: int
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Position:
    """Files before `floor` are left alone; of the others those in `taken` are."""

    floor: int = 0
    taken: frozenset[Taken] = frozenset()

    def unseen(self, files: Iterable[RemoteFile]) -> list[RemoteFile]:
        """The files that have not been taken, in the given order."""
        known = {(each.mtime, each.name, each.size) for each in self.taken}
        return [file for file in files if file.mtime >= self.floor and (file.mtime, file.name, file.size) not in known]

    def after(self, file: RemoteFile, sha256: str) -> Position:
        """The position when `file` has been taken as well."""
        taken = self.taken | {Taken(file.mtime, file.name, file.size, sha256)}
        floor = max(self.floor, max(each.mtime for each in taken) - LOOK_BACK_SECONDS)
        return Position(floor, frozenset(each for each in taken if each.mtime >= floor))

    def as_json(self) -> dict[str, Any]:
        listed = [[each.mtime, each.name, each.size, each.sha256] for each in sorted(self.taken)]
        return {"floor": self.floor, "taken": listed}

    @classmethod
    def from_json(cls, value: Any) -> Position:
        """The position of a stored value; None is the beginning."""
        if value is None:
            return cls()
        return cls(value["floor"], frozenset(Taken(*each) for each in value["taken"]))
