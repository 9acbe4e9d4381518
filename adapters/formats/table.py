"""Rows to records: what sheets and delimited text have in common.

A table is a header row, found below title rows, and rows up to the end. Label/value cells may stand above it; rows may
be grouped into one record by key columns, or the whole table may be one record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from adapters.envelope import Note, Rejection, SourceRecord
from adapters.formats import grouping, labels
from adapters.formats.headings import heading, headings, several_rows, two_rows
from adapters.formats.options import Read
from adapters.formats.places import SHEET_ROWS, Cells, Grid, Header
from adapters.formats.problems import (
    HEADER_MISSING,
    HEADINGS_TWICE,
    LABELS_CONTRADICT,
    ROW_RAGGED,
    rejected,
    unreadable,
)
from adapters.formats.table_rows import Broken, Page, Rows, Table, Values
from adapters.formats.unread import Unread, Why
from schemas.findings import Text

HEADER_WITHIN = 50
DAYS_TO_1904, MOST_SERIAL = 1462, 100_000
_MOST_SHOWN = 20
Item = SourceRecord | Rejection | Note


def records(rows: Rows, options: Read, grid: Grid) -> Iterator[Item]:
    """Records of one table, then notes on what was not read. Raises Unreadable when there is no header row."""
    table, rows = begun(rows, options, grid)
    return records_of(table, rows, options)


def begun(rows: Rows, options: Read, grid: Grid) -> tuple[Table, Rows]:
    """A table whose header has been read, and its rows. Raises Unreadable when there is no header row."""
    if options.columns:
        return Table(Header(grid, list(options.columns), {}), 0), _below_heading(rows, options.columns)
    return find_table(rows, options, grid), rows


def records_of(
    table: Table, rows: Rows, options: Read, page: Page | None = None, *, further: Iterable[tuple[Table, Rows]] = ()
) -> Iterator[Item]:
    """Records of a table that goes on in `further` ones of the same headings, then notes on what was not read."""
    notes: list[Note] = []
    data = _through(table, rows, options, page, further=further, notes=notes)
    if options.records == "table":
        yield from grouping.whole(data, table, options)
    elif options.group_by:
        yield from grouping.grouped(data, table, options)
    else:
        yield from _single(data, table)
    yield from notes


def _through(
    table: Table,
    rows: Rows,
    options: Read,
    page: Page | None,
    *,
    further: Iterable[tuple[Table, Rows]],
    notes: list[Note],
) -> Rows:
    """The rows of a table and of those in which it goes on, under the headings of the first; `notes` gains what is to
    be said of each.
    """
    yield from _noted(table, rows, options, page, notes=notes)
    for nth, (other, rows_there) in enumerate(further, 1):
        places = table.go_on(other)
        for number, cells in _noted(other, rows_there, options, page, notes=notes):
            moved = cells if isinstance(cells, Broken) else [_at(cells, place) for place in places]
            yield nth * SHEET_ROWS + number, moved
        table.take_labels(other)


def _at(cells: Values, place: int | None) -> Any:
    return "" if place is None or place >= len(cells) else cells[place]


def _noted(table: Table, rows: Rows, options: Read, page: Page | None, *, notes: list[Note]) -> Rows:
    """The rows of one table that hold data; `notes` gains what is to be said of the others once the last was seen."""
    unread = Unread(table, options)
    data = _data_rows(rows, table, options, unread)
    if page is not None and page.is_1904:
        shared = options.dates.intersection(table.values)
        table.values |= {name: _since_1900(table.values[name]) for name in shared}
        data = dated(data, [at for at, name in enumerate(table.columns) if name in options.dates])
    yield from data
    notes += unread.notes(() if page is None else page.hidden)


def dated(rows: Rows, columns: Sequence[int]) -> Rows:
    """Rows of a workbook of the 1904 date system with its bare serials as those of 1900, which mappings know."""
    for number, cells in rows:
        if isinstance(cells, Broken):
            yield number, cells
            continue
        yield number, [_since_1900(cell) if at in columns else cell for at, cell in enumerate(cells)]


def _since_1900(cell: Any) -> Any:
    """A number of days since 1904 as days since 1900 (ECMA-376 part 1, 18.17.4.1); anything else is what it is."""
    return cell + DAYS_TO_1904 if cell.__class__ in (int, float) and cell < MOST_SERIAL else cell


def find_table(rows: Rows, options: Read, grid: Grid) -> Table:
    """Read up to and including the header row. Raises Unreadable, which tells the row that comes nearest."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    titles: set[str] = set()
    wanted = set(options.header or options.group_by)
    known = options.known | wanted
    above: deque[Values] = deque(maxlen=max(options.header_rows - 1, 1))
    nearest = _Nearest(wanted)
    broken: tuple[int, Broken] | None = None
    for seen, (number, cells) in enumerate(rows, 1):
        if isinstance(cells, Broken):
            broken = broken or (number, cells)
            continue
        for names in _headings_of(above, cells, options, known=known if wanted else None):
            if (wanted and wanted <= set(names)) or (not wanted and sum(map(bool, names)) > 1):
                _must_be_told_apart(names, options, grid.row(number))
                return Table(Header(grid, names, places), number, values, frozenset(titles))
            nearest.look(number, names)
        if not labels.collect(number, cells, options.labels, values, places=places):
            titles |= _alone(cells)
        above.append(cells)
        if seen == HEADER_WITHIN:
            break
    if broken is not None:
        raise unreadable(broken[1].problem, locator=grid.row(broken[0]))
    shown = "、".join(options.header or options.group_by) or "2+"
    raise unreadable(HEADER_MISSING, rows=HEADER_WITHIN, names=shown, found=nearest.text)


