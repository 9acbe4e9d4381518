"""The audit log: who did what to which object. Append-only; entries commit with what they tell of."""

from __future__ import annotations

from typing import Any, Protocol

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import statements as sql


class Acting(Protocol):
    """Who acts: a caller, an operator, or the partner whose document does something by itself."""

    @property
    def name(self) -> str: ...


async def record(connection: AsyncConnection, actor: Acting, action: str, object_: str, **detail: Any) -> None:
    """One entry, inside the caller's transaction. `detail` holds no personal data."""
    row = {"actor": actor.name, "action": action, "object": object_, "detail": orjson.dumps(detail).decode()}
    await connection.execute(sql.ADD, row)
