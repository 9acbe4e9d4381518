"""The rows of a table on their way to records, and rows that wait until the last one has been seen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, Protocol

import orjson

from adapters.formats.places import SHEET_ROWS, Grid, Header
from schemas.findings import Problem

IN_MEMORY = 10_000
Values = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands for the cells of a row that could not be read, because of what is wrong in one `column` if it is known.

    `cells` are those that could be read, as far as that is certain, with None for what is damaged. `until` is the last
    line of the row where nobody can tell which rows it has swallowed.
    """

    problem: Problem
    column: int | None = None
    cells: tuple[str | None, ...] = ()
    until: int | None = None


Rows = Iterator[tuple[int, Values | Broken]]


@dataclass(slots=True)
class Table:
    """A table whose header has been found; `values` are those of the labels around it.

    `titles` are texts that stand alone above it; `contradictions` labels that say something else below it: the label,
    and where it stands first and again.
    """

    header: Header
    header_row: int
    values: dict[str, Any] = field(default_factory=dict)
    titles: frozenset[str] = frozenset()
    contradictions: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        return self.header.grid

    @property
    def columns(self) -> list[str]:
        return self.header.columns

    def place(self, number: int, broken: Broken) -> str:
        """Where a row is broken."""
        at = broken.column
        if broken.until is not None:
            return self.grid.row(number, broken.until)
        if at is None:
            return self.grid.row(number)
        return self.grid.cell(number, at, self.columns[at] if at < len(self.columns) else "")

    def go_on(self, other: Table) -> list[int | None]:
        """From here on rows come from `other`, which has the same headings on a further sheet; for every column of ours
        where it stands there. Columns that only the other has are added.
        """
        self.grid.further.append(other.grid.sheet or "")
        self.columns.extend(name for name in other.columns if name and name not in self.columns)
        return [other.columns.index(name) if name in other.columns else None for name in self.columns]

    def take_labels(self, other: Table) -> None:
        """What labels of the sheet say on which the table went on last."""
        first = len(self.grid.further) * SHEET_ROWS
        self.contradictions += other.contradictions
        for name, value in other.values.items():
            row, column = other.header.labels[name]
            if name not in self.values:
                self.values[name], self.header.labels[name] = value, (first + row, column)
            elif str(self.values[name]).strip() != str(value).strip():
                ours = self.grid.cell(*self.header.labels[name], name)
                self.contradictions.append((name, ours, other.grid.cell(row, column, name)))

    def data(self, cells: Values) -> dict[str, Any]:
        return dict(zip(self.columns, cells, strict=False))


class Page(Protocol):
    """What is known of a sheet beside its cells; `hidden` fills with row numbers while the rows are read."""

    @property
    def hidden(self) -> Sequence[int]: ...
    @property
    def is_1904(self) -> bool: ...


class Held:
    """Rows put aside in their order: the first in memory, what comes after them in a file without a name."""

    def __init__(self) -> None:
        self._first: list[tuple[int, Values | Broken]] = []
        self._file: IO[bytes] | None = None
        self._broken: list[tuple[Problem, int | None]] = []

    def add(self, number: int, cells: Values | Broken) -> None:
        if len(self._first) < IN_MEMORY:
            self._first.append((number, cells))
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        if isinstance(cells, Broken):
            kind = (cells.problem, cells.column)
            if kind not in self._broken:
                self._broken.append(kind)
            self._file.write(orjson.dumps([number, cells.cells, self._broken.index(kind), cells.until]) + b"\n")
        else:
            self._file.write(orjson.dumps([number, cells]) + b"\n")

    def rows(self) -> Rows:
        """All of them, once."""
        return chain(self._first, self._later())

    def _later(self) -> Rows:
        if self._file is None:
            return
        self._file.seek(0)
        for line in self._file:
            number, cells, *broken = orjson.loads(line)
            if broken:
                problem, column = self._broken[broken[0]]
                yield number, Broken(problem, column, tuple(cells), broken[1])
            else:
                yield number, cells

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
