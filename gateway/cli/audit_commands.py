"""The commands about the audit log; what they do lies in `auditing` and is imported when one runs."""

from __future__ import annotations

from typing import Annotated

import typer

audit = typer.Typer(no_args_is_help=True, help="审计记录 The audit log: who did what")


@audit.command("list")
def list_entries(
    *,
    actor: Annotated[str | None, typer.Option(help="A partner or one of its credentials; `terminal` for this")] = None,
    about: Annotated[str | None, typer.Option("--object", help="A contract code, a number, an id")] = None,
    since: Annotated[str | None, typer.Option(help="From this moment: 2026-11-02T09:30, Beijing time")] = None,
    until: Annotated[str | None, typer.Option(help="Before this moment")] = None,
) -> None:
    """查阅 What was done, in its order; by actor, object and time."""
    from gateway.base.settings import Settings
    from gateway.cli import auditing

    auditing.list_entries(Settings(), actor=actor, about=about, since=since, until=until)
