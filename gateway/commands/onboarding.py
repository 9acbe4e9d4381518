"""What the technical team does with partner folders: list them, check them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from adapters.check import check_connector, write_expected
from adapters.connector import load_connector, load_connectors
from adapters.errors import Fatal
from gateway.errors import UserError
from gateway.settings import Settings


def check_folders(folders: Sequence[Path], mappings: Path | None, *, write: bool = False) -> int:
    """Check the given partner folders, or all; 0 when nothing is wrong. `write` first fills in expected files."""
    root = mappings or Settings().mappings
    chosen = list(folders) or sorted(file.parent for file in root.glob("*/connector.yaml"))
    if not chosen:
        raise UserError(f"{root} 中没有 connector.yaml / no partner folder with a connector.yaml in {root}")
    console = Console()
    failed = 0
    for folder in track(chosen, description="检查 checking", console=console, transient=True):
        for path in _write_expected(folder) if write else ():
            console.print(f"  {path} 已写出，请核对 written, read it", markup=False)
        problems = check_connector(folder)
        failed += bool(problems)
        console.print(f"[red]✗[/red] {folder.name}" if problems else f"[green]✓[/green] {folder.name}")
        for problem in problems:
            console.print(f"    {problem}", markup=False)
    return 1 if failed else 0


def _write_expected(folder: Path) -> list[Path]:
    try:
        return write_expected(load_connector(folder), date.today())
    except Fatal:
        return []  # the check says what is wrong with the folder


def list_connectors(mappings: Path | None) -> None:
    try:
        connectors = load_connectors(mappings or Settings().mappings)
    except Fatal as error:
        raise UserError(str(error)) from None
    table = Table("connector", "title", "channel", "kinds")
    for connector in connectors.values():
        kinds = ", ".join(f"{kind} ({route.stamp})" for kind, route in connector.routes.items())
        table.add_row(connector.id, connector.title.zh, connector.channel, kinds)
    Console().print(table)
