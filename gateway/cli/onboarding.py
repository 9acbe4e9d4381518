"""What the technical team does with partner folders: list them, check them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from adapters.check import check_connector, counted, write_expected
from adapters.connector import Connector, load_connector, load_connectors, shape_file
from adapters.drift import Shape
from adapters.envelope import SourceRecord
from adapters.errors import Fatal
from adapters.reading import records as records_of
from gateway.base.clock import Clock
from gateway.base.errors import UserError, both
from gateway.base.settings import Settings


def check_folders(folders: Sequence[Path], mappings: Path | None, *, write: bool = False) -> int:
    """Check the given partner folders, or all; 0 when nothing is wrong. `write` first fills in expected files."""
    root = mappings or Settings().mappings
    chosen = list(folders) or sorted(file.parent for file in root.glob("*/connector.yaml"))
    if not chosen:
        raise UserError(f"{root} 中没有 connector.yaml / no partner folder with a connector.yaml in {root}")
    console = Console()
    failed = 0
    for folder in track(chosen, description="检查 checking", console=console, transient=True):
        for path, outcome in _write_expected(folder).items() if write else ():
            console.print(
                f"  {path} 已写出，请核对 written, read it: {shown_outcome(outcome)}", markup=False, soft_wrap=True
            )
        problems = check_connector(folder)
        failed += bool(problems)
        console.print(f"[red]✗[/red] {folder.name}" if problems else f"[green]✓[/green] {folder.name}")
        for problem in problems:
            console.print(f"    {problem}", markup=False)
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
    try:
        connectors = load_connectors(mappings or Settings().mappings)
    except Fatal as error:
        raise UserError(both(error.text)) from None
    table = Table("connector", "title", "publisher", "channel", "kinds", "expects")
    for connector in connectors.values():
        kinds = ", ".join(f"{kind} ({route.stamp})" for kind, route in connector.routes.items())
        who, expects = connector.publisher or connector.partner, _expects(connector)
        table.add_row(connector.id, connector.title.zh, who, connector.channel, kinds, expects)
    Console().print(table)


def _expects(connector: Connector) -> str:
    """`roster 1-200 daily`."""
    expected = connector.expected
    if expected is None:
        return ""
    return ", ".join(f"{kind} {one.least}-{one.most} {expected.frequency}" for kind, one in expected.volumes.items())
