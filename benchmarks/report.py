"""The result as a table, as `latest.json` and as the performance page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

LATEST = Path(__file__).with_name("latest.json")
NOTES = Path(__file__).with_name("notes.md")
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "performance.md"

Rows = Sequence[dict[str, Any]]

_INTRODUCTION = """# Performance

Written by `make bench` from `benchmarks/latest.json`; do not edit here. Every figure is a ratio inside one run: we, the
peer and the limit take turns on the same machine, over the same PostgreSQL, with the same contracts, three rounds each;
the medians count. No contract is sent twice, every answer's status is checked, and every server has had its warm-up.

"""
_REPRODUCE = """
## How to reproduce

`make bench` on an idle machine, about five minutes. `BENCH_QUICK=1 make bench` takes smaller amounts, and
`python -m benchmarks.run push verify` runs some rows and keeps the others' figures. Each row is written as soon as it
is measured; one that cannot be measured says why, the others go on, and the command fails at the end. The load
generator, PostgreSQL and the servers (two worker processes each) share the machine.

"""


class Report:
    """The rows of the last runs, by name, and the page made from them and the hand-written notes."""

    def __init__(self, latest: Path = LATEST, page: Path = PAGE) -> None:
        self.rows: list[dict[str, Any]] = json.loads(latest.read_text(encoding="utf-8")) if latest.exists() else []
        self._latest = latest
        self._page = page

    def put(self, row: dict[str, Any]) -> None:
        """Write it in the place of the row with its name, or last. Whoever reads meets whole files only."""
        place = next((place for place, known in enumerate(self.rows) if known["name"] == row["name"]), len(self.rows))
        self.rows[place : place + 1] = [row]
        _replace(self._latest, json.dumps(self.rows, ensure_ascii=False, indent=2) + "\n")
        _replace(self._page, page(self.rows))


def _replace(file: Path, text: str) -> None:
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def show(rows: Rows) -> None:
    table = Table("", "ours", "peer", "limit", "ratio to peer", "ratio to limit", "")
    for row in rows:
        if "reason" in row:
            table.add_row(row["name"], escape(row["reason"]), "", "", "", "", "[red]not measured[/red]")
            continue
        verdict = "[green]met[/green]" if row["met"] else "[red]missed[/red]"
        table.add_row(
            row["name"],
            f"{row['ours']:,.4g} {row['unit']}" if row["ours"] < 1000 else f"{row['ours']:,.0f} {row['unit']}",
            _against(row["peer"], row["peer_name"]),
            _against(row["limit"], row["limit_name"]),
            _ratio(row, "ratio_to_peer"),
            _ratio(row, "ratio_to_limit"),
            verdict,
        )
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def page(rows: Rows) -> str:
    lines = [
        "| what | ours | peer | limit | ratio to peer | ratio to limit | target |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    machines = "\n".join(f"- {machine}" for machine in dict.fromkeys(row["machine"] for row in rows))
    notes = NOTES.read_text(encoding="utf-8")
    return f"{_INTRODUCTION}{chr(10).join(lines)}\n\n## The machine\n\n{machines}\n{_REPRODUCE}{notes}"


def _cells(row: dict[str, Any]) -> Sequence[str]:
    if "reason" in row:
        reason = row["reason"].replace("|", "\\|")
        return (row["name"], f"not measured: {reason}", "", "", "", "", "**not measured**")
    return (
        row["name"],
        f"{_number(row['ours'])} {row['unit']}",
        _against(row["peer"], row["peer_name"]),
        _against(row["limit"], row["limit_name"]),
        _ratio(row, "ratio_to_peer"),
        _ratio(row, "ratio_to_limit"),
        "met" if row["met"] else "**missed**",
    )


def _against(value: float | None, name: str | None) -> str:
    return "" if value is None else f"{_number(value)} ({name})"


def _ratio(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return ""
    target = row["target"][name]
    return f"{row[name]:.3g} x" + (f" ({target})" if target else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
