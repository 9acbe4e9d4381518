"""`yizhan retention`: the purge and its reports, and what is held back from it, at the terminal."""

from __future__ import annotations

from uuid import UUID

from rich.console import Console
from rich.markup import escape

from gateway.access.accounts import TERMINAL
from gateway.base.clock import CHINA
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, identity
from gateway.retention.keeping import SUBJECTS
from gateway.retention.purging import Report
from gateway.retention.rows import HoldRow, RunRow
from gateway.wiring.services import Services


def plan(settings: Settings) -> None:
    """A line for each subject and division."""
    console = _console()
    for planned in at_terminal(settings, lambda services: services.purging.plan(TERMINAL)):
        words = SUBJECTS[planned.due.subject]
        console.print(f"{words.zh} {words.en}：{planned.due.before} 之前 before {planned.due.before}")
        for division in sorted(planned.rows.keys() | planned.held.keys()):
            rows, held = planned.rows.get(division, 0), planned.held.get(division, 0)
            console.print(f"  {division}  到期 due {rows}  保全 held {held}")


def run(settings: Settings) -> None:
    """Purge to the end, and tell what went."""
    _tell(at_terminal(settings, lambda services: services.purging.run(TERMINAL)))


def index(settings: Settings) -> None:
    """Make the index of people anew for what came before it knew those who do not travel."""
    done = at_terminal(settings, lambda services: services.indexing.run())
    _console().print(f"已核对 looked at {done.seen}，已补充 found more in {done.changed}")
    if done.left:
        _console().print(f"未处理 left alone {done.left}：与存证日志不符，请运行 yizhan audit verify / not as attested")


def report(settings: Settings, number: str | None) -> None:
    """The purges, or one of them. Raises UserError."""
    if number is not None:
        _tell(at_terminal(settings, lambda services: services.purging.report(TERMINAL, identity(number))))
        return
    rows = at_terminal(settings, lambda services: services.purging.reports(TERMINAL))
    for row in rows:
        _console().print(_line(row))
    if not rows:
        _console().print("没有清除记录 no purges")


def hold(settings: Settings, partner: str, reason: str, record: tuple[str, str] | None) -> None:
    """Raises UserError for a partner that is not there."""

    async def place(services: Services) -> UUID:
        agency = await services.accounts.named(partner)
        if agency is None:
            raise UserError(f"没有对接方 {partner} / no partner {partner}")
        return await services.holds.place(TERMINAL, agency, reason, record)

    _console().print(f"已保全 held {at_terminal(settings, place)}")


def lift(settings: Settings, number: str) -> None:
    """Raises UserError for a hold that is not there, or was lifted."""
    at_terminal(settings, lambda services: services.holds.lift(TERMINAL, identity(number)))
    _console().print(f"已解除 lifted {number}")


def holds(settings: Settings) -> None:
    """A line for each hold."""
    rows = at_terminal(settings, lambda services: services.holds.listed(TERMINAL))
    for row in rows:
        _console().print(_held(row))
    if not rows:
        _console().print("没有保全 no holds")


def _tell(told: Report) -> None:
    console = _console()
    console.print(_line(told.run))
    for each in told.counts:
        words = SUBJECTS[each.subject]
        console.print(f"  {each.division}  {words.zh} {words.en}  {each.rows}")
    if not told.counts:
        console.print("  没有到期的内容 nothing was due")


def _line(row: RunRow) -> str:
    at = f"{row.begun_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    return f"{row.id}  {at}  {row.division}  {row.state}  {escape(row.begun_by)}"


def _held(row: HoldRow) -> str:
    what = "全部 all" if row.kind is None else f"{row.kind} {row.key}"
    state = "生效 in force" if row.lifted_at is None else f"解除 lifted {row.lifted_at.astimezone(CHINA):%Y-%m-%d}"
    return f"{row.id}  {escape(f'{row.partner}  {what}  {row.reason}')}  {state}"


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False)
