"""Rows that make one record: those with equal keys, wherever they stand in the document, or a whole table.

All rows are looked at before the first record is given, to learn which keys come again further below: half a record
must not pass for a whole one. Records whose rows stand together come in the document's order; the others after them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.envelope import Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats.headings import key_text
from adapters.formats.options import Read
from adapters.formats.places import LINES, ROWS, Cells
from adapters.formats.problems import GROUP_BLANK, GROUP_SPLIT, LABELS_CONTRADICT, RECORD, ROW_RAGGED, rejected
from adapters.formats.table_rows import Broken, Held, Rows, Table, Values
from schemas.findings import Finding, Problem

Key = tuple[str, ...]
MOST_GATHERED = 20_000
"""Rows of records that stand apart, held at once. Beyond it all parts of such records are refused, none is taken."""
MOST_APART = 100_000
"""The same where a mapping says that rows of one record do not stand together."""


@dataclass(slots=True)
class _Group:
    """Rows that make one record; one bad row spoils the whole, since a record must not silently lose a part."""

    key: Key
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def spoil(self, number: int, problem: Problem, table: Table, **details: object) -> None:
        self.findings.append(problem.found("", RECORD, locator=table.grid.row(number), **details))

    def add(self, number: int, cells: Values, table: Table) -> None:
        if table.grid.sheet is None and len(cells) > len(table.columns) and any(cells[len(table.columns) :]):
            self.spoil(number, ROW_RAGGED, table, actual=len(cells), expected=len(table.columns))
        self.rows.append(table.data(cells))
        self.numbers.append(number)

    def spoil_by(self, broken: list[tuple[int, Broken]], table: Table) -> None:
        for number, row in broken:
            self.findings.append(row.problem.found("", RECORD, locator=table.place(number, row)))

    def split(self, number: int, table: Table) -> None:
        """Say that this is a part only."""
        self.spoil(number, GROUP_SPLIT, table, key=" ".join(self.key)[:60])

    def record(self, ordinal: int, table: Table, shared: tuple[str, ...]) -> SourceRecord | Rejection:
        numbers = tuple(self.numbers) or (table.header_row,)
        data, further = self._data(shared)
        data |= {**table.values, ROWS: self.rows}
        if numbers[-1] - numbers[0] >= len(numbers):
            data[LINES] = [table.grid.row(number) for number in numbers] if table.grid.further else list(numbers)
        where = table.grid.row(numbers[0])
        for label, first, again in table.contradictions:
            about = {"label": label, "first": first, "other": again}
            self.findings.append(LABELS_CONTRADICT.found("", RECORD, locator=again, **about))
        if self.findings:
            return Rejection(ordinal, where, tuple(self.findings), data)
        return SourceRecord(ordinal, data, where, Cells(table.header, numbers, further))

    def _data(self, shared: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, int]]:
        """The first row, with what it leaves blank of the record's columns; and on which row that stands."""
        data = dict(self.rows[0]) if self.rows else {}
        further: dict[str, int] = {}
        for name in shared if len(self.rows) > 1 else ():
            if not _is_blank(data.get(name)):
                continue
            for row, number in zip(self.rows, self.numbers, strict=True):
                if not _is_blank(row.get(name)):
                    data[name], further[name] = row[name], number
                    break
        return data, further


def whole(rows: Rows, table: Table, options: Read) -> Iterator[SourceRecord | Rejection]:
    """The table as one record."""
    group = _Group(())
    for number, cells in rows:
        if isinstance(cells, Broken):
            group.spoil_by([(number, cells)], table)
        else:
            group.add(number, cells, table)
    if group.rows or table.values or group.findings:
        yield group.record(1, table, options.shared)


