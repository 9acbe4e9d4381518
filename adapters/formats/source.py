"""Where a reader gets its bytes: already in memory, or a file too large for it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Source = bytes | Path | BinaryIO


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """A seekable binary file at its start. Paths are opened and closed here; the caller's own file stays open."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        source.seek(0)
        yield source


def size(source: Source) -> int:
    """Number of bytes, without reading them."""
    if isinstance(source, bytes):
        return len(source)
    if isinstance(source, Path):
        return source.stat().st_size
    return source.seek(0, io.SEEK_END)


def head(source: Source, length: int) -> bytes:
    """The first `length` bytes."""
    if isinstance(source, bytes):
        return source[:length]
    with opened(source) as file:
        return file.read(length)


def whole(source: Source) -> bytes:
    """All bytes; for documents whose size the caller has bounded."""
    if isinstance(source, bytes):
        return source
    with opened(source) as file:
        return file.read()
