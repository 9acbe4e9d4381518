"""What of a table did not become part of a record, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

from adapters.envelope import Note
from adapters.formats import labels
from adapters.formats.headings import heading, headings
from adapters.formats.options import Read
from adapters.formats.problems import (
    COLUMNS_UNREAD,
    DOCUMENT,
    MORE_NOTES,
    ROWS_HIDDEN,
    ROWS_SKIPPED,
    SHEET_UNREAD,
    UNTITLED_UNREAD,
)
from adapters.formats.table_rows import Table, Values
from schemas.findings import Finding, Problem, Text

MOST_NOTES = 20
_MOST_RANGES = 30
_MOST_NAMES = 30
_MOST_LETTERS = 60
_REMARK = re.compile(r"\s*(?:注\s*+\d*\s*[:：.、]|第\s*\d+\s*页|共\s*\d+\s*[页人]|以下(?:空白|无)|续表|接上页|转下页)")
_COLONS = (":", "：")
_SERIAL = re.compile(r"序号|行号|次序|序|NO\.?|№|#", re.IGNORECASE)
_UNTITLED = re.compile(r"(?:#\d+)?")


class Why(Enum):
    """Why a row below the headings is no record."""

    TOTALS = Text("合计行", "totals")
    REMARK = Text("注释或落款", "remarks or signatures")
    HEADINGS = Text("重复的标题或表头", "titles or headings again")
    NUMBERING = Text("只有序号", "a serial number only")


class RowNumbers:
    """Numbers of rows as people write them, `第 3、5-9 行`; bounded, however many there are."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._ranges: list[list[int]] = []
        self._more = 0
        for number in numbers:
            self.add(number)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def add(self, number: int) -> None:
        if self._ranges and self._ranges[-1][1] == number - 1 and not self._more:
            self._ranges[-1][1] = number
        elif len(self._ranges) < _MOST_RANGES:
            self._ranges.append([number, number])
        else:
            self._more += 1

    @property
    def first(self) -> int:
        return self._ranges[0][0]

    @property
    def text(self) -> Text:
        parts = [str(first) if first == last else f"{first}-{last}" for first, last in self._ranges]
        zh = f"第 {'、'.join(parts)} 行" + (f"等（另有 {self._more} 行）" if self._more else "")
        return Text(zh, f"rows {', '.join(parts)}" + (f" and {self._more} more" if self._more else ""))


