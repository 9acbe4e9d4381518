"""The audit log: who did what to which object. Append-only; entries commit with what they tell of."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Actor
from gateway.audit import statements as sql


async def record(connection: AsyncConnection, actor: Actor, action: str, object_: str, **detail: Any) -> None:
    """One entry, inside the caller's transaction. `detail` holds no personal data."""
    row = {"actor": actor.name, "action": action, "object": object_, "detail": orjson.dumps(detail).decode()}
    await connection.execute(sql.ADD, row)