def _headings_of(
    above: Sequence[Values], cells: Values, options: Read, *, known: Collection[str] | None
) -> Iterator[list[str]]:
    """What the headings may be if a row is the last one that has them; `known` is None where none are asked for."""
    if options.header_rows > 1:
        if len(above) == options.header_rows - 1:
            yield several_rows([*above, cells], known or ())
        return
    yield headings(cells, known or ())
    if known is not None and above:
        yield two_rows(above[-1], cells, known)


def _must_be_told_apart(names: Sequence[str], options: Read, place: str) -> None:
    """Of joined headings none that is read may come twice. Raises Unreadable."""
    for name in names if options.header_rows > 1 else ():
        first, mark, _ = name.rpartition("#")
        if mark and first in options.known and name not in options.known:
            raise unreadable(HEADINGS_TWICE, name=first, locator=place)


def _below_heading(rows: Rows, columns: Sequence[str]) -> Rows:
    """The rows of a table that has no header row; one that has it after all does not make a record of it."""
    first = next(rows, None)
    if first is not None and (isinstance(first[1], Broken) or headings(first[1]) != list(columns)):
        yield first
    yield from rows


class _Nearest:
    """The row that has most of the wanted headings."""

    def __init__(self, wanted: set[str]) -> None:
        self._wanted = wanted
        self._most = 0
        self.text = Text("；没有相近的行", "; no row comes near")

    def look(self, number: int, names: Sequence[str]) -> None:
        """Remember the row when it comes nearer than those before."""
        has = len(self._wanted.intersection(names))
        if has <= self._most:
            return
        self._most = has
        filled = [name for name in names if name]
        found = "、".join(filled[:_MOST_SHOWN])[:200]
        missing = "、".join(sorted(self._wanted.difference(names)))
        self.text = Text(
            f"；第 {number} 行最接近，缺少：{missing}；该行的列名：{found}",
            f"; row {number} comes nearest and lacks {missing}; its headings: {found}",
        )


def _alone(cells: Values) -> set[str]:
    """The text of a row that holds nothing else."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    return {filled[0]} if len(filled) == 1 and isinstance(filled[0], str) else set()


def _data_rows(rows: Rows, table: Table, options: Read, unread: Unread) -> Rows:
    """Rows that hold data. Blank rows hold none, nor totals, remarks, titles and labels; `unread` is told of them."""
    totals = options.totals
    initials = frozenset(letter for word in totals for letter in (word[:1], word[:1].upper()))
    for number, cells in rows:
        if isinstance(cells, Broken):
            yield number, cells
            continue
        first = (cells[0] if cells else None) or next((cell for cell in cells if cell is not None and cell != ""), None)
        if isinstance(first, str) and first[0].isspace():
            first = next((cell for cell in cells if cell is not None and str(cell).strip()), None)
        if first is None:
            continue
        if first.__class__ is str and first.lstrip()[0] in initials and _is_total(first, totals, unread, cells):
            unread.skip(number, Why.TOTALS)
        elif options.labels and labels.is_label(first, options.labels) and not unread.is_complete(cells):
            _take_labels(number, cells, table, options)
        elif (why := unread.why_no_record(cells, first)) is not None:
            unread.skip(number, why)
        else:
            if unread.has_room_beside:
                unread.look_beside(number, cells)
            yield number, cells


def _take_labels(number: int, cells: Values, table: Table, options: Read) -> None:
    """What labels below the headings say, which must not be something else than those above."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    labels.collect(number, cells, options.labels, values, places=places)
    before = table.header.labels
    for name, value in values.items():
        if name not in table.values:
            table.values[name], before[name] = value, places[name]
        elif str(table.values[name]).strip() != str(value).strip():
            first, again = (table.grid.cell(*place, name) for place in (before[name], places[name]))
            table.contradictions.append((name, first, again))


def _is_total(first: str, totals: tuple[str, ...], unread: Unread, cells: Values) -> bool:
    """Whether a row adds others up; one that is complete only when it begins with nothing but the word."""
    if len(first) > 40:
        return False
    text = heading(first).casefold()
    if text in totals:
        return True
    return not unread.is_complete(cells) and any(not word.isascii() and text.startswith(word) for word in totals)


def _single(rows: Rows, table: Table) -> Iterator[SourceRecord | Rejection]:
    columns, values, width = table.columns, table.values, len(table.columns)
    is_text = table.grid.sheet is None
    where, header = table.grid.row, table.header
    for ordinal, (number, cells) in enumerate(rows, 1):
        if isinstance(cells, Broken):
            yield rejected(cells.problem, ordinal, table.place(number, cells))
            continue
        if table.contradictions:  # which of two labels the rows below belong to nobody can tell
            name, first, again = table.contradictions[0]
            yield rejected(LABELS_CONTRADICT, ordinal, where(number), label=name, first=first, other=again)
            continue
        if is_text and len(cells) > width and any(cells[width:]):
            yield rejected(ROW_RAGGED, ordinal, where(number), actual=len(cells), expected=width)
            continue
        data = dict(zip(columns, cells, strict=False))
        if values:
            data = values | data
        yield SourceRecord(ordinal, data, where(number), Cells(header, (number,)))
