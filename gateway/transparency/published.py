"""What anybody may read of the log: checkpoint, tiles, entries, proofs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.store.database import Database
from gateway.store.typed import fetch_first
from gateway.transparency import merkle, notes, tiles
from gateway.transparency import statements as sql
from gateway.transparency.entries import LeafKind
from gateway.transparency.integrating import HoldsLogKeys, read_tiles
from gateway.transparency.rows import CheckpointRow
from gateway.transparency.tiles import HASH_BYTES, WIDTH, Asked, TileId

LOG_PATH = "/.well-known/yizhan-log"
"""Where it is served, below the public address."""


def log_origin(public_url: str) -> str:
    """What the log is called: its address without the scheme."""
    return f"{public_url.split('://')[-1].rstrip('/')}{LOG_PATH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """The proof that a leaf stands in the tree of a checkpoint (its signed note)."""

    index: int
    size: int
    path: list[bytes]
    checkpoint: str


class PublishedLog:
    """The reading side of the log."""

    def __init__(self, database: Database, holder: HoldsLogKeys, origin: str) -> None:
        self._database = database
        self._holder = holder
        self._origin = origin

    async def checkpoint(self) -> str | None:
        """The newest checkpoint; None before there is one."""
        row = await self._last()
        return None if row is None else row.note

    def verifier_key(self) -> str:
        """The key that checkpoints are signed with, as witnesses and monitors take it."""
        return notes.verifier_key(self._origin, self._holder.log_keys.public)

    async def content(self, asked: Asked) -> bytes | None:
        """A tile or a bundle of entries; None for one that the tree does not have in that width."""
        row = await self._last()
        level = 0 if asked.level is None else asked.level
        tile = TileId(level, asked.nth)
        if row is None or tiles.width_in(tile, row.size) < asked.width:
            return None
        if asked.level is None:
            first = asked.nth * WIDTH
            async with self._database.verifying() as connection:
                found = await connection.execute(sql.ENTRIES, {"first": first, "last": first + asked.width})
                entries = [bytes(entry) for entry in found.scalars()]
            return tiles.bundle(entries) if len(entries) == asked.width else None
        async with self._database.verifying() as connection:
            content = (await read_tiles(connection, [tile])).get(tile, b"")[: asked.width * HASH_BYTES]
        return content if len(content) == asked.width * HASH_BYTES else None

    async def inclusion(self, kind: LeafKind, ref: str) -> Inclusion | None:
        """The proof for the last leaf of a row; None while it has no place yet. Raises KeyError for a broken tree."""
        async with self._database.writing() as connection:
            index = (await connection.execute(sql.FIND, {"kind": kind.value, "ref": ref})).scalar_one_or_none()
        row = await self._last()
        if index is None or row is None or index >= row.size:
            return None
        size = row.size
        wanted = tiles.needed(lambda read: merkle.inclusion(index, size, read))
        async with self._database.verifying() as connection:
            held = await read_tiles(connection, sorted(wanted))
        path = merkle.inclusion(index, size, tiles.reader(held))
        return Inclusion(index=index, size=size, path=path, checkpoint=row.note)

    async def _last(self) -> CheckpointRow | None:
        async with self._database.verifying() as connection:
            return await fetch_first(connection, sql.LAST_CHECKPOINT, {}, CheckpointRow)
