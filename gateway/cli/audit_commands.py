"""The commands about the audit log; what they do lies in `auditing` and is imported when one runs."""

from __future__ import annotations

import sys
from pathlib import Path
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


@audit.command()
def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="An export, to inspect without the database", exists=True, file_okay=False)
    ] = None,
    *,
    against: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint that was saved before; may be given again", exists=True)
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The log's key, saved before; else the export's own is believed", exists=True)
    ] = None,
) -> None:
    """核查 Hold rows, log and saved checkpoints against each other; exit status 1 when something was altered."""
    from gateway.base.settings import Settings
    from gateway.cli import auditing

    saved = list(against or [])
    if folder is None:
        if key is not None:
            raise typer.BadParameter("--key: FOLDER")
        sys.exit(auditing.verify(Settings(), saved))
    sys.exit(auditing.verify_folder(folder, saved, key))


@audit.command()
def export(folder: Annotated[Path, typer.Argument(help="A new or empty folder")]) -> None:
    """导出 Write the log for an inspection elsewhere; hashes alone."""
    from gateway.base.settings import Settings
    from gateway.cli import auditing

    auditing.export(Settings(), folder)
