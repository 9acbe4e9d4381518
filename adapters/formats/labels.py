"""Label/value cells around a table, as printed forms have them: `团队编号：` | `BJ-01`, or both in one cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from adapters.formats.headings import heading


def collect(
    row: int,
    cells: Sequence[Any],
    names: tuple[str, ...],
    values: dict[str, Any],
    *,
    places: dict[str, tuple[int, int]],
) -> bool:
    """Add what the labels of a row say to `values`, and where it stands to `places`. True when there was a label.

    A label's value is the rest of its cell or the next cell that is neither empty nor a label. The first answer counts.
    """
    if not names:
        return False
    found = False
    for column, cell in enumerate(cells):
        if not isinstance(cell, str) or not cell.strip():
            continue
        if heading(cell) in names:
            found = True
            at = _next_value(cells, column, names)
            if at is not None:
                _keep(heading(cell), cells[at], (row, at), values, places=places)
            continue
        for name, value in _inside(cell, names):
            found = True
            _keep(name, value, (row, column), values, places=places)
    return found


def is_label(cell: Any, names: tuple[str, ...]) -> bool:
    """Whether a cell is one of the labels, or begins with one and a colon."""
    return isinstance(cell, str) and (heading(cell) in names or bool(_pattern(names).match(cell.lstrip())))


def _keep(
    name: str, value: Any, place: tuple[int, int], values: dict[str, Any], *, places: dict[str, tuple[int, int]]
) -> None:
    if name not in values:
        values[name], places[name] = value, place


def _next_value(cells: Sequence[Any], column: int, names: tuple[str, ...]) -> int | None:
    for at in range(column + 1, len(cells)):
        cell = cells[at]
        if cell is None or cell == "":
            continue
        return None if is_label(cell, names) else at
    return None


def _inside(cell: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """`团队编号：BJ-01  年份：2017` as pairs."""
    marks = list(_pattern(names).finditer(cell))
    ends = [*(mark.start() for mark in marks[1:]), len(cell)]
    return [(heading(mark[1]), cell[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=False)]


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    spaced = (r"\s*".join(map(re.escape, name)) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![^\s(（])({'|'.join(spaced)})\s*[:：]")
