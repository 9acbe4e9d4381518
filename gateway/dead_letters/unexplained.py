"""How many rejections nobody has dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.dead_letters import statements as sql
from gateway.dead_letters.rows import UnexplainedRow
from gateway.store.typed import fetch


async def unexplained(connection: AsyncConnection, connectors: Sequence[str], since: datetime) -> dict[str, int]:
    """Of each connector that has any: records rejected since, neither replayed nor sent again. The sandbox has none."""
    where = {"connectors": list(connectors), "since": since}
    return {row.connector: row.count for row in await fetch(connection, sql.UNEXPLAINED, where, UnexplainedRow)}
