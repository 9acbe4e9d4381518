"""The commands `yizhan reconcile ...`; what they do lies in `reconciling` and is imported only when one runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

reconcile = typer.Typer(no_args_is_help=True, help="对账 Reconciliation: compare both sides, repair, decide")

Run = Annotated[str, typer.Argument(metavar="RUN", help="Number of a reconciliation")]


@reconcile.command("run")
def run(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR")],
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; may be given several times")] = None,
    repeats: Annotated[str | None, typer.Option(metavar="RUN", help="The run whose repair is checked")] = None,
) -> None:
    """与门户逐条核对 Compare a portal's snapshot with what is stored here; exit status 1 when they differ."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    sys.exit(reconciling.run(Settings(), connector, kind or [], repeats))


@reconcile.command("erp")
def erp(
    partner: Annotated[str, typer.Argument(metavar="PARTNER")],
    file: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="key[,content_sha256][,day] or day,kind,count")
    ],
    kind: Annotated[str | None, typer.Option(help="What the business numbers are of: contract, roster ...")] = None,
) -> None:
    """与对接方自报清单核对 Compare a sender's own list or totals with what was accepted and coded."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    sys.exit(reconciling.compare_sent(Settings(), partner, file, kind))


@reconcile.command("show")
def show(
    run: Run,
    class_: Annotated[str | None, typer.Option("--class", help="Only this class")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Only write: all of them as .csv, the first 10,000 as .xlsx")
    ] = None,
) -> None:
    """查看结果 Show a run and its discrepancies, exit status 1 when both sides differ; or write them to a file."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    if output is None:
        sys.exit(reconciling.show(Settings(), run, class_))
    reconciling.write(Settings(), run, output)


@reconcile.command("list")
def list_runs(
    connector: Annotated[str | None, typer.Argument(metavar="CONNECTOR", help="Only its runs")] = None,
) -> None:
    """历次对账 List the newest runs."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    reconciling.list_runs(Settings(), connector)


@reconcile.command("repair")
def repair(run: Run) -> None:
    """修复 Pull and push what is safe or decided; exit status 1 when something waits for a person."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    sys.exit(reconciling.repair(Settings(), run))


@reconcile.command("decide")
def decide(
    run: Run,
    kind: str,
    key: str,
    decision: Annotated[str, typer.Argument(help="keep_theirs, keep_ours or ignore")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log and the record's history")],
    seen: Annotated[str, typer.Option(help="The state that `show` shows: needed to decide once more")] = "open",
) -> None:
    """人工核定 Decide about a discrepancy; the next repair does it."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    reconciling.decide(Settings(), run, kind, key, decision=decision, reason=reason, seen=seen)


@reconcile.command("trend")
def trend(connector: Annotated[str, typer.Argument(metavar="CONNECTOR")]) -> None:
    """趋势 Discrepancies from day to day."""
    from gateway.base.settings import Settings
    from gateway.cli import reconciling

    reconciling.show_trend(Settings(), connector)
