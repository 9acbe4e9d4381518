"""`yizhan reconcile`: runs, reports, repair and decisions at the operator's terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.access.accounts import TERMINAL
from gateway.base.errors import UserError, both
from gateway.base.problems import Refused
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, identity
from gateway.doors.reasons import required_reason
from gateway.reconcile.classes import TITLES, Class, Decision
from gateway.reconcile.exports import csv_lines, first_rows, workbook
from gateway.reconcile.lists import SentTotals, sent_by
from gateway.reconcile.repairing import Repaired
from gateway.reconcile.rows import Discrepancy, Run
from gateway.reconcile.states import DiscrepancyState, RunState
from gateway.reconcile.trends import trend
from gateway.wiring.services import Services
from gateway.wording.dates import short_moment
from gateway.wording.differences import in_words
from gateway.wording.languages import ZH

_MOST_ROWS = 40
_MOST_FIELDS = 5
_MOST_RUNS = 400
_MOST_LISTED = 30
_BAR = 40


def run(settings: Settings, connector_id: str, kinds: Sequence[str], repeats: str | None) -> int:
    """0 when both sides agree, 1 when they differ."""

    async def compare(services: Services) -> Run:
        before = None if repeats is None else (await _found(services, repeats)).id
        run_id = await services.portal_reconciliations.compare(connector_id, kinds, before)
        return await services.reconciliations.find(TERMINAL.scope, run_id)

    return _show_run(at_terminal(settings, compare))


def compare_sent(settings: Settings, partner: str, file: Path, kind: str | None) -> int:
    """Compare a partner's list or totals with what was accepted and coded; 0 when they agree."""

    async def compare(services: Services) -> Run:
        tenant = await services.accounts.named(partner)
        if tenant is None:
            raise UserError(f"没有名为 {partner} 的对接方 / no partner {partner!r}")
        with await asyncio.to_thread(file.open, "rb") as document:
            sent = sent_by(document, kind and f"{kind}.v1")
            if isinstance(sent, SentTotals):
                run_id = await services.reconciliations.run_totals(tenant, sent)
            else:
                run_id = await services.reconciliations.run_list(tenant, sent)
        return await services.reconciliations.find(TERMINAL.scope, run_id)

    return _show_run(at_terminal(settings, compare))


def show(settings: Settings, run_id: str, class_: str | None) -> int:
    """A run with its discrepancies, all or those of one class; 0 when both sides agree."""
    if class_ is not None and class_ not in tuple(Class):
        raise UserError(f"{class_!r}: 应为 / must be {' | '.join(Class)}")
    wanted = None if class_ is None else Class(class_)

    async def read(services: Services) -> tuple[Run, Sequence[Discrepancy]]:
        found = await _found(services, run_id)
        rows = await services.reconciliations.discrepancies(TERMINAL.scope, found.id, class_=wanted, limit=_MOST_ROWS)
        return found, rows

    found, rows = at_terminal(settings, read)
    status = _show_run(found)
    _show_discrepancies(rows)
    return status


def write(settings: Settings, run_id: str, output: Path) -> None:
    """A run's discrepancies in a file: all of them as .csv, the first of them as .xlsx."""

    async def read(services: Services) -> None:
        await _write(services, await _found(services, run_id), output)

    at_terminal(settings, read)
    Console(soft_wrap=True, highlight=False).print(f"已写入 written: {output}", markup=False)


def list_runs(settings: Settings, connector_id: str | None) -> None:
    """The newest runs, of one connector or of all."""

    async def read(services: Services) -> Sequence[Run]:
        return await services.reconciliations.listed(TERMINAL.scope, connector_id, limit=_MOST_LISTED)

    found = at_terminal(settings, read)
    console = Console(soft_wrap=True, highlight=False)
    for each in found:
        console.print(_in_one_line(each), markup=False)
    if not found:
        console.print("没有对账记录 no reconciliations")


def _in_one_line(found: Run) -> str:
    """A run with its whole number, which other commands ask for."""
    differing = sum(n for counts in found.counts.values() for name, n in counts.items() if name in TITLES)
    side = found.connector or "对接方自报 sender's own list"
    checks = f"  复核 checks {found.repeats}" if found.repeats else ""
    return f"{found.id}  {short_moment(found.started_at, ZH)}  {side}  {found.state} {differing}{checks}"


def repair(settings: Settings, run_id: str) -> int:
    """0 when nothing waits for a person any more."""

    async def repair_all(services: Services) -> tuple[str, int, Repaired]:
        found = await _found(services, run_id)
        if found.connector is None:
            raise UserError("对接方自报的清单由对接方自行补报 / a partner repairs its own list by sending again")
        approved = services.reconciliations.every(TERMINAL.scope, found.id, state=DiscrepancyState.APPROVED)
        queued = sum([row.decision is Decision.KEEP_OURS async for row in approved])
        return found.connector, queued, await services.portal_reconciliations.repair(TERMINAL, found)

    connector, queued, done = at_terminal(settings, repair_all)
    _show_repaired(Console(soft_wrap=True, highlight=False), run_id, connector, queued, done=done)
    return 1 if done.waiting else 0