def grouped(rows: Rows, table: Table, options: Read) -> Iterator[SourceRecord | Rejection]:
    """A record a key. A broken row spoils the group of its key; where that cannot be read, it may belong to those on
    both sides and spoils them.
    """
    keys = _Keys([table.columns.index(name) for name in options.group_by], is_sheet=table.grid.sheet is not None)
    held = Held()
    try:
        apart, failure = _apart(rows, held, keys)
        ordinal = 0
        for group in _groups(held.rows(), table, options, keys=keys, apart=apart, is_cut=failure is not None):
            ordinal += 1
            yield group.record(ordinal, table, options.shared)
        if failure is not None:
            raise failure
        if not ordinal:  # nothing but rows that cannot be read: no record is theirs, and they are told all the same
            for nth, (number, row) in enumerate(held.rows(), 1):
                if isinstance(row, Broken):
                    yield rejected(row.problem, nth, table.place(number, row))
    finally:
        held.close()


@dataclass(frozen=True, slots=True)
class _Keys:
    """Reads the key of a row. In a sheet a row without one goes on with the record above it."""

    columns: list[int]
    is_sheet: bool

    def of(self, cells: Values, above: Key | None) -> Key:
        width = len(cells)
        key = tuple([key_text(cells[at]) if at < width else "" for at in self.columns])
        return above if above is not None and self.is_sheet and not any(key) else key

    def of_broken(self, row: Broken) -> Key | None:
        """The key of a row that is broken elsewhere; None when it cannot be read."""
        key = [row.cells[at] if at < len(row.cells) else None for at in self.columns]
        return tuple([key_text(cell) for cell in key]) if all(key) else None


def _apart(rows: Rows, held: Held, keys: _Keys) -> tuple[frozenset[int], Unreadable | None]:
    """Put all rows aside. Gives the hashes of keys that stand in several places, and why the rows end early."""
    finished: set[int] = set()
    apart: set[int] = set()
    key: Key | None = None
    try:
        for number, cells in rows:
            held.add(number, cells)
            found = keys.of_broken(cells) if isinstance(cells, Broken) else keys.of(cells, key)
            if found is None or found == key:
                continue
            key = found
            if hash(key) in finished and any(key):
                apart.add(hash(key))
            finished.add(hash(key))
    except Unreadable as error:
        return frozenset(apart), error
    return frozenset(apart), None


def _groups(
    rows: Rows, table: Table, options: Read, *, keys: _Keys, apart: frozenset[int], is_cut: bool
) -> Iterator[_Group]:
    """The groups as they are complete; of a document that `is_cut` not those that may have gone on."""
    group: _Group | None = None
    broken: list[tuple[int, Broken]] = []
    gathered: dict[Key, _Group] = {}
    room = MOST_GATHERED if options.together else MOST_APART
    for number, cells in rows:
        if isinstance(cells, Broken):
            key = keys.of_broken(cells)
            if key is None:
                broken.append((number, cells))
                continue
        else:
            key = keys.of(cells, None if group is None else group.key)
        if group is None or key != group.key:
            if group is not None:
                group.spoil_by(broken, table)
                if group.key not in gathered:
                    yield group
            group = gathered.get(key) or _opened(key, number, table, options)
            if hash(key) in apart:
                if room > 0:
                    gathered[key] = group
                else:
                    group.split(number, table)
        group.spoil_by(broken, table)
        broken.clear()
        if isinstance(cells, Broken):
            group.spoil_by([(number, cells)], table)
            cells = cells.cells
        group.add(number, cells, table)
        if group.key in gathered:
            room -= 1
            if not room:
                for part in gathered.values():
                    part.split(part.numbers[0], table)
                yield from (part for part in gathered.values() if part is not group)
                gathered.clear()
    if group is not None and not is_cut:
        group.spoil_by(broken, table)
        if group.key not in gathered:
            yield group
        yield from gathered.values()


def _opened(key: Key, number: int, table: Table, options: Read) -> _Group:
    group = _Group(key)
    if not any(key):
        group.spoil(number, GROUP_BLANK, table, column=options.group_by[0])
    return group


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
