"""One matter, one place and one decision: what is open as a conflict is decided there, for the runs that have found the
record, too; the rest is decided where the last run has found it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.rows import RecordKey
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import Decision
from gateway.reconcile.rows import Discrepancy
from gateway.reconcile.states import DISCREPANCIES, DiscrepancyState
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas.findings import Text

Place = tuple[UUID, str, str]
"""Of a discrepancy: its run, and the kind and the key of the record."""


async def discrepancies_at(database: Database, scope: Scope, places: Collection[Place]) -> Sequence[Discrepancy]:
    """What there is in sight of these, in no order."""
    runs, kinds, keys = ([place[at] for place in places] for at in range(3))
    async with database.reading(scope) as connection:
        where = {"runs": runs, "kinds": kinds, "keys": keys}
        return await fetch(connection, sql.DISCREPANCIES_AT, where, Discrepancy)


async def settle(connection: AsyncConnection, key: RecordKey, decision: Decision, by: str) -> None:
    """Close what runs have found about a record of which a person has just decided a conflict, in its transaction.

    Raises Refused (STATE-005) when the latest run's decision about it waits for its repair: that one counts.
    """
    run_id = await connection.scalar(sql.AWAITED_DECISION, key._asdict())
    if run_id is not None:
        detail = Text(
            f"已在对账 {run_id} 中核定，待修复执行", f"Decided in the reconciliation {run_id}, to be repaired"
        )
        raise Refused(problems.DECIDED_ELSEWHERE, detail, reconciliation_id=str(run_id))
    before = DISCREPANCIES.before(DiscrepancyState.REPAIRED)
    moved = {"decision": decision, "by": by, "at": Clock.now(), "before": before}
    await connection.execute(sql.SETTLE, key._asdict() | moved)
