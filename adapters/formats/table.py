"""Rows to records: what sheets and delimited text have in common.

A table is a header row, found below title rows, and rows up to the end. Label/value cells may stand above it; rows may
be grouped into one record by key columns, or the whole table may be one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.envelope import Rejection, SourceRecord
from adapters.formats import labels
from adapters.formats.headings import heading, headings
from adapters.formats.options import Read
from adapters.formats.places import LINES, ROWS, Cells, Grid, Header
from adapters.formats.problems import (
    GROUP_BLANK,
    GROUP_SPLIT,
    HEADER_MISSING,
    RECORD,
    ROW_RAGGED,
    rejected,
    unreadable,
)
from schemas.findings import Finding, Problem

HEADER_WITHIN = 50
Values = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands for the cells of a row that could not be read."""

    problem: Problem


Rows = Iterator[tuple[int, Values | Broken]]


@dataclass(slots=True)
class Table:
    """A table whose header has been found; `values` are those of the labels around it."""

    header: Header
    header_row: int
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def grid(self) -> Grid:
        return self.header.grid

    @property
    def columns(self) -> list[str]:
        return self.header.columns

    def data(self, cells: Values) -> dict[str, Any]:
        return dict(zip(self.columns, cells, strict=False))


def records(rows: Rows, options: Read, grid: Grid) -> Iterator[SourceRecord | Rejection]:
    """Records of one table. Raises Unreadable when there is no header row."""
    table = find_table(rows, options, grid)
    data = _data_rows(rows, table, options)
    if options.records == "table":
        return _whole(data, table)
    if options.group_by:
        return _grouped(data, table, options)
    return _single(data, table)