def _show_repaired(console: Console, run_id: str, connector: str, queued: int, *, done: Repaired) -> None:
    """What is decided goes the way of every change: it waits for the relay. A pull reads back what was sent."""
    pages, sent, waiting = done.pages_taken, done.records_sent - queued, done.waiting
    console.print(f"重新接收 {pages} 页，已送出 {sent} 条，待送达 {queued} 条，{waiting} 条待人工核定")
    console.print(f"{pages} pages taken, {sent} records sent, {queued} queued, {waiting} wait for a person")
    if done.records_sent:
        console.print("送往门户的变更须先取回 what goes to the portal is read back first, by the schedule or by:")
        console.print(f"  yizhan sync {connector}")
    console.print(f"复核 check: yizhan reconcile run {connector} --repeats {run_id}")


def decide(settings: Settings, run_id: str, kind: str, key: str, *, decision: str, reason: str, seen: str) -> None:
    """Note a decision; the next repair does it."""
    if decision not in tuple(Decision):
        raise UserError(f"{decision!r}: 应为 / must be {' | '.join(Decision)}")

    async def note(services: Services) -> None:
        found = await _found(services, run_id)
        why = required_reason(reason)
        await services.repairs.decide(TERMINAL, found, kind, key, decision=Decision(decision), reason=why, seen=seen)

    at_terminal(settings, note)
    print(f"已核定，修复时执行 decided, to be done by: yizhan reconcile repair {run_id}")


def show_trend(settings: Settings, connector_id: str) -> None:
    """Discrepancies from day to day."""

    async def read(services: Services) -> Sequence[Run]:
        return await services.reconciliations.listed(TERMINAL.scope, connector_id, limit=_MOST_RUNS)

    days = trend(at_terminal(settings, read))
    most = max((day.total for day in days), default=0)
    table = Table("日期 day", "差异 discrepancies", "", "按类 by class")
    for day in days:
        bar = "█" * -(-day.total * _BAR // most) if most else ""
        by_class = ", ".join(f"{TITLES[Class(name)].zh} {count}" for name, count in day.by_class.items())
        table.add_row(str(day.on), str(day.total), bar, by_class)
    Console().print(table if days else "没有对账记录 no reconciliations")


async def _found(services: Services, run_id: str) -> Run:
    try:
        return await services.reconciliations.find(TERMINAL.scope, identity(run_id))
    except Refused:
        raise UserError(f"没有对账记录 {run_id} / no reconciliation {run_id}") from None


async def _write(services: Services, found: Run, output: Path) -> None:
    if output.suffix == ".xlsx":
        totals = await services.reconciliations.totals(TERMINAL.scope, found.id)
        rows = await first_rows(services.reconciliations.slices(TERMINAL.scope, found.id))
        await asyncio.to_thread(output.write_bytes, workbook(found, totals, rows))
        return
    with await asyncio.to_thread(output.open, "wb") as file:
        async for lines in csv_lines(services.reconciliations.slices(TERMINAL.scope, found.id)):
            file.write(lines)


def _show_run(found: Run) -> int:
    console = Console(highlight=False)
    console.print(f"对账 reconciliation [b]{found.id}[/b]: {found.state}")
    if found.failed is not None:
        console.print(f"[red]{escape(both(found.failed))}[/red]")
    table = Table("种类 kind", "对方 theirs", "本平台 ours", "已赋码 coded", "差异 discrepancies")
    for kind, counts in found.counts.items():
        differing = ", ".join(
            f"{TITLES[Class(name)].zh} {name} {count}" for name, count in counts.items() if name in TITLES
        )
        table.add_row(kind, *(str(counts[name]) for name in ("theirs", "ours", "coded")), differing or "—")
    console.print(table)
    return 0 if found.state is RunState.CLEAN else 1


def _show_discrepancies(rows: Sequence[Discrepancy]) -> None:
    if not rows:
        return
    table = Table("种类 kind", "业务编号 key", "差异 class", "状态 state", "可选 decisions", "字段 fields")
    for row in rows:
        choices = f"yizhan conflicts {row.conflict}" if row.conflict else " | ".join(sorted(row.allowed))
        fields = "\n".join(in_words(row.kind, row.fields)[:_MOST_FIELDS])
        table.add_row(row.kind, escape(row.key), TITLES[row.class_].zh, row.seen, choices, escape(fields))
    console = Console()
    console.print(table)
    if len(rows) == _MOST_ROWS:
        console.print("... 全部清单 the whole list: --output FILE.csv")
