"""`yizhan audit`: the log of who did what, at the terminal."""

from __future__ import annotations

from datetime import datetime

import orjson
from rich.console import Console
from rich.markup import escape

from gateway import audit
from gateway.access.accounts import TERMINAL
from gateway.base.clock import CHINA, read_moment
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal
from gateway.wiring.services import Services


def list_entries(
    settings: Settings, *, actor: str | None, about: str | None, since: str | None, until: str | None
) -> None:
    """Show the entries that match, the oldest first, each on a line."""
    sought = audit.Sought(actor=actor, object=about, since=_moment(since), until=_moment(until))
    console = Console(soft_wrap=True, highlight=False)

    async def show(services: Services) -> int:
        count = 0
        async for row in audit.every(services.database, TERMINAL.scope, sought):
            console.print(_line(row))
            count += 1
        return count

    if not at_terminal(settings, show):
        console.print("没有审计记录 no entries")


def _line(row: audit.AuditRow) -> str:
    at = f"{row.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    detail = orjson.dumps(row.detail).decode() if row.detail else ""
    return escape(f"{at}  {row.actor}  {row.action}  {row.object}  {row.division}  {detail}".rstrip())


def _moment(given: str | None) -> datetime | None:
    try:
        return None if given is None else read_moment(given)
    except ValueError:
        raise UserError(f"时间无法识别 / not a moment: {given}") from None
