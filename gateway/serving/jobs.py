"""What a scheduler runs: one blocking call each, JSON in and out, over services that live as long as the call.

Raises Retriable when trying again later may help and Fatal when a person must put something right; nothing else is
expected. The command line and Airflow call the same functions underneath.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from adapters.errors import Fatal
from adapters.transports.portal import Window
from gateway.access.accounts import TERMINAL, Operator
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import Settings
from gateway.portals.feed import Piece
from gateway.portals.pull import totals
from gateway.reconcile.classes import Decision, Repair
from gateway.reconcile.states import DiscrepancyState
from gateway.serving.serving import database_of
from gateway.statistics.figures import Question, Span
from gateway.wiring.services import Services, open_services
from schemas.findings import Text

T = TypeVar("T")


def with_services(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    """What `work` gives, over services of its own."""

    async def run(url: str) -> T:
        async with open_services(settings, url) as services:
            return await work(services)

    with database_of(settings) as url:
        return asyncio.run(run(url))


def plan_pull(connector_id: str, since: str | None = None, until: str | None = None) -> list[dict[str, Any]]:
    """The pieces of a pull, for `pull_pieces`. With both ends of a window the past is read again (a backfill)."""
    window = Window(since, until) if since is not None or until is not None else None

    async def work(services: Services) -> list[dict[str, Any]]:
        return [piece.as_json() for piece in await services.pulls.plan(connector_id, window)]

    return with_services(Settings(), work)


def pull_pieces(connector_id: str, pieces: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Fetch and submit some pieces, in their order; the totals of their fates, and `documents`."""

    async def work(services: Services) -> dict[str, int]:
        return totals(await services.pulls.pull(connector_id, pieces=[Piece.from_json(one) for one in pieces]))

    return with_services(Settings(), work)


def deliver(connectors: Sequence[str] | None = None) -> None:
    """Send what is due to portals and webhooks, once; with `connectors` only to their portals."""
    with_services(Settings(), lambda services: services.relay.drain(connectors))


def reconcile(connector_id: str, kinds: Sequence[str] = (), repeats: str | None = None) -> dict[str, Any]:
    """Compare a portal with us: `run`, its `state` and `counts`, how many of its discrepancies a repair settles by
    itself (`safe`) and how many wait for a person (`asks`).

    `repeats` is the run whose repair is checked: how much of what it repaired is found `again`, and how much has been
    sent and is `awaited`, because the portal will show it later; no repair need send that once more.
    """

    async def work(services: Services) -> dict[str, Any]:
        before = None if repeats is None else UUID(repeats)
        run_id = await services.portal_reconciliations.compare(connector_id, kinds, before)
        found = await services.reconciliations.find(TERMINAL.scope, run_id)
        weighed = {"safe": 0, "asks": 0, "again": 0, "awaited": 0}
        async for row in services.reconciliations.every(TERMINAL.scope, run_id, state=DiscrepancyState.OPEN):
            weighed["safe" if row.repair in (Repair.PULL, Repair.PUSH) else "asks"] += 1
        if before is not None:
            seen = await services.reconciliations.found_again(TERMINAL.scope, run_id, before)
            weighed |= {"again": seen.again, "awaited": seen.awaited, "safe": weighed["safe"] - seen.awaited}
        return {"run": str(run_id), "state": found.state, "counts": found.counts, **weighed}

    return with_services(Settings(), work)


def decide_all(run: str, decision: str, by: str, reason: str) -> int:
    """Note one decision about everything of a run that waits for a person and allows it; how many that were.

    What a repair has put aside is no part of it, nor what has changed since the run or is decided elsewhere: whoever
    answers has not seen that. `by` is who decided, as the scheduler knows them; it stands in the audit log, and
    so does the `reason`.
    """
    decided = Decision(decision)

    async def work(services: Services) -> int:
        found = await services.reconciliations.find(TERMINAL.scope, UUID(run))
        done = 0
        async for row in services.reconciliations.every(TERMINAL.scope, found.id, state=DiscrepancyState.OPEN):
            if row.problem is None and decided in row.allowed:
                deciding = services.repairs.decide(
                    Operator(by), found, row.kind, row.key, decision=decided, reason=reason, seen=row.seen
                )
                done += await _stands(deciding)
        return done

    return with_services(Settings(), work)


