"""The result as a table, as `latest.json` and as the performance page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
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
`python -m benchmarks.run push verify` runs some rows and keeps the others' figures. The load generator, PostgreSQL and
the servers (two worker processes each) share the machine.

"""


def show(rows: Rows) -> None:
    table = Table("", "ours", "peer", "limit", "ratio to peer", "ratio to limit", "")
    for row in rows:
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


def write(rows: Rows) -> None:
    """`latest.json`, and the page made from it and the hand-written notes."""
    LATEST.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(rows), encoding="utf-8")


def merge(fresh: Rows) -> Rows:
    """`fresh` with the rows of the last run that were not measured now."""
    if not LATEST.exists():
        return fresh
    names = {row["name"] for row in fresh}
    kept = [row for row in json.loads(LATEST.read_text(encoding="utf-8")) if row["name"] not in names]
    return [*fresh, *kept]


def page(rows: Rows) -> str:
    lines = [
        "| what | ours | peer | limit | ratio to peer | ratio to limit | target |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (
            row["name"],
            f"{_number(row['ours'])} {row['unit']}",
            _against(row["peer"], row["peer_name"]),
            _against(row["limit"], row["limit_name"]),
            _ratio(row, "ratio_to_peer"),
            _ratio(row, "ratio_to_limit"),
            "met" if row["met"] else "**missed**",
        )
        lines.append(f"| {' | '.join(cells)} |")
    machines = "\n".join(f"- {machine}" for machine in dict.fromkeys(row["machine"] for row in rows))
    notes = NOTES.read_text(encoding="utf-8")
    return f"{_INTRODUCTION}{chr(10).join(lines)}\n\n## The machine\n\n{machines}\n{_REPRODUCE}{notes}"


def _against(value: float | None, name: str | None) -> str:
    return "" if value is None else f"{_number(value)} ({name})"


def _ratio(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return ""
    target = row["target"][name]
    return f"{row[name]:.3g} x" + (f" ({target})" if target else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
