"""Verification of outbound pledges: five working days for the province, reminders at three and one, and overdue.

Source: the work schedule of 2017 (domain section 1): the province is told at once and verifies within five working
days that for two years the agency was not fined, or worse, for harming travellers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text

from gateway import problems
from gateway.access.accounts import Actor
from gateway.desk import Desk
from gateway.drafts import Answer
from gateway.problems import Refused
from gateway.store.changes import Change, announce
from gateway.store.database import Database, Scope
from gateway.working_days import WorkingDays
from schemas.findings import Text

_REMINDERS = {3: "reminder_3", 1: "reminder_1"}
_OVERDUE = "overdue"
_WAITING = text("""
    SELECT tenant_id, division, kind, key, version, state, code, agency_name, agency_uscc, due_on, stored_at
    FROM record WHERE kind = 'pledge' AND state = 'waiting' AND due_on <= COALESCE(:before, due_on)
    ORDER BY due_on, key LIMIT 1000
""")
_REMIND = text("""
    INSERT INTO pledge_reminder (tenant_id, key, what, due_on) VALUES (:tenant_id, :key, :what, :due_on)
    ON CONFLICT DO NOTHING RETURNING what
""")


class Pledges:
    """Deadlines and verdicts."""

    def __init__(self, database: Database, desk: Desk, days: WorkingDays) -> None:
        self._database = database
        self._desk = desk
        self._days = days

    async def waiting(self, scope: Scope, overdue_on: date | None = None) -> Sequence[Any]:
        """Pledges without a verdict, the most urgent first; with a day, those whose time was over before it."""
        async with self._database.reading(scope) as connection:
            rows = (await connection.execute(_WAITING, {"before": overdue_on})).all()
        return [row for row in rows if overdue_on is None or row.due_on < overdue_on]

    async def remind(self, today: date) -> dict[str, int]:
        """Announce what is due on `today`, each reminder once; how many of each. A missed day is made up for."""
        counts: dict[str, int] = {}
        async with self._database.writing() as connection:
            changes = []
            for row in (await connection.execute(_WAITING, {"before": None})).all():
                if (what := self._what(row.due_on, today)) is None:
                    continue
                values = {"tenant_id": row.tenant_id, "key": row.key, "what": what, "due_on": row.due_on}
                if (await connection.execute(_REMIND, values)).first() is None:
                    continue
                event = _OVERDUE if what == _OVERDUE else "reminder"
                changes.append(Change.of(row, event, row.state, datetime.now(UTC)))
                counts[what] = counts.get(what, 0) + 1
            await announce(connection, changes)
        return counts

    async def verify(
        self, actor: Actor, record: Any, verdict: str, evidence: str, verifier: str, today: date
    ) -> Answer:
        """The answer to a verdict; it is announced to the applicant. The province verifies, or who stands above it.

        Raises Refused (AUTH-005, STATE-001).
        """
        if not actor.scope.reaches(f"{record.division[:2]}0000"):
            raise Refused(problems.FORBIDDEN, Text("承诺由省级旅游主管部门核实", "The province verifies pledges"))
        if record.state != "waiting":
            detail = Text("该承诺已有核实结论", "The pledge has its verdict already")
            raise Refused(problems.STATE_REFUSED, detail, state=record.state)
        patch = {
            "status": "verified",
            "verdict": verdict,
            "evidence": evidence,
            "verifier": verifier,
            "verified_on": today.isoformat(),
        }
        return await self._desk.change(actor, record, patch, record.version, "verdict", decided=True)

    def _what(self, due_on: date, today: date) -> str | None:
        if today > due_on:
            return _OVERDUE
        left = self._days.between(today, due_on)
        return None if left is None else next((_REMINDERS[days] for days in sorted(_REMINDERS) if left <= days), None)
