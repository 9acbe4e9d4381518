"""A log in a folder: written for whoever inspects it elsewhere, and read there without a database.

`checkpoint`, `key` and `tile/` are as the service publishes them; `rows.ndjson` says of every leaf which row it attests
and what that row gave when the folder was written, `unattested.json` which rows were in no leaf. All are hashes and
names of rows; no content leaves the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import IO, Literal

import orjson

from gateway.inspection.judging import Evidence, Seen
from gateway.transparency import tiles
from gateway.transparency.tiles import ENTRIES, WIDTH, Asked, TileId

_ROWS, _UNATTESTED, _CHECKPOINT, _KEY = "rows.ndjson", "unattested.json", "checkpoint", "key"


async def write(evidence: Evidence, key: str, folder: Path) -> int:
    """Write the evidence into an empty or new folder; the number of leaves. Raises FileExistsError."""
    _prepare(folder, {_CHECKPOINT: await evidence.checkpoint() or "", _KEY: f"{key}\n"})
    waiting: list[bytes] = []
    last = -1
    with _opened(folder, "wb") as rows:
        async for leaf in evidence.leaves():
            for _ in range(last + 1, leaf.place):  # a leaf that is missing leaves an empty entry
                _put_entry(folder, waiting, b"", last := last + 1)
            last = leaf.place
            _put_entry(folder, waiting, leaf.entry, last)
            rows.write(orjson.dumps(_line(leaf)) + b"\n")
    if waiting:
        _write(folder, Asked(None, last // WIDTH, len(waiting)), tiles.bundle(waiting))
    for tile, width in tiles.all_in(last + 1):
        content = await evidence.tile(tile)
        if content:
            _write(folder, Asked(tile.level, tile.nth, width), content)
    _put(folder / _UNATTESTED, orjson.dumps(await evidence.unattested()))
    return last + 1


class FolderEvidence:
    """What `write` wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self) -> str:
        return (self._folder / _KEY).read_text(encoding="utf-8").strip()

    async def checkpoint(self) -> str | None:
        return _content(self._folder / _CHECKPOINT).decode() or None

    async def leaves(self) -> AsyncIterator[Seen]:
        with _opened(self._folder, "rb") as rows:
            bundle: list[bytes] = []
            at = -1
            for line in rows:
                told = orjson.loads(line)
                place = told["place"]
                if place // WIDTH != at:
                    at = place // WIDTH
                    bundle = tiles.unbundled(self._read(f"tile/{ENTRIES}", at) or b"")
                nth = place % WIDTH
                if nth >= len(bundle) or not bundle[nth]:
                    continue
                found = told["found"]
                yield Seen(
                    place=place,
                    kind=told["kind"],
                    ref=told["ref"],
                    entry=bundle[nth],
                    found=None if found is None else bytes.fromhex(found),
                    is_superseded=told["superseded"],
                )

    async def tile(self, tile: TileId) -> bytes | None:
        return self._read(f"tile/{tile.level}", tile.nth)

    async def unattested(self) -> list[str]:
        return orjson.loads(_content(self._folder / _UNATTESTED))

    def _read(self, kind: str, nth: int) -> bytes | None:
        """The tile or bundle of that number, as wide as it was written."""
        level = kind.removeprefix("tile/")
        path = self._folder / "tile" / tiles.path_of(Asked(None if level == ENTRIES else int(level), nth, WIDTH))
        if path.is_file():
            return path.read_bytes()
        partial = path.with_name(f"{path.name}.p")
        widths = sorted(partial.iterdir(), key=lambda file: int(file.name)) if partial.is_dir() else []
        return widths[-1].read_bytes() if widths else None


def _prepare(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} 不是空目录 / is not empty")
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")


def _line(leaf: Seen) -> dict[str, object]:
    return {
        "place": leaf.place,
        "kind": leaf.kind,
        "ref": leaf.ref,
        "found": None if leaf.found is None else leaf.found.hex(),
        "superseded": leaf.is_superseded,
    }


def _put_entry(folder: Path, waiting: list[bytes], entry: bytes, place: int) -> None:
    waiting.append(entry)
    if len(waiting) == WIDTH:
        _write(folder, Asked(None, place // WIDTH, WIDTH), tiles.bundle(waiting))
        waiting.clear()


def _write(folder: Path, asked: Asked, content: bytes) -> None:
    _put(folder / "tile" / tiles.path_of(asked), content)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _opened(folder: Path, mode: Literal["rb", "wb"]) -> IO[bytes]:
    return (folder / _ROWS).open(mode)
