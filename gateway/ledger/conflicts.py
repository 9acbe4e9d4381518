"""Conflicts: both sides have changed one record, and a person decides which version counts.

There is at most one open conflict a record. Whoever finds one opens it here, and whoever settles one ends it here: a
person at the desk, a reconciliation that was decided, or the portal that shows our change or a later version after all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base.states import Machine, Move
from gateway.ledger import statements as sql
from gateway.ledger.rows import Conflict, ConflictChoice, ConflictReason, EndedConflict, NewConflict, RecordKey
from gateway.ledger.two_sided import BOTH_CHANGED, SAME_NUMBER
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text

BY_PORTAL, BY_RECONCILIATION = "portal", "reconciliation"
"""Who has ended a conflict that no person at the desk has."""


class ConflictState(StrEnum):
    OPEN = "open"
    KEPT_OURS = ConflictChoice.KEEP_OURS.value
    KEPT_THEIRS = ConflictChoice.KEEP_THEIRS.value


CONFLICTS = Machine(
    "conflict",
    Text("版本冲突", "Conflict"),
    ConflictState,
    (
        Move(
            None,
            ConflictState.OPEN,
            Text(
                "双方都有变更、同号不同内容，或门户拒收",
                "both changed, other content under one number, or refused there",
            ),
        ),
        Move(
            ConflictState.OPEN,
            ConflictState.KEPT_OURS,
            Text("人工选择以本平台为准，或门户已显示我方变更", "a person keeps ours, or the portal shows our change"),
        ),
        Move(
            ConflictState.OPEN,
            ConflictState.KEPT_THEIRS,
            Text(
                "人工选择以门户为准，或已取回门户的新版本",
                "a person keeps theirs, or a later version of theirs was taken",
            ),
        ),
    ),
)
DISPUTES = {BOTH_CHANGED.code: ConflictReason.BOTH_CHANGED, SAME_NUMBER.code: ConflictReason.SAME_NUMBER}
"""Findings that open a conflict."""


async def open_conflicts(connection: AsyncConnection, found: Iterable[NewConflict]) -> None:
    """Open conflicts, or bring the open ones of those records up to what was found now.

    Pages may come late: an older version of theirs does not take the place of a newer one. What the portal itself
    says, without its version, counts whatever a page has shown before.
    """
    if rows := list(found):
        await connection.exec_driver_sql(sql.OPEN_CONFLICTS, sql.CONFLICTS.parameters(rows))


async def end_conflicts(connection: AsyncConnection, ended: Iterable[EndedConflict]) -> list[UUID]:
    """End what is open of these; the conflicts that were."""
    rows = sorted(ended, key=lambda row: row[:3])
    if not rows:
        return []
    result = await connection.exec_driver_sql(sql.END_CONFLICTS, sql.ENDED.parameters(rows))
    return list(result.scalars().all())


async def listed(database: Database, scope: Scope, *, after: UUID | None, limit: int) -> Sequence[Conflict]:
    """Open conflicts in sight, the oldest first, from the one behind `after`."""
    async with database.reading(scope) as connection:
        return await fetch(connection, sql.LIST_CONFLICTS, {"ids": None, "after": after, "limit": limit}, Conflict)


async def at(database: Database, scope: Scope, ids: Collection[UUID]) -> Sequence[Conflict]:
    """Those of them that are open and in sight, the oldest first."""
    async with database.reading(scope) as connection:
        where = {"ids": list(ids), "after": None, "limit": len(ids)}
        return await fetch(connection, sql.LIST_CONFLICTS, where, Conflict)


async def records_of(database: Database, scope: Scope, ids: Collection[UUID]) -> Mapping[UUID, RecordKey]:
    """What conflicts in sight are or were about."""
    async with database.reading(scope) as connection:
        rows = (await connection.execute(sql.ABOUT_CONFLICTS, {"ids": list(ids)})).all()
    return {row.id: RecordKey(row.tenant_id, row.kind, row.key) for row in rows}


async def is_ended(database: Database, scope: Scope, conflict_id: UUID) -> bool:
    """Whether a conflict in sight is over."""
    async with database.reading(scope) as connection:
        return (await connection.execute(sql.IS_ENDED, {"id": conflict_id})).scalar_one()


async def find(database: Database, scope: Scope, conflict_id: UUID) -> Conflict | None:
    """The open conflict in sight of that id."""
    async with database.reading(scope) as connection:
        return await still_open(connection, conflict_id)


async def still_open(connection: AsyncConnection, conflict_id: UUID) -> Conflict | None:
    """The same inside somebody's transaction, with what its role may see."""
    where = {"ids": [conflict_id], "after": None, "limit": 1}
    return await fetch_first(connection, sql.LIST_CONFLICTS, where, Conflict)


__all__ = [
    "BY_PORTAL",
    "BY_RECONCILIATION",
    "CONFLICTS",
    "DISPUTES",
    "Conflict",
    "ConflictChoice",
    "ConflictReason",
    "ConflictState",
    "EndedConflict",
    "NewConflict",
    "at",
    "end_conflicts",
    "find",
    "is_ended",
    "listed",
    "open_conflicts",
    "records_of",
    "still_open",
]
