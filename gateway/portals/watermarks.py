"""How far a partner's stream has been read. Moved by compare-and-set: of two who read at once only one moves it."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.portals import statements as sql
from gateway.portals.rows import Watermark
from gateway.store.database import Database
from gateway.store.typed import fetch_first


async def get(database: Database, connector: str, stream: str) -> Watermark:
    """How far the stream has been read."""
    async with database.writing() as connection:
        where = {"connector": connector, "stream": stream}
        return await fetch_first(connection, sql.MARK, where, Watermark) or Watermark()


async def hold(connection: AsyncConnection, connector: str, stream: str) -> Watermark:
    """The same in the caller's transaction, once whoever is moving it has done so; until its end nobody else does."""
    where = {"connector": connector, "stream": stream}
    return await fetch_first(connection, sql.HOLD_MARK, where, Watermark) or Watermark()


async def move(connection: AsyncConnection, connector: str, stream: str, revision: int, *, value: Any) -> bool:
    """Move the watermark from `revision` on, in the caller's transaction. False when somebody else has moved it."""
    row = {"connector": connector, "stream": stream, "revision": revision, "value": orjson.dumps(value).decode()}
    moved = await connection.execute(sql.MOVE_MARK if revision else sql.BEGIN_MARK, row)
    return moved.first() is not None
