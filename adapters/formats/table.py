"""Rows to records: what sheets and delimited text have in common.

A table is a header row, found below title rows, and rows up to the end. Label/value cells may stand above it; rows may
be grouped into one record by key columns, or the whole table may be one record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.envelope import Rejection, SourceRecord
from adapters.formats import grouping, labels
from adapters.formats.headings import heading, headings
from adapters.formats.options import Read
from adapters.formats.places import Cells, Grid, Header
from adapters.formats.problems import HEADER_MISSING, ROW_RAGGED, rejected, unreadable
from adapters.formats.table_rows import Broken, Rows, Table

HEADER_WITHIN = 50


def records(rows: Rows, options: Read, grid: Grid) -> Iterator[SourceRecord | Rejection]:
    """Records of one table. Raises Unreadable when there is no header row."""
    table = find_table(rows, options, grid)
    data = _data_rows(rows, table, options)
    if options.records == "table":
        return grouping.whole(data, table, options)
    if options.group_by:
        return grouping.grouped(data, table, options)
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
