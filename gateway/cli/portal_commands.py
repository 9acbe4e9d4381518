"""The commands about portals and what waits for a person; what they do lies in `desk` and is imported when one runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

portal = typer.Typer(no_args_is_help=True, help="政务门户 Portals: tell them what changes here")
conflicts = typer.Typer(no_args_is_help=True, help="版本冲突 Conflicts: records that both sides have changed")
alerts = typer.Typer(no_args_is_help=True, help="告警 Alerts: what somebody should look at")
pledges = typer.Typer(no_args_is_help=True, help="承诺核实 Outbound pledges that wait for a verdict")
calendar = typer.Typer(no_args_is_help=True, help="工作日历 The calendar of working days")


@portal.command("link")
def link(connector: Annotated[str, typer.Argument(metavar="CONNECTOR")]) -> None:
    """推送变更 From now on, push what authorities change here to this portal."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding

    deciding.link_portal(Settings(), connector)


@conflicts.command("list")
def list_conflicts() -> None:
    """待核定 Open conflicts; exit status 1 when there are some."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding

    sys.exit(deciding.list_conflicts(Settings()))


@conflicts.command("decide")
def decide(
    conflict: Annotated[str, typer.Argument(metavar="ID")],
    keep: Annotated[str, typer.Argument(metavar="keep_ours|keep_theirs")],
    seen: Annotated[
        str, typer.Option(help="What `list` shows as seen: a decision is about the versions that it names")
    ],
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log and the record's history")],
) -> None:
    """核定 Keep our version (it is pushed on top of theirs) or theirs."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding
    from gateway.ledger.conflicts import ConflictChoice

    if keep not in list(ConflictChoice):
        raise typer.BadParameter(" | ".join(ConflictChoice))
    deciding.decide_conflict(Settings(), conflict, keep, seen=seen, reason=reason)


@alerts.command("list")
def list_alerts() -> None:
    """未关闭 Open alerts; exit status 1 when there are some."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding

    sys.exit(deciding.list_alerts(Settings()))


@alerts.command("close")
def close(alert: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """关闭 Somebody has seen to it."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding

    deciding.close_alert(Settings(), alert)


@pledges.command("list")
def list_pledges(overdue: Annotated[bool, typer.Option(help="Only those whose time is over")] = False) -> None:
    """待核实 Pledges without a verdict, the most urgent first."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding

    deciding.list_pledges(Settings(), overdue=overdue)


@pledges.command("remind")
def remind() -> None:
    """催办 Announce what is due in three days, in one, or overdue; each once."""
    from gateway.serving.jobs import remind_pledges

    typer.echo(remind_pledges())


@calendar.command("extend")
def extend(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="day,is_working,name")]) -> None:
    """补充年度 Store the working days of whole years from a CSV file."""
    from gateway.base.settings import Settings
    from gateway.cli import deciding

    deciding.extend_calendar(Settings(), file)
