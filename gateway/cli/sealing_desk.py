"""`yizhan seal`: seals applied for, decided, drawn and checked at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from gateway.access.accounts import TERMINAL
from gateway.base.clock import CHINA, read_moment
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, identity
from gateway.seals.rows import SealRow
from gateway.seals.seal_checks import SealVerdict
from gateway.seals.seals import Wanted, title_of
from gateway.wiring.services import Services

_ALL = 1_000_000
_NOBODY = 0
"""The lane of whoever sits at the terminal."""


def list_seals(settings: Settings) -> None:
    """A line for each seal, the oldest first."""

    async def collect(services: Services) -> list[SealRow]:
        return await services.seals.listed(TERMINAL.scope, Wanted(), _ALL)

    console = Console(soft_wrap=True, highlight=False)
    rows = at_terminal(settings, collect)
    for row in rows:
        until = "" if row.valid_until is None else f"至 until {row.valid_until.astimezone(CHINA):%Y-%m-%d}"
        console.print(f"{row.id}  {row.division}  {row.state:8}  {escape(title_of(row.kind, row.name))}  {until}")
    if not rows:
        console.print("没有印章 no seals")


def apply(settings: Settings, partner: str) -> None:
    """Raises UserError for a partner that is not there."""

    async def run(services: Services) -> SealRow:
        owner = await services.accounts.named(partner)
        if owner is None:
            raise UserError(f"没有对接方 {partner} / no partner {partner}")
        return await services.seals.apply(TERMINAL, owner)

    _tell(settings, run)


def approve(settings: Settings, number: str, until: str) -> None:
    end = _moment(until)
    _tell(settings, lambda services: services.seals.approve(TERMINAL, identity(number), valid_until=end))


def reject(settings: Settings, number: str, reason: str) -> None:
    _tell(settings, lambda services: services.seals.reject(TERMINAL, identity(number), reason))


def revoke(settings: Settings, number: str, reason: str) -> None:
    _tell(settings, lambda services: services.seals.revoke(TERMINAL, identity(number), reason))


def draw(settings: Settings, number: str, file: Path) -> None:
    """Raises UserError for a seal that was not issued."""
    row = at_terminal(settings, lambda services: services.seals.shown(TERMINAL.scope, identity(number)))
    if row.picture is None:
        raise UserError("印章尚未制发 / the seal was not issued")
    file.write_bytes(row.picture)
    Console().print(f"已写入 written: {escape(str(file))}")


def check(settings: Settings, file: Path) -> int:
    """0 when every seal on it is valid and nothing was changed since."""
    pdf = file.read_bytes()
    checked = at_terminal(settings, lambda services: services.seal_checks.check(pdf, sender=_NOBODY))
    console = Console(soft_wrap=True, highlight=False)
    for each in checked.signatures:
        name = "" if each.kind is None or each.name is None else title_of(each.kind, each.name)
        console.print(f"{each.reading.field}  {each.verdict}  {escape(name)}  {each.reading.signed_at or ''}")
    console.print(f"结论 verdict: {checked.verdict}")
    return 0 if checked.verdict is SealVerdict.VALID else 1


def _tell(settings: Settings, work: Callable[[Services], Coroutine[Any, Any, SealRow]]) -> None:
    row = at_terminal(settings, work)
    Console(soft_wrap=True, highlight=False).print(f"{row.id}  {escape(title_of(row.kind, row.name))}  {row.state}")


def _moment(until: str) -> datetime | None:
    try:
        return read_moment(until) if until else None
    except ValueError:
        raise UserError(f"{until} 不是时间 / is no moment: 2029-12-31T23:59:59+08:00") from None
