"""The files of one account, confined: every access starts at the account's folder and follows no link.

Folders are opened one by one with O_NOFOLLOW and files relative to them, so that a link planted by whoever else may
write there leads nowhere. What is created or moved is durable when the call returns. Blocking, but short.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from gateway.doors.drop.places import RECEIPTS, REJECTED, Layout, Place

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
BLOCK = 4096
_LOOK_SECONDS = 30.0
_DRAFT = re.compile(r"\.[0-9a-f]{32}")


class OverQuota(Exception):
    """There is no room left for an account."""


class Files:
    """What lies below one account's folder, and what is being done with it."""

    def __init__(self, folder: Path, layout: Layout, quota_bytes: int) -> None:
        self.folder = folder
        self.layout = layout
        self.quota_bytes = quota_bytes
        self._used = 0
        self._looked_at = -_LOOK_SECONDS
        self.written: Counter[Place] = Counter()
        """Files that clients hold open for writing."""
        self.taken: set[Place] = set()
        """Complete files that are being submitted, with their markers."""

    def make(self) -> None:
        """Create the folders that are missing, with their owner's mode; sweep up what a crash left half-written."""
        for name in ("", *self.layout.folders):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (RECEIPTS, REJECTED):
            with self._opened(folder) as descriptor:
                for name in filter(_DRAFT.fullmatch, os.listdir(descriptor)):  # noqa: PTH208 - a descriptor, no path
                    os.unlink(name, dir_fd=descriptor)

    def is_busy(self, place: Place) -> bool:
        return place in self.taken or self.written[place] > 0

    def open(self, place: Place, flags: int = os.O_RDONLY) -> int:
        """A descriptor of a regular file. Raises OSError, also for anything that is no regular file."""
        with self._opened(place.folder) as folder:
            descriptor = os.open(place.name, flags | _FILE, 0o600, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.ELOOP, "不是普通文件 / not a regular file")
        return descriptor

    def stat(self, place: Place) -> os.stat_result:
        """Of a folder or regular file; anything else is not there."""
        with self._opened(place.folder) as folder:
            found = os.stat(place.name, dir_fd=folder, follow_symlinks=False) if place.name else os.fstat(folder)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return found

    def listing(self, folder: str) -> list[tuple[str, os.stat_result]]:
        """Names and attributes of what a client may see in a folder."""
        found = []
        with self._opened(folder) as descriptor, os.scandir(descriptor) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # taken meanwhile
                    attributes = entry.stat(follow_symlinks=False)
                    if self._is_visible(folder, entry.name, attributes):
                        found.append((entry.name, attributes))
        return found

    def _is_visible(self, folder: str, name: str, found: os.stat_result) -> bool:
        is_known = stat.S_ISREG(found.st_mode) or f"{folder}/{name}".strip("/") in self.layout.folders
        return is_known and not name.startswith(".") and not stat.S_ISLNK(found.st_mode)

    def remove(self, place: Place) -> None:
        with self._opened(place.folder) as folder:
            os.unlink(place.name, dir_fd=folder)
            os.fsync(folder)

    def rename(self, old: Place, new: Place) -> None:
        """Durably, and never over another file. Raises FileExistsError."""
        with self._opened(old.folder) as source, self._opened(new.folder) as target:
            os.link(old.name, new.name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
            os.unlink(old.name, dir_fd=source)
            os.fsync(target)
            os.fsync(source)

    def move(self, old: Place, new: Place) -> None:
        """Durably, to a name that is known to be free. Needs no rights on the file itself."""
        with self._opened(old.folder) as source, self._opened(new.folder) as target:
            os.rename(old.name, new.name, src_dir_fd=source, dst_dir_fd=target)
            os.fsync(target)
            os.fsync(source)

    def create(self, place: Place, content: bytes) -> None:
        """A whole file or none, durably, and never over another. Raises FileExistsError."""
        draft = f".{uuid4().hex}"
        with self._opened(place.folder) as folder:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE, 0o640, dir_fd=folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(draft, place.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            finally:
                os.unlink(draft, dir_fd=folder)
            os.fsync(folder)

    def read(self, place: Place, most: int = -1) -> bytes:
        """What a file holds, at most the first `most` bytes of it."""
        with os.fdopen(self.open(place), "rb") as file:
            return file.read(most)

    def sync(self, folder: str) -> None:
        with self._opened(folder) as descriptor:
            os.fsync(descriptor)

    def reserve(self, more: int) -> None:
        """Count `more` bytes (of a new file at least a block). Raises OverQuota when there is no room for them.

        Counting is by what was reserved since the last look, and looks again before it refuses.
        """
        if self._used + more > self.quota_bytes or time.monotonic() > self._looked_at + _LOOK_SECONDS:
            self._used, self._looked_at = self._measure(), time.monotonic()
        if self._used + more > self.quota_bytes:
            raise OverQuota
        self._used += more

    def _measure(self) -> int:
        """What lies here, small files at the size of a block, so that many empty ones count as well."""
        return sum(
            max(found.st_size, BLOCK)
            for folder in self.layout.folders
            for _, found in self.listing(folder)
            if stat.S_ISREG(found.st_mode)
        )

    @contextmanager
    def _opened(self, folder: str) -> Iterator[int]:
        descriptor = os.open(self.folder, _FOLDER)
        try:
            for part in filter(None, folder.split("/")):
                below = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)
