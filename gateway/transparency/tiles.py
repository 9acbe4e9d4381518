"""How the tree is cut into tiles of 256 hashes, and what they are called: C2SP `tlog-tiles`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.transparency import merkle
from gateway.transparency.merkle import Read

HASH_BYTES = 32
HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = "entries"
_PATH = re.compile(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_HIGHEST = 63
_MOST_ELEMENTS = 6


class TileId(NamedTuple):
    """A tile of hashes; at level 0 they are those of leaves, above each is that of a full tile below."""

    level: int
    nth: int


class Asked(NamedTuple):
    """A tile or a bundle of entries (`level` is None) as an address names it."""

    level: int | None
    nth: int
    width: int

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH


def path_of(asked: Asked) -> str:
    """`0/x001/x234/067`, `entries/000.p/12`."""
    elements = []
    index = asked.nth
    while True:
        elements.append(f"{index % 1000:03}")
        index //= 1000
        if not index:
            break
    last, *before = elements
    name = "/".join([*(f"x{element}" for element in reversed(before)), last])
    kind = ENTRIES if asked.level is None else str(asked.level)
    return f"{kind}/{name}" if asked.is_full else f"{kind}/{name}.p/{asked.width}"


def asked_for(path: str) -> Asked | None:
    """What a path names in its one canonical spelling, None for any other."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    kind, name, width = match.groups()
    elements = name.replace("x", "").split("/")
    if len(elements) > _MOST_ELEMENTS:
        return None
    level = None if kind == ENTRIES else int(kind)
    asked = Asked(level, int("".join(elements)), WIDTH if width is None else int(width))
    return asked if (level or 0) <= _HIGHEST and asked.width <= WIDTH and path_of(asked) == path else None


def width_in(tile: TileId, size: int) -> int:
    """How many hashes a tile has in a tree of that size; 0 when it is not there."""
    return max(0, min(WIDTH, (size >> HEIGHT * tile.level) - tile.nth * WIDTH))


def all_in(size: int) -> list[tuple[TileId, int]]:
    """Every tile of a tree of that size with its width, level by level."""
    found, level = [], 0
    while count := size >> HEIGHT * level:
        found += [
            (TileId(level, index), min(WIDTH, count - index * WIDTH)) for index in range((count + WIDTH - 1) // WIDTH)
        ]
        level += 1
    return found


def edge_of(size: int) -> list[TileId]:
    """The last tile of every level that the root of a tree of that size is read from."""
    return sorted(needed(lambda read: merkle.root(size, read)))


def needed(work: Callable[[Read], object]) -> set[TileId]:
    """The tiles that some work on the tree reads; what it reads does not matter to what it reads next."""
    seen: set[TileId] = set()

    def note(level: int, index: int) -> bytes:
        seen.add(TileId(level // HEIGHT, (index << level % HEIGHT) // WIDTH))
        return bytes(HASH_BYTES)

    work(note)
    return seen


def reader(tiles: dict[TileId, bytes]) -> Read:
    """Reads subtrees from tiles. Raises KeyError for a tile that is not among them or too narrow."""

    def read(level: int, index: int) -> bytes:
        height = level % HEIGHT
        first = index << height
        tile = TileId(level // HEIGHT, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        found = tiles[tile][start : start + (HASH_BYTES << height)]
        if len(found) != HASH_BYTES << height:
            raise KeyError(tile)
        return merkle.fold(found[at : at + HASH_BYTES] for at in range(0, len(found), HASH_BYTES))

    return read


def grow(size: int, edge: dict[TileId, bytes], leaves: Iterable[bytes]) -> dict[TileId, bytes]:
    """The tiles that change when leaf hashes come to a tree of `size`, whose last tiles (partial ones) are `edge`."""
    changed: dict[TileId, bytes] = {}
    level, hashes = 0, list(leaves)
    while hashes:
        count, filled = size >> HEIGHT * level, []
        index, width = divmod(count, WIDTH)
        content = edge[TileId(level, index)][: width * HASH_BYTES] if width else b""
        for nth in range(0, len(hashes)):
            content += hashes[nth]
            if len(content) == WIDTH * HASH_BYTES:
                changed[TileId(level, index)] = content
                filled.append(merkle.fold(content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)))
                index, content = index + 1, b""
        if content:
            changed[TileId(level, index)] = content
        level, hashes = level + 1, filled
    return changed


class TileMaker:
    """Makes the tiles of a tree again, leaf hash by leaf hash."""

    def __init__(self) -> None:
        self._rows: list[list[bytes]] = []
        self._full: list[int] = []

    def add(self, hashed: bytes) -> list[tuple[TileId, bytes]]:
        """The tiles that have become full."""
        full, level, rising = [], 0, hashed
        while True:
            if level == len(self._rows):
                self._rows.append([])
                self._full.append(0)
            row = self._rows[level]
            row.append(rising)
            if len(row) < WIDTH:
                return full
            full.append((TileId(level, self._full[level]), b"".join(row)))
            self._full[level] += 1
            rising = merkle.fold(row)
            row.clear()
            level += 1

    def rest(self) -> list[tuple[TileId, bytes]]:
        """The tiles at the edge, which are not full."""
        rows = enumerate(zip(self._rows, self._full, strict=True))
        return [(TileId(level, full), b"".join(row)) for level, (row, full) in rows if row]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as they are served: each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundled(content: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError for one that was cut."""
    entries, at = [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 2], "big")
        entry = content[at + 2 : at + 2 + length]
        if len(entry) != length or at + 2 > len(content):
            raise ValueError("a bundle of entries that was cut")
        entries.append(entry)
        at += 2 + length
    return entries
