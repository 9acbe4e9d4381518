"""The audit log: who did what to which object. Append-only; entries commit with what they tell of."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Actor

_ADD = text("""
    INSERT INTO audit (actor, action, object, detail) VALUES (:actor, :action, :object, CAST(:detail AS jsonb))
""")


async def record(connection: AsyncConnection, actor: Actor, action: str, object_: str, **detail: Any) -> None:
    """One entry, inside the caller's transaction. `detail` holds no personal data."""
    row = {"actor": actor.name, "action": action, "object": object_, "detail": orjson.dumps(detail).decode()}
    await connection.execute(_ADD, row)
