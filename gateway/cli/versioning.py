"""Versions of partner folders, at the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.access.accounts import TERMINAL
from gateway.base.clock import CHINA
from gateway.base.errors import UserError, both
from gateway.base.problems import Refused
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal
from gateway.onboarding.packing import files_in, unpack
from gateway.onboarding.rows import VersionRow
from gateway.onboarding.states import VersionState
from gateway.wiring.services import Services

_console = Console(soft_wrap=True, highlight=False)


def stage(settings: Settings, folder: Path, note: str) -> int:
    """Save and check a folder; 1, with every problem told, when it does not pass."""

    async def work(services: Services) -> int:
        saved = await services.versions.save(TERMINAL, files_in(folder), note)
        if saved.state is VersionState.DRAFT:
            try:
                saved = await services.versions.stage(TERMINAL, saved.connector, saved.number)
            except Refused as refused:
                _console.print(
                    f"[red]✗[/red] {saved.connector}#{saved.number} {both(refused.detail or refused.problem.title)}"
                )
                for problem in refused.members.get("problems", ()):
                    _console.print(f"    {escape(problem['zh'])}\n    {escape(problem['en'])}")
                return 1
        _told(saved)
        return 0

    return at_terminal(settings, work)


def promote(settings: Settings, name: str, number: int | None) -> None:
    async def work(services: Services) -> VersionRow:
        chosen = number
        if chosen is None:
            staged = [row.number for row in await services.versions.listed(name) if row.state is VersionState.STAGED]
            if not staged:
                raise UserError(f"{name} 没有待上线的版本 / has no staged version")
            chosen = staged[-1]
        return await services.versions.promote(TERMINAL, name, chosen)

    _told(at_terminal(settings, work))


def roll_back(settings: Settings, name: str) -> None:
    _told(at_terminal(settings, lambda services: services.versions.roll_back(TERMINAL, name)))


def retire(settings: Settings, name: str, number: int | None) -> None:
    async def work(services: Services) -> VersionRow:
        chosen = number
        if chosen is None:
            live = [row.number for row in await services.versions.listed(name) if row.state is VersionState.LIVE]
            if not live:
                raise UserError(f"{name} 没有在用的版本 / has no version in service")
            (chosen,) = live
        return await services.versions.retire(TERMINAL, name, chosen)

    _told(at_terminal(settings, work))


def show(settings: Settings, name: str, take: int | None, into: Path | None) -> None:
    """List the versions, or write the files of one into a new folder."""
    if (take is None) is not (into is None):
        raise UserError("--take 与 --into 须同时给出 / go together")
    if take is not None and into is not None:
        if into.exists():
            raise UserError(f"{into} 已存在 / is there already")
        number = take
        unpack(at_terminal(settings, lambda services: services.versions.content(name, number)), into)
        _console.print(f"{into}")
        return
    table = Table("版本 version", "状态 state", "映射 mappings", "说明 note", "经过 history")
    for row in at_terminal(settings, lambda services: services.versions.listed(name)):
        table.add_row(str(row.number), row.state, "\n".join(sorted(row.stamps)), escape(row.note), _history(row))
    _console.print(table)


def _history(row: VersionRow) -> str:
    steps = [
        ("保存 saved", row.made_by, row.made_at),
        ("检查 staged", row.staged_by, row.staged_at),
        ("上线 live", row.live_by, row.live_at),
        ("放弃 given up" if row.live_at is None else "停用 retired", row.retired_by, row.retired_at),
    ]
    return "\n".join(f"{word} {at.astimezone(CHINA):%Y-%m-%d %H:%M} {who}" for word, who, at in steps if at is not None)


def _told(row: VersionRow) -> None:
    _console.print(f"{row.connector}#{row.number} {row.state} ({', '.join(sorted(row.stamps))})")
