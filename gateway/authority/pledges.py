"""Verification of outbound pledges: five working days for the province, reminders at three and one, and overdue.

Source: the work schedule of 2017 (domain section 1): the province is told at once and verifies within five working
days that for two years the agency was not fined, or worse, for harming travellers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Actor
from gateway.authority import statements as sql
from gateway.authority.desk import Action, Desk, must_be_theirs
from gateway.authority.rows import DuePledge, Reminder, WaitingPledge
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.changes import announce, change_of
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import PledgeState
from gateway.ledger.values import Answer
from gateway.register.working_days import WorkingDays
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas.findings import Text

_REMINDERS = {3: Reminder.THREE_DAYS, 1: Reminder.ONE_DAY}
_MOST_LISTED = 1000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """The most urgent pledges that wait for a verdict, and how many `more` there are."""

    rows: Sequence[WaitingPledge]
    more: int


class Pledges:
    """Deadlines and verdicts."""

    def __init__(self, database: Database, desk: Desk, days: WorkingDays) -> None:
        self._database = database
        self._desk = desk
        self._days = days

    async def waiting(
        self,
        scope: Scope,
        overdue_on: date | None = None,
        *,
        after: tuple[str, str, str] | None = None,
        limit: int = _MOST_LISTED,
    ) -> Waiting:
        """Pledges without a verdict, the most urgent first; with a day, those whose time was over before it.

        `after` is the day, the agency's credit code and the number behind which to begin.
        """
        day, agency, key = after or (None, None, None)
        where = {"before": overdue_on, "after_day": day, "after_agency": agency, "after_key": key, "limit": limit}
        async with self._database.reading(scope) as connection:
            rows = await fetch(connection, sql.WAITING, where, WaitingPledge)
        return Waiting(rows, rows[0].every - len(rows) if rows else 0)

    async def remind(self, today: date) -> dict[str, int]:
        """Announce what is due on `today`, each reminder once; how many of each. A missed day is made up for."""
        counts = Counter[str]()
        while True:
            found, announced = await self._remind_some(today)
            counts.update(pledge.what.value for pledge in announced)
            if found < _AT_ONCE:
                return dict(counts)

    async def _remind_some(self, today: date) -> tuple[int, list[DuePledge]]:
        """How many reminders were due, at most `_AT_ONCE`, and those announced now; another process may have made
        some meanwhile.
        """
        soon = self._soon(today)
        wanted = {
            "today": today,
            "days": list(soon),
            "whats": [what.value for what in soon.values()],
            "overdue": Reminder.OVERDUE.value,
            "limit": _AT_ONCE,
        }
        async with self._database.writing() as connection:
            due = await fetch(connection, sql.TO_REMIND, wanted, DuePledge)
            new = [pledge for pledge in due if await _note(connection, pledge)]
            now = Clock.now()
            await announce(connection, [change_of(pledge, pledge.what.event, pledge.state, now) for pledge in new])
        return len(due), new

    async def verify(
        self, actor: Actor, record: RecordRow, *, verdict: str, evidence: str, verifier: str, today: date
    ) -> Answer:
        """The answer to a verdict; it is announced to the applicant. The province verifies, or who stands above it.

        Raises Refused (AUTH-005, STATE-001).
        """
        must_be_theirs(actor, record)
        if record.state != PledgeState.WAITING:
            detail = Text("该承诺已有核实结论", "The pledge has its verdict already")
            raise Refused(problems.STATE_REFUSED, detail, state=record.state)
        patch = {
            "status": PledgeState.VERIFIED.value,
            "verdict": verdict,
            "evidence": evidence,
            "verifier": verifier,
            "verified_on": today.isoformat(),
        }
        return await self._desk.change(actor, record, patch, record.version, action=Action.VERDICT, decided=True)

    def left(self, due_on: date | None, today: date) -> int | None:
        """How many working days are left after `today`, below zero when it is over; None where nobody can say."""
        return None if due_on is None else self._days.between(today, due_on)

    def _soon(self, today: date) -> dict[date, Reminder]:
        """The due days that are near, and what is said of each; as far as the calendar reaches."""
        found: dict[date, Reminder] = {}
        for ahead in count():
            due_on = today + timedelta(days=ahead)
            left = self._days.between(today, due_on)
            if left is None or left > max(_REMINDERS):
                break
            found[due_on] = _REMINDERS[min(days for days in _REMINDERS if left <= days)]
        return found


async def _note(connection: AsyncConnection, pledge: DuePledge) -> bool:
    """Note that a reminder is made; False when somebody else has made it."""
    values = {"tenant_id": pledge.tenant_id, "key": pledge.key, "what": pledge.what.value, "due_on": pledge.due_on}
    return (await connection.execute(sql.REMIND, values)).first() is not None