class Unread:
    """Watches the rows below the headings of one table."""

    def __init__(self, table: Table, options: Read) -> None:
        self._table = table
        self._options = options
        self._skipped: dict[Why, RowNumbers] = {}
        self._untitled = [at for at, name in enumerate(table.columns) if _UNTITLED.fullmatch(name)]
        self._serial = {at for at, name in enumerate(table.columns) if _SERIAL.fullmatch(name)}
        self._wanted = [table.columns.index(name) for name in (options.header or options.group_by)]
        self._last = 0
        self._lost = 0
        self._first_lost = ""

    def skip(self, number: int, why: Why) -> None:
        self._skipped.setdefault(why, RowNumbers()).add(number)

    def is_complete(self, cells: Values) -> bool:
        """Whether all columns that make the table hold a value: such a row is a record, whatever it begins with."""
        return bool(self._wanted) and all(self._holds_value(cells, at) for at in self._wanted)

    def why_no_record(self, cells: Values, first: Any) -> Why | None:
        """Why a row is no record, None where it is one. `first` is its first cell that is not blank."""
        if self._repeats_headings(cells):
            return Why.HEADINGS
        if self.is_complete(cells):
            return None
        if first in self._table.titles and _filled(cells) == 1:
            return Why.HEADINGS
        is_remark = labels.begins_with_label(first) or (first.__class__ is str and _REMARK.match(first))
        if self._wanted and is_remark and not self._holds_more(cells):
            return Why.REMARK
        return Why.NUMBERING if self._is_numbering(cells, first) else None

    def _holds_more(self, cells: Values) -> bool:
        """Whether a row that begins like a remark holds a value of the table that is no label's: it is a record."""
        before: Any = ""
        for at, cell in enumerate(cells):
            if cell in (None, ""):
                continue
            is_labels = labels.begins_with_label(cell) or str(before).rstrip().endswith(_COLONS)
            if at in self._wanted and before != "" and not is_labels:
                return True
            before = cell
        return False

    def look_beside(self, number: int, cells: Values) -> None:
        """Count what stands under no heading."""
        self._last = number
        width = len(self._table.columns)
        beyond = range(width, len(cells)) if self._table.grid.sheet is not None else ()
        for at in (*self._untitled, *beyond):
            if at < len(cells) and cells[at] not in (None, ""):
                self._lost += 1
                self._first_lost = self._first_lost or self._table.grid.cell(number, at, "")

    @property
    def has_room_beside(self) -> bool:
        """Whether anything can stand under no heading."""
        return bool(self._untitled) or self._table.grid.sheet is not None

    def notes(self, hidden: Sequence[int] = ()) -> Iterator[Note]:
        """What is to be said, once the last row has been seen."""
        table = self._table
        names = [name for name in table.columns if not _UNTITLED.fullmatch(name) and not self._is_read(name)]
        if names and self._options.known:
            shown = Text(_listed(names, "、", "等"), _listed(names, ", ", " ..."))
            yield _note(COLUMNS_UNREAD, table.grid.row(table.header_row), names=shown)
        if self._lost:
            yield _note(UNTITLED_UNREAD, self._first_lost, count=self._lost)
        for why, numbers in self._skipped.items():
            yield _note(ROWS_SKIPPED, table.grid.row(numbers.first), rows=numbers.text, what=why.value)
        seen = RowNumbers(number for number in hidden if table.header_row < number <= self._last)
        if seen:
            yield _note(ROWS_HIDDEN, table.grid.row(seen.first), rows=seen.text)

    def _is_read(self, name: str) -> bool:
        return name in self._options.known or name in self._options.group_by

    def _repeats_headings(self, cells: Values) -> bool:
        at = self._wanted[0] if self._wanted else 0
        own = self._table.columns[at]
        if not own or at >= len(cells) or (own[0] not in str(cells[at]) and not own.isascii()):
            return False
        if not heading(str(cells[at])).startswith(own):
            return False
        names = zip(headings(cells, self._table.columns), self._table.columns, strict=False)
        filled = [name == own for (name, own), cell in zip(names, cells, strict=False) if cell not in (None, "")]
        return len(filled) > 1 and all(filled)

    def _is_numbering(self, cells: Values, first: Any) -> bool:
        is_number = isinstance(first, float) or str(first).strip().rstrip(".、").isdecimal()
        return is_number and _filled(cells) == 1 and any(at < len(cells) and cells[at] == first for at in self._serial)

    def _holds_value(self, cells: Values, at: int) -> bool:
        return at < len(cells) and cells[at] not in (None, "") and not labels.begins_with_label(cells[at])


def sheet_unread(name: str) -> Note:
    """That there was another sheet."""
    return _note(SHEET_UNREAD, name, sheet=name)


class Notes:
    """Notes on one document, as many as anybody reads."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._more = 0

    def add(self, note: Note) -> None:
        if len(self._kept) < MOST_NOTES:
            self._kept.append(note.finding)
        else:
            self._more += 1

    @property
    def findings(self) -> tuple[Finding, ...]:
        if not self._more:
            return tuple(self._kept)
        return (*self._kept, MORE_NOTES.found("", DOCUMENT, more=self._more))


def _note(problem: Problem, locator: str, **details: object) -> Note:
    return Note(problem.found("", DOCUMENT, locator=locator, **details))


def _listed(names: Sequence[str], mark: str, more: str) -> str:
    return mark.join(name[:_MOST_LETTERS] for name in names[:_MOST_NAMES]) + (more if len(names) > _MOST_NAMES else "")


def _filled(cells: Values) -> int:
    return sum(cell is not None and cell != "" for cell in cells)
