"""Verification of outbound pledges: five working days for the province, reminders at three and one, and overdue.

Source: the work schedule of 2017 (domain section 1): the province is told at once and verifies within five working
days that for two years the agency was not fined, or worse, for harming travellers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Actor
from gateway.authority.desk import Desk, must_be_theirs
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.changes import Change, announce
from gateway.ledger.values import Answer
from gateway.register.working_days import WorkingDays
from gateway.store.database import Database, Scope
from schemas.findings import Text

_REMINDERS = {3: "reminder_3", 1: "reminder_1"}
_OVERDUE = "overdue"
_MOST_LISTED = 1000
_AT_ONCE = 500
_WAITING = text("""
    SELECT key, division, agency_name, agency_uscc, due_on, stored_at, version, count(*) OVER () AS every
    FROM record WHERE kind = 'pledge' AND state = 'waiting' AND (CAST(:before AS date) IS NULL OR due_on < :before)
    ORDER BY due_on, key LIMIT :limit
""")
_TO_REMIND = text("""
    SELECT r.tenant_id, r.division, r.kind, r.key, r.version, r.state, r.code, r.agency_name, r.agency_uscc, r.due_on,
        coalesce(soon.what, :overdue) AS what
    FROM record r LEFT JOIN unnest(CAST(:days AS date[]), CAST(:whats AS text[])) AS soon (due_on, what) USING (due_on)
    WHERE r.kind = 'pledge' AND r.state = 'waiting' AND (r.due_on < :today OR soon.what IS NOT NULL)
      AND NOT EXISTS (SELECT FROM pledge_reminder p WHERE p.tenant_id = r.tenant_id AND p.key = r.key
                      AND p.what = coalesce(soon.what, :overdue) AND p.due_on = r.due_on)
    ORDER BY r.due_on, r.key LIMIT :limit
""")
_REMIND = text("""
    INSERT INTO pledge_reminder (tenant_id, key, what, due_on) VALUES (:tenant_id, :key, :what, :due_on)
    ON CONFLICT DO NOTHING RETURNING what
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The most urgent pledges that wait for a verdict, and how many `more` there are."""

    rows: Sequence[Any]
    more: int


class Pledges:
    """Deadlines and verdicts."""

    def __init__(self, database: Database, desk: Desk, days: WorkingDays) -> None:
        self._database = database
        self._desk = desk
        self._days = days

    async def waiting(self, scope: Scope, overdue_on: date | None = None) -> Waiting:
        """Pledges without a verdict, the most urgent first; with a day, those whose time was over before it."""
        async with self._database.reading(scope) as connection:
            rows = (await connection.execute(_WAITING, {"before": overdue_on, "limit": _MOST_LISTED})).all()
        return Waiting(rows, rows[0].every - len(rows) if rows else 0)

    async def remind(self, today: date) -> dict[str, int]:
        """Announce what is due on `today`, each reminder once; how many of each. A missed day is made up for."""
        counts = Counter[str]()
        while True:
            found = await self._remind_some(today)
            counts.update(each.what for each in found if each.is_new)
            if len(found) < _AT_ONCE:
                return dict(counts)

    async def _remind_some(self, today: date) -> list[_Reminded]:
        """The reminders that were due, at most `_AT_ONCE` of them; another process may have made some meanwhile."""
        soon = self._soon(today)
        wanted = {"today": today, "days": list(soon), "whats": list(soon.values()), "overdue": _OVERDUE}
        async with self._database.writing() as connection:
            rows = (await connection.execute(_TO_REMIND, {**wanted, "limit": _AT_ONCE})).all()
            found = [_Reminded(row, row.what, await _is_new(connection, row)) for row in rows]
            now = Clock.now()
            await announce(connection, [each.change(now) for each in found if each.is_new])
        return found

    async def verify(
        self, actor: Actor, record: Any, verdict: str, evidence: str, verifier: str, today: date
    ) -> Answer:
        """The answer to a verdict; it is announced to the applicant. The province verifies, or who stands above it.

        Raises Refused (AUTH-005, STATE-001).
        """
        must_be_theirs(actor, record)
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

    def _soon(self, today: date) -> dict[date, str]:
        """The due days that are near, and what is said of each; as far as the calendar reaches."""
        found: dict[date, str] = {}
        for ahead in count():
            due_on = today + timedelta(days=ahead)
            left = self._days.between(today, due_on)
            if left is None or left > max(_REMINDERS):
                break
            found[due_on] = _REMINDERS[min(days for days in _REMINDERS if left <= days)]
        return found


@dataclass(frozen=True, slots=True)
class _Reminded:
    """One reminder of one pledge; `is_new` unless somebody else has made it."""

    row: Any
    what: str
    is_new: bool

    def change(self, now: datetime) -> Change:
        event = _OVERDUE if self.what == _OVERDUE else "reminder"
        return Change.of(self.row, event, self.row.state, now)


async def _is_new(connection: AsyncConnection, row: Any) -> bool:
    values = {"tenant_id": row.tenant_id, "key": row.key, "what": row.what, "due_on": row.due_on}
    return (await connection.execute(_REMIND, values)).first() is not None
