"""The commands about how long things are kept; what they do lies in `retaining` and is imported when one runs."""

from __future__ import annotations

from typing import Annotated

import typer

retention = typer.Typer(no_args_is_help=True, help="保存期限 What need be kept no longer, and what a case holds back")


@retention.command("plan")
def plan() -> None:
    """清除计划 What a purge would empty today, and what a hold keeps from it; nothing is changed."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    retaining.plan(Settings())


@retention.command("run")
def run() -> None:
    """到期清除 Remove the personal content that is due; may be stopped and given again."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    retaining.run(Settings())


@retention.command("index")
def index() -> None:
    """补建人员索引 Find people who do not travel in what came before they were indexed; may be given again."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    retaining.index(Settings())


@retention.command("report")
def report(number: Annotated[str | None, typer.Argument(metavar="ID")] = None) -> None:
    """清除报告 The purges that were made, or what one of them has emptied."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    retaining.report(Settings(), number)


@retention.command("hold")
def hold(
    partner: Annotated[str, typer.Argument(metavar="PARTNER")],
    reason: Annotated[str, typer.Argument(metavar="REASON")],
    *,
    kind: Annotated[str | None, typer.Option(help="With --number: one record instead of all of the agency")] = None,
    number: Annotated[str | None, typer.Option(help="Its business number")] = None,
) -> None:
    """保全 Keep what an agency has, or one record of it, whatever its age."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    if (kind is None) != (number is None):
        raise typer.BadParameter("--kind --number")
    record = None if kind is None or number is None else (kind, number)
    retaining.hold(Settings(), partner, reason, record)


@retention.command("lift")
def lift(number: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """解除保全 End a hold."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    retaining.lift(Settings(), number)


@retention.command("holds")
def holds() -> None:
    """保全清单 Every hold, those in force first."""
    from gateway.base.settings import Settings
    from gateway.cli import retaining

    retaining.holds(Settings())
