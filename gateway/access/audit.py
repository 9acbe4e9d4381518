"""The audit log: who did what to which object. Append-only; entries commit with what they tell of."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Principal

_ADD = text("""
    INSERT INTO audit (actor, action, object, detail) VALUES (:actor, :action, :object, CAST(:detail AS jsonb))
""")


async def record(
    connection: AsyncConnection, principal: Principal | None, action: str, object_: str, **detail: Any
) -> None:
    """One entry, inside the caller's transaction; without a principal it is the operator at the terminal.

    `detail` holds no personal data.
    """
    actor = "terminal" if principal is None else f"{principal.tenant.name}/{principal.credential_id}"
    row = {"actor": actor, "action": action, "object": object_, "detail": orjson.dumps(detail).decode()}
    await connection.execute(_ADD, row)
