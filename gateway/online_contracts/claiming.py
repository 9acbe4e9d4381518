"""One process at a time finishes a contract, or ends it; one that died gives it up by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from gateway.base.clock import Clock
from gateway.online_contracts import statements as sql
from gateway.online_contracts.rows import OnlineRow
from gateway.store.database import Database

_LIFE = timedelta(minutes=3)


@asynccontextmanager
async def claimed(database: Database, row: OnlineRow) -> AsyncIterator[bool]:
    """Whether the contract is ours while the context is open; False where somebody is at it, or it has moved."""
    now = Clock.now()
    until = now + _LIFE
    claim = {"id": row.id, "state": row.state.value, "now": now, "until": until}
    async with database.writing() as connection:
        is_ours = (await connection.execute(sql.CLAIM, claim)).first() is not None
    try:
        yield is_ours
    finally:
        if is_ours:
            async with database.writing() as connection:
                await connection.execute(sql.RELEASE, {"id": row.id, "until": until})
