"""What the technical team does with partner folders: list them, check them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from adapters import throughput
from adapters.check import check_connector, counted, write_expected
from adapters.connector import Connector, load_connector, load_connectors, shape_file
from adapters.drift import Shape
from adapters.envelope import SourceRecord
from adapters.errors import Fatal
from adapters.reading import records as records_of
from adapters.tiers import standing
from gateway.base.clock import Clock
from gateway.base.errors import UserError, both
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, has_database
from gateway.onboarding.standings import Listed


def check_folders(folders: Sequence[Path], mappings: Path | None, *, accept: bool = False) -> int:
    """Check the given partner folders, or all; 0 when nothing is wrong. `accept` first writes what examples give."""
    root = mappings or Settings().mappings
    chosen = list(folders) or sorted(file.parent for file in root.glob("*/connector.yaml"))
    if not chosen:
        raise UserError(f"{root} 中没有 connector.yaml / no partner folder with a connector.yaml in {root}")
    console = Console()
    failed = 0
    for folder in track(chosen, description="检查 checking", console=console, transient=True):
        for path, outcome in _write_expected(folder).items() if accept else ():
            console.print(
                f"  {path} 已写出，请核对 written, read it: {shown_outcome(outcome)}", markup=False, soft_wrap=True
            )
        problems = check_connector(folder)
        failed += bool(problems)
        console.print(f"[red]✗[/red] {folder.name}" if problems else f"[green]✓[/green] {folder.name}")
        for problem in problems:
            console.print(f"    {problem.zh}\n    {problem.en}", markup=False)
    return 1 if failed else 0


def _write_expected(folder: Path) -> dict[Path, dict[str, Any]]:
    try:
        return write_expected(load_connector(folder), Clock.china_today())
    except Fatal:
        return {}  # the check says what is wrong with the folder


def shown_outcome(outcome: dict[str, Any]) -> str:
    """Counts and reasons in one line: `通过 accepted 2, 未通过 rejected 1 (MAP-010 x1)`."""
    accepted, rejected, codes = counted(outcome)
    reasons = ", ".join(f"{code} x{times}" for code, times in codes.items())
    unreadable = "，无法读取 unreadable" if "unreadable" in outcome else ""
    return f"通过 accepted {accepted}, 未通过 rejected {rejected}{unreadable}{f' ({reasons})' if reasons else ''}"


def record_shape(folder: Path, kind: str, documents: Sequence[Path]) -> None:
    """Write down what records of a kind look like, from real documents of the partner."""
    try:
        connector = load_connector(folder)
        route = connector.route(kind)
        read = [each for file in documents for each in records_of(file, route.read)]
    except Fatal as error:
        raise UserError(both(error.text)) from None
    records = [each.data for each in read if isinstance(each, SourceRecord)]
    if not records:
        raise UserError("文件中没有可读的记录 / there is no readable record in the documents")
    shape = Shape.recorded(records)
    target = shape_file(folder, route.kind.name)
    before = connector.shapes.get(route.kind.name)
    target.write_text(json.dumps(shape.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    console = Console(soft_wrap=True, highlight=False)
    if before is not None:
        fields = len(before.fields)
        console.print(f"已替换原有记录（{fields} 个字段） replaced the shape recorded before ({fields} fields)")
    console.print(f"{target}：{len(records)} 条记录、{len(shape.fields)} 个字段 records and fields")


def list_connectors(mappings: Path | None) -> None:
    """Those in service by the database, where there is one that answers; else the folders."""
    settings = Settings()
    table = Table(
        "connector", "title", "publisher", "channel", "live", "kinds", "expects", "tier", "missing for the next"
    )
    if mappings is None and has_database(settings):
        listed = at_terminal(settings, lambda services: services.standings.listed())
    else:
        listed = _in_folders(mappings or settings.mappings)
        if mappings is None and settings.database.url is not None:
            typer.secho(
                "数据库没有应答，以下为安装目录 / the database does not answer: these are the folders", err=True
            )
    for each in listed:
        connector, reached = each.connector, each.standing
        kinds = "\n".join(route.stamp for route in connector.routes.values())
        who, expects = connector.publisher or connector.partner, _expects(connector)
        live = "folder" if each.number is None else str(each.number)
        missing = "\n".join(f"{rule.title.zh} {rule.title.en}" for rule in reached.missing)
        table.add_row(
            connector.id, connector.title.zh, who, connector.channel, live, kinds, expects, reached.tier, missing
        )
    Console().print(table)


def _in_folders(root: Path) -> list[Listed]:
    try:
        connectors = load_connectors(root)
    except Fatal as error:
        raise UserError(both(error.text)) from None
    today, console = Clock.china_today(), Console()
    return [
        Listed(each, None, standing(each, today))
        for each in track(connectors.values(), description="检查 checking", console=console, transient=True)
    ]


def measure(folder: Path) -> None:
    """Measure how many records of its examples a connector reads in a second, and keep it in its folder."""
    try:
        connector = load_connector(folder)
    except Fatal as error:
        raise UserError(both(error.text)) from None
    found = throughput.measured(connector, Clock.china_today())
    if missing := [route.stamp for route in connector.routes.values() if route.stamp not in found]:
        names = ", ".join(missing)
        raise UserError(f"{names} 没有可读的示例，无法实测 / has no example that can be read")
    for stamp, each in found.items():
        typer.echo(f"{stamp}: {each.records_per_second:,} 条/秒 records/s")
    typer.echo(throughput.write(folder, found))


def _expects(connector: Connector) -> str:
    """`roster 1-200 daily`."""
    expected = connector.expected
    if expected is None:
        return ""
    return ", ".join(f"{kind} {one.least}-{one.most} {expected.frequency}" for kind, one in expected.volumes.items())
