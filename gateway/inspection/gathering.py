"""The evidence that lies in the database, as of one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.inspection import statements as sql
from gateway.inspection.judging import Seen
from gateway.inspection.recomputing import recomputed
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from gateway.transparency import statements as log_sql
from gateway.transparency.integrating import read_tiles
from gateway.transparency.rows import CheckpointRow, LeafRow
from gateway.transparency.tiles import TileId

_PAGE = 1024


class StoredEvidence:
    """A log and its rows, read in one transaction that sees nothing of what happens meanwhile."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def checkpoint(self) -> str | None:
        row = await fetch_first(self._connection, log_sql.LAST_CHECKPOINT, {}, CheckpointRow)
        return None if row is None else row.note

    async def leaves(self) -> AsyncIterator[Seen]:
        first = 0
        while page := await fetch(self._connection, log_sql.LEAVES_FROM, {"first": first, "limit": _PAGE}, LeafRow):
            found = await recomputed(self._connection, [leaf for leaf in page if not leaf.is_superseded])
            for leaf in page:
                yield Seen(
                    place=leaf.place,
                    kind=leaf.kind.value,
                    ref=leaf.ref,
                    entry=bytes(leaf.entry),
                    found=None if (now := found.get((leaf.kind, leaf.ref))) is None else now.entry,
                    is_superseded=leaf.is_superseded,
                )
            first = page[-1].place + 1

    async def tile(self, tile: TileId) -> bytes | None:
        return (await read_tiles(self._connection, [tile])).get(tile)

    async def unattested(self) -> list[str]:
        rows = (await self._connection.execute(sql.UNATTESTED)).all()
        return [f"{row.kind} {row.ref}" for row in rows]


@asynccontextmanager
async def stored_evidence(database: Database) -> AsyncIterator[StoredEvidence]:
    """The evidence as of now."""
    async with database.writing() as connection:
        await connection.execute(sql.AS_OF_NOW)
        yield StoredEvidence(connection)