async def _stands(deciding: Awaitable[int]) -> bool:
    """Whether what is decided was still as the run has shown it, and to be decided there."""
    try:
        await deciding
    except Refused as refusal:
        if refusal.problem in (problems.VERSION_MOVED, problems.ALREADY_DECIDED, problems.DECIDED_ELSEWHERE):
            return False
        raise
    return True


def repair(run: str, by: str) -> dict[str, int]:
    """Pull and push what is safe or decided; `pages_taken`, `records_sent`, and how many are left `waiting`."""

    async def work(services: Services) -> dict[str, int]:
        found, actor = await services.reconciliations.find(TERMINAL.scope, UUID(run)), Operator(by)
        try:
            done = await services.portal_reconciliations.repair(actor, found)
        except Refused as refusal:
            raise Fatal(refusal.text) from refusal
        return {"pages_taken": done.pages_taken, "records_sent": done.records_sent, "waiting": done.waiting}

    return with_services(Settings(), work)


def note_late(connector_id: str, what: str, due: str) -> None:
    """Tell the operators that a run of a connector has not ended when it was due; said again it is counted."""

    async def work(services: Services) -> None:
        connector = services.connectors.get(connector_id)
        if connector is None:
            raise Fatal(Text(f"没有名为 {connector_id} 的对接配置", f"there is no connector named {connector_id}"))
        tenant = await services.accounts.partner_of(connector.id)
        text = Text(f"{what} 未在 {due} 前完成", f"{what} was not done when it was due, {due}")
        await alerts.raise_alert(services.database, Alert(tenant, connector_id, AlertCode.LATE, what), text)

    with_services(Settings(), work)


def purge() -> dict[str, Any]:
    """Remove what need be kept no longer: the `run`, and how many rows it has emptied of what. Before it, the index of
    people is made anew for what an earlier version has stored.
    """

    async def work(services: Services) -> dict[str, Any]:
        await services.indexing.run()
        report = await services.purging.run(TERMINAL)
        counts: Counter[str] = Counter()
        for each in report.counts:
            counts[each.subject.value] += each.rows
        return {"run": str(report.run.id), **counts}

    return with_services(Settings(), work)


def remind_pledges(day: str | None = None) -> dict[str, int]:
    """Announce the pledges that are due soon or overdue on a day, by default today in China; each once."""
    today = Clock.china_today() if day is None else date.fromisoformat(day)
    return with_services(Settings(), lambda services: services.pledges.remind(today))


def count_day(day: str | None = None) -> dict[str, Any]:
    """The figures of a day, by default yesterday in China, everything that is new counted before."""
    first = Clock.china_today() - timedelta(days=1) if day is None else date.fromisoformat(day)
    return _counted(Span(first=first, last=first))


def count_month(month: str | None = None) -> dict[str, Any]:
    """The same of a month (`2026-10`), by default the last that is over."""
    before = Clock.china_today().replace(day=1) - timedelta(days=1)
    first = before.replace(day=1) if month is None else date.fromisoformat(f"{month}-01")
    return _counted(Span(first=first, last=(first + timedelta(days=31)).replace(day=1) - timedelta(days=1)))


def _counted(span: Span) -> dict[str, Any]:
    async def work(services: Services) -> dict[str, Any]:
        await services.collector.catch_up()
        (row,) = await services.figures.of(TERMINAL.scope, Question(span=span))
        told = ("groups", "travellers", "traveller_days", "corrections", "returned")
        return {"since": str(span.first), "until": str(span.last)} | {name: getattr(row, name) for name in told}

    return with_services(Settings(), work)


def remind_silent(day: str | None = None) -> dict[str, int]:
    """Alert about agencies that report no more on a day, by default today in China; how many are silent."""
    today = Clock.china_today() if day is None else date.fromisoformat(day)
    return with_services(Settings(), lambda services: services.reminders.remind(today))
