"""Where a value stands in the partner's document: plain values, so that a record can be set aside and taken up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters.envelope import Locate, Path

ROWS = "$rows"
LINES = "$lines"
"""Where the rows of a record do not follow one another: the number of each in the document, or where several sheets
hold them the place of each.
"""
SHEET_ROWS = 1 << 21
"""More than any sheet has."""
_IN_SHEET = re.compile(r"![A-Z]{0,3}(?P<row>\d+)$")
_IN_TEXT = re.compile(r"line (?P<row>\d+)")


class Pointer(NamedTuple):
    """JSON pointers below `prefix`; records of NDJSON carry their line before it."""

    prefix: str

    def __call__(self, path: Path) -> str:
        return self.prefix + pointer(path)


class XPath(NamedTuple):
    """XPaths below the element at `place`."""

    place: str

    def __call__(self, path: Path) -> str:
        steps: list[str] = []
        for step in path:
            if isinstance(step, int):
                if steps:
                    steps[-1] += f"[{step + 1}]"
            elif step != "#text":
                steps.append(step)
        return "/".join([self.place, *steps])


class Around(NamedTuple):
    """Values that stand around the records at places of their own; everything else is `inside` the record."""

    inside: Locate
    places: Mapping[str, str]

    def __call__(self, path: Path) -> str:
        outside = self.places.get(str(path[0])) if path else None
        return self.inside(path) if outside is None else outside


class Named(NamedTuple):
    """Places written down one by one; a path without its own has that of the nearest part around it."""

    place: str
    places: Mapping[Path, str]

    def __call__(self, path: Path) -> str:
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.place)


@dataclass(frozen=True, slots=True)
class Grid:
    """How a table names its places: `名单表!C7` in the `sheet` of that name, `line 7, column 3 (姓名)` in text.

    Where a table goes on in `further` sheets, the rows of the n-th of them are numbered from n times `SHEET_ROWS`.
    """

    sheet: str | None = None
    further: list[str] = field(default_factory=list)

    def cell(self, row: int, column: int, name: str) -> str:
        if self.sheet is None:
            return f"line {row}, column {column + 1} ({name})"
        return f"{self._sheet_of(row)}!{letters(column)}{row % SHEET_ROWS}"

    def row(self, row: int, until: int | None = None) -> str:
        """A row, or the lines of text from there to `until`."""
        if self.sheet is not None:
            return f"{self._sheet_of(row)}!{row % SHEET_ROWS}"
        return f"line {row}" if until in (None, row) else f"line {row}-{until}"

    def _sheet_of(self, row: int) -> str | None:
        nth = row // SHEET_ROWS
        return self.further[nth - 1] if nth else self.sheet


@dataclass(slots=True)
class Header:
    """The columns of a table; `labels` has the cells of label/value pairs around it, as (row, column)."""

    grid: Grid
    columns: list[str]
    labels: dict[str, tuple[int, int]] = field(default_factory=dict)


class Cells(NamedTuple):
    """The cells of the rows that make one record."""

    header: Header
    rows: Sequence[int]
    further: Mapping[str, int] = {}
    """The row of a value of the record that its first row leaves blank."""

    def __call__(self, path: Path) -> str:
        header, row = self.header, self.rows[0]
        top = path[:1] != (ROWS,)
        if len(path) > 1 and path[0] == ROWS and isinstance(path[1], int) and path[1] < len(self.rows):
            row, path = self.rows[path[1]], path[2:]
        if not path:
            return header.grid.row(row)
        name = str(path[0])
        if name in header.labels:
            return header.grid.cell(*header.labels[name], name)
        if name in header.columns:
            return header.grid.cell(self.further.get(name, row) if top else row, header.columns.index(name), name)
        return header.grid.row(row)


def row_of(locator: str) -> int | None:
    """The row that a place in a table lies in, None for a place elsewhere."""
    found = _IN_SHEET.search(locator) or _IN_TEXT.match(locator)
    return int(found["row"]) if found else None


def row_place(locator: str) -> str:
    """The row that a cell of a sheet lies in; any other place is itself."""
    found = _IN_SHEET.search(locator)
    return f"{locator[: found.start()]}!{found['row']}" if found else locator


def pointer(path: Path) -> str:
    """RFC 6901 pointer of a path; the root is the empty text."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def letters(column: int) -> str:
    """The name of a spreadsheet column counted from 0: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