def find_table(rows: Rows, options: Read, grid: Grid) -> Table:
    """Read up to and including the header row. Raises Unreadable."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    wanted = set(options.header or options.group_by)
    for seen, (number, cells) in enumerate(rows, 1):
        if isinstance(cells, Broken):
            continue
        names = headings(cells)
        if (wanted and wanted <= set(names)) or (not wanted and sum(map(bool, names)) > 1):
            return Table(Header(grid, names, places), number, values)
        labels.collect(number, cells, options.labels, values, places=places)
        if seen == HEADER_WITHIN:
            break
    shown = "、".join(options.header or options.group_by) or "2+"
    raise unreadable(HEADER_MISSING, rows=HEADER_WITHIN, names=shown)


def _data_rows(rows: Rows, table: Table, options: Read) -> Rows:
    """Rows that hold data: blank rows, totals and the labels of a closing line are none."""
    totals = options.totals
    initials = frozenset(letter for word in totals for letter in (word[:1], word[:1].upper()))
    for number, cells in rows:
        if isinstance(cells, Broken):
            yield number, cells
            continue
        first = (cells[0] if cells else None) or next((cell for cell in cells if cell is not None and cell != ""), None)
        if first is None:
            continue
        if first.__class__ is str and (first[0] in initials or first[0].isspace()):
            start = first.lstrip()[:1]
            if not start or (start in initials and _is_total(first, totals)):
                continue
        if options.labels and labels.is_label(first, options.labels):
            labels.collect(number, cells, options.labels, table.values, places=table.header.labels)
            continue
        yield number, cells


def _is_total(first: str, totals: tuple[str, ...]) -> bool:
    if len(first) > 40:
        return False
    text = heading(first).casefold()
    return any(text == word or (not word.isascii() and text.startswith(word)) for word in totals)


def _single(rows: Rows, table: Table) -> Iterator[SourceRecord | Rejection]:
    columns, values, width = table.columns, table.values, len(table.columns)
    where, header = table.grid.row, table.header
    for ordinal, (number, cells) in enumerate(rows, 1):
        if isinstance(cells, Broken):
            yield rejected(cells.problem, ordinal, where(number))
            continue
        if len(cells) > width and any(cells[width:]):
            yield rejected(ROW_RAGGED, ordinal, where(number), actual=len(cells), expected=width)
            continue
        data = dict(zip(columns, cells, strict=False))
        if values:
            data = values | data
        yield SourceRecord(ordinal, data, where(number), Cells(header, (number,)))


@dataclass(slots=True)
class _Group:
    """Rows that make one record; one bad row spoils the whole, since a record must not silently lose a part."""

    key: tuple[str, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def spoil(self, number: int, problem: Problem, table: Table, **details: object) -> None:
        self.findings.append(problem.found("", RECORD, locator=table.grid.row(number), **details))

    def add(self, number: int, cells: Values, table: Table) -> None:
        if len(cells) > len(table.columns) and any(cells[len(table.columns) :]):
            self.spoil(number, ROW_RAGGED, table, actual=len(cells), expected=len(table.columns))
        self.rows.append(table.data(cells))
        self.numbers.append(number)

    def record(self, ordinal: int, table: Table) -> SourceRecord | Rejection:
        data = {**(self.rows[0] if self.rows else {}), **table.values, ROWS: self.rows}
        numbers = tuple(self.numbers) or (table.header_row,)
        if numbers[-1] - numbers[0] >= len(numbers):
            data[LINES] = list(numbers)
        where = table.grid.row(numbers[0])
        if self.findings:
            return Rejection(ordinal, where, tuple(self.findings), data)
        return SourceRecord(ordinal, data, where, Cells(table.header, numbers))


def _whole(rows: Rows, table: Table) -> Iterator[SourceRecord | Rejection]:
    group = _Group(())
    for number, cells in rows:
        if isinstance(cells, Broken):
            group.spoil(number, cells.problem, table)
        else:
            group.add(number, cells, table)
    if group.rows or table.values or group.findings:
        yield group.record(1, table)


def _grouped(rows: Rows, table: Table, options: Read) -> Iterator[SourceRecord | Rejection]:
    """Neighbouring rows with equal keys. A broken row spoils the groups on both sides: it may belong to either."""
    key_of = _key_reader([table.columns.index(name) for name in options.group_by])
    group: _Group | None = None
    finished: set[int] = set()
    broken: list[tuple[int, Problem]] = []
    ordinal = 0
    for number, cells in rows:
        if isinstance(cells, Broken):
            broken.append((number, cells.problem))
            continue
        key = key_of(cells)
        same = group is not None and (key == group.key or (table.grid.sheet is not None and not any(key)))
        if group is None or not same:
            if group is not None:
                _spoil(group, broken, table)
                ordinal += 1
                yield group.record(ordinal, table)
                finished.add(hash(group.key))
            group = _opened(key, number, table, options, finished=finished)
        if broken:
            _spoil(group, broken, table)
            broken.clear()
        group.add(number, cells, table)
    if group is not None:
        _spoil(group, broken, table)
        yield group.record(ordinal + 1, table)
    else:  # nothing but rows that cannot be read: no record is theirs, and they are told all the same
        for nth, (number, problem) in enumerate(broken, 1):
            yield rejected(problem, nth, table.grid.row(number))


def _opened(key: tuple[str, ...], number: int, table: Table, options: Read, *, finished: set[int]) -> _Group:
    group = _Group(key)
    if not any(key):
        group.spoil(number, GROUP_BLANK, table, column=options.group_by[0])
    elif hash(key) in finished:
        group.spoil(number, GROUP_SPLIT, table, key=" ".join(key)[:60])
    return group


def _spoil(group: _Group, broken: list[tuple[int, Problem]], table: Table) -> None:
    for number, problem in broken:
        group.spoil(number, problem, table)


def _key_reader(columns: list[int]) -> Callable[[Values], tuple[str, ...]]:
    if len(columns) == 1:
        only = columns[0]
        return lambda cells: (str(cells[only]).strip() if only < len(cells) and cells[only] is not None else "",)

    def key_of(cells: Values) -> tuple[str, ...]:
        width = len(cells)
        return tuple(str(cells[i]).strip() if i < width and cells[i] is not None else "" for i in columns)

    return key_of
