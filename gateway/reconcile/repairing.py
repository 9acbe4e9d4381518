"""Repairs what a run has found: by itself where nothing can be lost, else as a person has decided.

A pull submits what the run has found on the pages that the other side gave, through intake like any other document;
what it does not change afterwards waits for a person. A push is proved by the next run; one that can never arrive waits
for a person too. All of it holds for the versions that the run has shown; what is another by now waits for a person.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.errors import Retriable
from gateway import audit
from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import Decision, allowed
from gateway.reconcile.exchange import Exchange, Ours, Sending, Wanted
from gateway.reconcile.rows import ClassCount, PageRow, PageToPull, Run, ToPull, ToPush, Undecided, mark_of
from gateway.reconcile.staging import PageReader, alone
from gateway.reconcile.states import COMPARED, DECIDABLE, DISCREPANCIES, DiscrepancyState, Problem
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text

_READ_AT_ONCE = 500
_MOST_FAILURES = 3
"""In a row: then the other side is away. Fewer are about single records, which hold up no others."""
_PROBLEMS = {
    Sending.MOVED: Problem.MOVED,
    Sending.DISPUTED: Problem.DISPUTED,
    Sending.UNFIT: Problem.NOT_SENT,
}
"""Why a version that was to be sent was not, and waits for a person."""
_AFTER_A_TRY = DISCREPANCIES.before(DiscrepancyState.REPAIRED, DiscrepancyState.OPEN)
"""Where a discrepancy stands of which a repair tells how it went."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """How many pages were taken and records sent, and how many discrepancies a person has yet to decide."""

    pages_taken: int
    records_sent: int
    waiting: int


class Repairs:
    """Decisions and their execution."""

    def __init__(self, connectors: Mapping[str, Connector], database: Database) -> None:
        self._connectors = connectors
        self._database = database

    async def decide(
        self, actor: Actor, run: Run, kind: str, key: str, *, decision: Decision, reason: str, seen: str
    ) -> int:
        """Note what a person has decided about one discrepancy, and why; the number of the audit entry.

        `seen` is the mark of how it stood when they looked. Raises Refused: AUTH-005, REQUEST-003, STATE-001, STATE-002
        when ours is another version than the run has shown, STATE-004 when somebody else has decided since, STATE-005
        while a conflict is open about the record (unless it was decided here before) or when a later run has found it
        again. What it means is done by the next `repair`.
        """
        must_may(actor, Power.RECONCILE)
        where = {"id": run.id, "kind": kind, "key": key}
        async with self._database.writing() as connection:
            found = await fetch_first(connection, sql.LOCK, where, Undecided)
            if found is None:
                raise Refused(problems.NOT_FOUND)
            _must_be_as_seen(found, seen)
            _must_allow(found, decision)
            await connection.execute(sql.DECIDE, where | _decided(actor, decision))
            await connection.execute(sql.WITHDRAW_EARLIER, where)
            told = {"reconciliation": str(run.id), "reason": reason}
            return await audit.record(connection, actor, f"{kind}.{decision}", key, division=found.division, **told)

    async def repair(self, actor: Actor, run: Run, exchange: Exchange, tenant: Tenant) -> Repaired:
        """Pull and push what is safe or decided. Done twice it does nothing more.

        Raises Retriable and Fatal of the exchange, and Retriable while another repair of the run is under way; what was
        repaired stays repaired. Raises Refused (AUTH-005, STATE-001).
        """
        connector = self._connectors[must_be_repairable(actor, run)]
        told = Text("该次对账的修复正在进行，请稍后再试", "another repair of this run is under way")
        async with alone(await self._database.session(), f"repair/{run.id}", told):
            async with self._database.writing() as connection:
                await audit.record(connection, actor, "reconciliation.repair", str(run.id), division=run.division)
            taken = await self._pull(run, exchange, PageReader(connector, tenant))
            sent = await _Pushing(self._database, exchange, run).all()
            async with self._database.writing() as connection:
                return Repaired(taken, sent, await _waiting(connection, run))

    async def _pull(self, run: Run, exchange: Exchange, reader: PageReader) -> int:
        async with self._database.writing() as connection:
            pages = await fetch(connection, sql.PAGES_TO_PULL, {"id": run.id}, PageToPull)
        for one in pages:
            where = {"id": run.id, "kind": one.kind}
            async with self._database.writing() as connection:
                found = await fetch(connection, sql.TO_PULL, {**where, "number": one.page}, ToPull)
                row = await fetch_first(connection, sql.PAGE, {**where, "number": one.page}, PageRow)
            if row is None:
                detail = Text("该次对账的原始页面已清除，请重新对账", "Its pages are gone: reconcile again")
                raise Refused(problems.STATE_REFUSED, detail)
            page = reader.opened(run.id, one.kind, one.page, row)
            await exchange.take(page, {row.key: Wanted(row.their_hash, row.our_hash, row.decided) for row in found})
            async with self._database.writing() as connection:
                await connection.execute(sql.PULLED, {**where, "page": one.page, "before": _AFTER_A_TRY})
        return len(pages)


class _Pushing:
    """The pushes of one repair."""

    def __init__(self, database: Database, exchange: Exchange, run: Run) -> None:
        self._database = database
        self._exchange = exchange
        self._run = run
        self._failures: list[Retriable] = []
        self._in_a_row = 0

    async def all(self) -> int:
        """How many records were sent. Raises the first failure, once everything else was sent or the other side is
        away."""
        sent = 0
        for kind in self._run.kinds:
            async for row in self._wanted(kind):
                sent += await self._push(kind, row) is Sending.SENT
        if self._failures:
            raise self._failures[0]
        return sent

    async def _wanted(self, kind: str) -> AsyncIterator[ToPush]:
        after = ""
        while True:
            where = {"id": self._run.id, "kind": kind, "after": after, "limit": _READ_AT_ONCE}
            async with self._database.writing() as connection:
                rows = await fetch(connection, sql.TO_PUSH, where, ToPush)
            if not rows:
                return
            for row in rows:
                yield row
            after = rows[-1].key

    async def _push(self, kind: str, row: ToPush) -> Sending | None:
        """What became of one record; None when it is to be tried again later."""
        ours = Ours(row.our_hash, row.base, row.decision is Decision.KEEP_OURS)
        try:
            sending = await self._exchange.send(kind, row.key, ours)
        except Retriable as error:
            self._failures.append(error)
            self._in_a_row += 1
            if self._in_a_row == _MOST_FAILURES:
                raise
            return None
        self._in_a_row = 0
        where = {"id": self._run.id, "kind": kind, "key": row.key}
        async with self._database.writing() as connection:
            outcome = {"problem": _PROBLEMS.get(sending), "before": _AFTER_A_TRY}
            await connection.execute(sql.PUSHED, where | outcome)
        return sending


def must_be_repairable(actor: Actor, run: Run) -> str:
    """The connector with whose portal it is repaired.

    Raises Refused: AUTH-005 when it is not theirs to repair, STATE-001 when there is nothing to repair from.
    """
    must_may(actor, Power.RECONCILE)
    if run.connector is None or run.state not in COMPARED:
        raise Refused(problems.STATE_REFUSED, state=run.state)
    return run.connector


def _must_be_as_seen(found: Undecided, seen: str) -> None:
    if seen == mark_of(found.state, found.decided_at):
        return
    is_decided = found.decided_at is not None and found.state is not DiscrepancyState.OPEN
    raise Refused(problems.ALREADY_DECIDED if is_decided else problems.VERSION_MOVED)


def _must_allow(found: Undecided, decision: Decision) -> None:
    possible = allowed(found.class_, found.repair)
    if decision not in possible or found.state not in DECIDABLE:
        names = "、".join(sorted(possible)) or "-"
        detail = Text(f"此项可选的决定：{names}", f"What may be decided about it: {names}")
        raise Refused(problems.STATE_REFUSED, detail, state=found.state, allowed=sorted(possible))
    if found.conflict is not None and found.state is not DiscrepancyState.APPROVED:
        detail = Text(f"请在版本冲突 {found.conflict} 中核定", f"Decide it as the conflict {found.conflict}")
        raise Refused(problems.DECIDED_ELSEWHERE, detail, conflict=str(found.conflict))
    if found.later is not None:
        detail = Text(f"请在最近一次对账 {found.later} 中核定", f"Decide it in the latest run {found.later}")
        raise Refused(problems.DECIDED_ELSEWHERE, detail, reconciliation_id=str(found.later))
    if decision is not Decision.IGNORE and not found.is_as_seen:
        raise Refused(problems.VERSION_MOVED, version=found.version)


def _decided(actor: Actor, decision: Decision) -> dict[str, Any]:
    state = DiscrepancyState.IGNORED if decision is Decision.IGNORE else DiscrepancyState.APPROVED
    moved = {"state": state, "before": sorted(DECIDABLE)}
    return {"decision": decision, "by": actor.name, "at": Clock.now(), **moved}


async def _waiting(connection: AsyncConnection, run: Run) -> int:
    return sum(row.waiting for row in await fetch(connection, sql.BY_CLASS, {"id": run.id}, ClassCount))
