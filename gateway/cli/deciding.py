"""`yizhan conflicts`, `alerts`, `pledges`, `calendar`, `portal`: the operator's and the authority's terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.access.accounts import TERMINAL
from gateway.alerts import alerts
from gateway.alerts.rows import AlertRow
from gateway.authority.desk import Shown
from gateway.authority.pledges import Waiting
from gateway.base.clock import CHINA, Clock
from gateway.base.errors import UserError, both
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, identity
from gateway.doors.reasons import required_reason
from gateway.ledger.changes import ChangeEvent
from gateway.ledger.conflicts import Conflict, ConflictChoice
from gateway.portals.push import PORTAL
from gateway.register.working_days import BadCalendar
from gateway.wiring.services import Services
from gateway.wording.differences import in_words

_CHANGES = (ChangeEvent.CREATED, ChangeEvent.AMENDED)
_ALL = 1_000_000


def link_portal(settings: Settings, connector_id: str) -> None:
    """From now on the portal is told what authorities change here of its records."""

    async def link(services: Services) -> list[str]:
        connector = services.connectors.get(connector_id)
        if connector is None or not connector.is_portal:
            raise UserError(f"{connector_id} 不是政务门户的对接配置 / is no connector of a portal")
        tenant = await services.accounts.partner_of(connector.id)
        told = {kind: [f"{kind}.{event}" for event in _CHANGES] for kind in connector.outward}
        of_its_division = told.pop("pledge", [])
        own = [event for events in told.values() for event in events]
        await services.targets.link(tenant, PORTAL, connector_id, own, below=of_its_division)
        return [*own, *of_its_division]

    Console().print(f"已连接 linked: {', '.join(at_terminal(settings, link))}")


def list_conflicts(settings: Settings) -> int:
    """Open conflicts with what differs; 0 when there is none."""

    async def collect(services: Services) -> list[tuple[Conflict, Shown]]:
        rows = await services.desk.conflicts(TERMINAL.scope, limit=_ALL)
        return [(row, await services.desk.shown(row)) for row in rows]

    found = at_terminal(settings, collect)
    console = Console(soft_wrap=True, highlight=False)
    for row, shown in found:
        console.print(f"[b]{row.id}[/b]  {escape(row.connector or '')}  {row.kind} {escape(row.key)}  {row.reason}")
        console.print(f"    核定时注明 seen: {shown.seen}")
        if shown.differences is None:
            console.print("    尚未取回门户版本 not pulled yet")
        for words in in_words(row.kind, shown.differences):
            console.print(f"    {escape(words)}")
    if not found:
        console.print("没有版本冲突 no conflicts")
    return 1 if found else 0


def decide_conflict(settings: Settings, conflict_id: str, decision: str, *, seen: str, reason: str) -> None:
    async def decide(services: Services) -> None:
        conflict = await services.desk.conflict(TERMINAL.scope, identity(conflict_id))
        if conflict is None:
            raise UserError(f"没有编号为 {conflict_id} 的版本冲突 / no open conflict {conflict_id}")
        why = required_reason(reason)
        concluded = await services.desk.decide(TERMINAL, conflict, ConflictChoice(decision), seen, reason=why)
        if concluded.answer.status >= 300:
            raise UserError(concluded.answer.body.decode())

    at_terminal(settings, decide)
    Console().print("已核定 decided")


def list_alerts(settings: Settings) -> int:
    async def collect(services: Services) -> list[AlertRow]:
        return await alerts.listed(services.database, TERMINAL.scope, limit=_ALL)

    found = at_terminal(settings, collect)
    console = Console(soft_wrap=True, highlight=False)
    for row in found:
        title, what = alerts.TITLES[row.code], f"{row.subject} {both(row.text)}".strip()
        first, last = (f"{at.astimezone(CHINA):%m-%d %H:%M}" for at in (row.first_at, row.last_at))
        times = f"{first} – {last}, {row.times}×"
        console.print(f"[b]{row.id}[/b]  {row.connector}  {row.code} {title.zh} {title.en}  ({times})")
        console.print(f"    {escape(what)}")
    if not found:
        console.print("没有告警 no alerts")
    return 1 if found else 0


def close_alert(settings: Settings, alert_id: str) -> None:
    async def close(services: Services) -> bool:
        return await alerts.close(services.database, identity(alert_id), TERMINAL)

    if not at_terminal(settings, close):
        raise UserError(f"没有编号为 {alert_id} 的告警 / no open alert {alert_id}")


def list_pledges(settings: Settings, *, overdue: bool) -> None:
    async def collect(services: Services) -> Waiting:
        return await services.pledges.waiting(TERMINAL.scope, Clock.china_today() if overdue else None)

    table = Table("期限 due", "申请编号 application", "旅行社 agency", "所在地 division")
    found = at_terminal(settings, collect)
    for row in found.rows:
        table.add_row(str(row.due_on), escape(row.key), escape(row.agency_name), row.division)
    Console().print(table)
    if found.more:
        Console().print(f"另有 {found.more} 项未列出 / {found.more} more")


def extend_calendar(settings: Settings, file: Path) -> None:
    async def extend(services: Services) -> int:
        return await services.days.extend(TERMINAL, lines, file.name)

    try:
        lines = file.read_text("utf-8-sig").splitlines()
        count = at_terminal(settings, extend)
    except (BadCalendar, UnicodeDecodeError) as error:
        raise UserError(str(error)) from error
    Console().print(f"已写入 {count} 天 / {count} days")
