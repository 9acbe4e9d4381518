"""How far a partner's stream has been read. Moved by compare-and-set: of two who read at once only one moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.database import Database

_GET = text("SELECT value, revision FROM watermark WHERE connector = :connector AND stream = :stream")
_HOLD = text(f"{_GET} FOR UPDATE")
_BEGIN = text("""
    INSERT INTO watermark (connector, stream, value) VALUES (:connector, :stream, CAST(:value AS jsonb))
    ON CONFLICT DO NOTHING RETURNING revision
""")
_MOVE = text("""
    UPDATE watermark SET value = CAST(:value AS jsonb), revision = revision + 1, moved_at = now()
    WHERE connector = :connector AND stream = :stream AND revision = :revision RETURNING revision
""")


@dataclass(frozen=True, slots=True)
class Watermark:
    """A position and its revision; revision 0 and no value before the first move."""

    revision: int = 0
    value: Any = None


async def get(database: Database, connector: str, stream: str) -> Watermark:
    """How far the stream has been read."""
    async with database.writing() as connection:
        return _found(await connection.execute(_GET, {"connector": connector, "stream": stream}))


async def hold(connection: AsyncConnection, connector: str, stream: str) -> Watermark:
    """The same in the caller's transaction, once whoever is moving it has done so; until its end nobody else does."""
    return _found(await connection.execute(_HOLD, {"connector": connector, "stream": stream}))


async def move(connection: AsyncConnection, connector: str, stream: str, revision: int, value: Any) -> bool:
    """Move the watermark from `revision` on, in the caller's transaction. False when somebody else has moved it."""
    row = {"connector": connector, "stream": stream, "revision": revision, "value": orjson.dumps(value).decode()}
    moved = await connection.execute(_MOVE if revision else _BEGIN, row)
    return moved.first() is not None


def _found(result: CursorResult[Any]) -> Watermark:
    row = result.first()
    return Watermark() if row is None else Watermark(row.revision, row.value)
