"""Large documents on disk, sealed. A blob is durable before anyone is told of it.

A blob is `identity (16 bytes) | frame | frame ...`; each frame seals 1 MiB (the last one less, maybe nothing) and is
bound to the blob's identity, its own number and whether it is the last, so that no frame can be moved, left out or cut
off unnoticed. Its name is the tenant and the SHA-256 of the content: the same file sent twice lies there once.
"""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

FRAME = 1 << 20
_IDENTITY = 16
_DRAFT = ".part"
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Blob:
    """A large document as it lies on disk, sealed; `name` finds it again."""

    name: str
    sha256: bytes
    size_bytes: int


class Sealer(Protocol):
    """What seals frames. `overhead` is by how many bytes a sealed frame is longer than what it holds."""

    overhead: int

    def seal(self, plaintext: bytes, place: bytes) -> bytes: ...

    def open(self, sealed: bytes, place: bytes) -> bytes: ...


class Resealer(Sealer, Protocol):
    """What seals anew what another key has sealed; None for what it has sealed itself."""

    def resealed(self, sealed: bytes, place: bytes) -> bytes | None: ...


class BlobCut(Exception):
    """A blob is shorter than any blob can be."""


class Blobs:
    """The folder of blobs. Blocking: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: Iterable[bytes], seal: Sealer, tenant_id: int) -> Blob:
        """Store `content`; when this returns it survives a power cut."""
        _make_folder(self._folder)
        draft = self._folder / f"{os.urandom(8).hex()}{_DRAFT}"
        try:
            with draft.open("xb") as file:
                digest, size = _write(file, content, seal)
                file.flush()
                os.fsync(file.fileno())
            name = blob_name(digest, tenant_id)
            path = self._folder / name
            _make_folder(path.parent)
            draft.rename(path)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
        return Blob(name, digest, size)

    def open(self, name: str, seal: Sealer) -> BinaryIO:
        """The content as a seekable file. Reading raises what the seal raises where it was altered."""
        return io.BufferedReader(_SealedFile((self._folder / name).open("rb"), seal), 2 * FRAME)

    def reseal(self, name: str, seal: Resealer, tenant_id: int) -> bool:
        """Seal a blob anew, whole; False when the present key has sealed it, or it is gone."""
        try:
            with (self._folder / name).open("rb") as file:
                identity = file.read(_IDENTITY)
                frame = file.read(FRAME + seal.overhead)
                is_last = not file.read(1)
        except FileNotFoundError:
            return False
        if seal.resealed(frame, _place(identity, 0, last=is_last)) is None:
            return False
        with self.open(name, seal) as content:
            self.put(chunks(content), seal, tenant_id)
        return True

    def within(self, name: str) -> Blobs:
        """A folder of its own inside this one, such as the parts of one upload."""
        return Blobs(self._folder / name)

    def sweep(self) -> int:
        """Remove what writers that were killed have left half-written, here and below; how much that was."""
        left = [draft for draft in self._folder.rglob(f"*{_DRAFT}") if _is_old(draft)]
        for draft in left:
            draft.unlink(missing_ok=True)
        return len(left)

    def discard(self, name: str) -> None:
        """Take a blob away; it may be gone already."""
        (self._folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Take the whole folder away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def blob_name(digest: bytes, tenant_id: int) -> str:
    """Where the content with this SHA-256 lies."""
    return f"{digest.hex()[:2]}/{tenant_id}-{digest.hex()}"


def chunks(file: BinaryIO) -> Iterable[bytes]:
    """What is left of `file`, piece by piece."""
    return iter(lambda: file.read(FRAME), b"")


def _write(file: BinaryIO, content: Iterable[bytes], seal: Sealer) -> tuple[bytes, int]:
    identity, digest, size, number = os.urandom(_IDENTITY), sha256(), 0, 0
    file.write(identity)
    waiting = bytearray()
    for chunk in content:
        digest.update(chunk)
        size += len(chunk)
        waiting += chunk
        while len(waiting) >= FRAME:
            file.write(seal.seal(bytes(waiting[:FRAME]), _place(identity, number, last=False)))
            del waiting[:FRAME]
            number += 1
    file.write(seal.seal(bytes(waiting), _place(identity, number, last=True)))
    return digest.digest(), size


def _place(identity: bytes, number: int, *, last: bool) -> bytes:
    return b"blob/%s/%d/%d" % (identity.hex().encode(), number, last)


def _make_folder(folder: Path) -> None:
    """So that it is still there after a power cut, and those above it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _is_old(draft: Path) -> bool:
    """Whether nobody writes to it any more: a writer touches it all the time."""
    try:
        return time.time() - draft.stat().st_mtime > _ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _SealedFile(io.RawIOBase):
    """Random access to the content of a blob, a frame at a time."""

    def __init__(self, file: BinaryIO, seal: Sealer) -> None:
        self._file = file
        self._seal = seal
        self._frame_bytes = FRAME + seal.overhead
        self._identity = file.read(_IDENTITY)
        sealed = file.seek(0, io.SEEK_END) - _IDENTITY
        self._last = max(sealed - 1, 0) // self._frame_bytes
        self._size = self._last * FRAME + sealed - self._last * self._frame_bytes - seal.overhead
        if self._size < 0 or len(self._identity) < _IDENTITY:
            raise BlobCut("the blob is cut off")
        self._position = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number, offset = divmod(self._position, FRAME)
        if number > self._last:
            return 0
        piece = self._frame(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _frame(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(_IDENTITY + number * self._frame_bytes)
            sealed = self._file.read(self._frame_bytes)
            opened = self._seal.open(sealed, _place(self._identity, number, last=number == self._last))
            self._held = (number, opened)
        return self._held[1]
