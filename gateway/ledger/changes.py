"""Announces what happened to records: rows of the outbox, numbered in commit order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ledger import statements as sql


class Change(NamedTuple):
    """One event, in the order of `statements.CHANGES`. `event` is created, amended, state or document."""

    tenant_id: int
    division: str
    kind: str
    key: str
    event: str
    version: int
    state: str
    code: str | None
    at: datetime

    @classmethod
    def of(cls, record: Any, event: str, state: str, at: datetime) -> Change:
        """An event of a stored record (a row)."""
        return cls(
            record.tenant_id,
            record.division,
            record.kind,
            record.key,
            event,
            record.version,
            state,
            record.code,
            at,
        )


async def announce(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """Number and store `changes`. Call it last: the clock it takes is held until the transaction ends."""
    if changes:
        parameters = {**sql.CHANGES.parameters(changes), "count": len(changes)}
        await connection.exec_driver_sql(sql.ANNOUNCE, parameters)
