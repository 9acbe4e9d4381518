"""One matter, one decision: what a conflict decides is decided for the runs that have found the record, too."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.rows import RecordKey
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import Decision
from gateway.reconcile.states import DISCREPANCIES, DiscrepancyState
from schemas.findings import Text


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
