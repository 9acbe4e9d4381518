"""The dead letters of a submission as a spreadsheet: what the partner wrote, bad cells marked, reasons beside them."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.envelope import Rejection
from gateway.dead_letters.lines import FIELD, VALUE, Line, SheetLetter, lines_of
from gateway.ledger.submission import Submission
from gateway.wording.cells import neutral
from schemas.findings import Text
from schemas.structure import MORE

_MOST_EXACT = 10**15
_MOST_LINES = 20_000
_OWN = {"序号 No.": 9, "位置 Locator": 24, "原因 Reason": 52, "处理建议 Advice": 44}
_WIDTHS = {FIELD: 40, VALUE: 32}
_WIDTH = 16
_LINE_HEIGHT = 15
_MOST_HEIGHT = 300


def workbook(letters: Sequence[tuple[SheetLetter, Any]], notes: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """An .xlsx of (dead letter, source) pairs; see `lines` for how sources become rows.

    `notes` are those on the document as a whole: what of it was not read stands on a sheet of its own.
    """
    every = lines_of(letters)
    lines = list(islice(every, _MOST_LINES))
    if more := sum(1 for _ in every):
        notes = [*notes, MORE.found("", Text("", ""), count=more).as_dict()]
    names = dict.fromkeys(name for line in lines for name in line.cells)
    columns = {name: at for at, name in enumerate(names, start=len(_OWN))}
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        plain = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D5DBE3"}
        sheet = book.add_worksheet("未通过记录")
        head = book.add_format(plain | {"bold": True, "bg_color": "#16396A", "font_color": "#FFFFFF"})
        _head(sheet, columns, head)
        own, cell = book.add_format(plain | {"bg_color": "#F3F5F8"}), book.add_format(plain)
        bad = book.add_format(plain | {"bg_color": "#FFD9D6", "font_color": "#8F1013", "bold": True})
        for number, line in enumerate(lines, start=1):
            _write(sheet, number, line, columns, own=own, cell=cell, bad=bad)
        sheet.autofilter(0, 0, max(len(lines), 1), len(_OWN) + len(columns) - 1)
        if notes:
            _write_notes(book.add_worksheet("文件提示"), notes, head=head, own=own)
    return buffer.getvalue()


def workbook_of(submission: Submission) -> bytes:
    """The same of a document that is only tried out: the records that would not pass, before any is kept."""
    found = [(_Tried.of(each), each.source) for each in submission.rejections]
    return workbook(found, [note.as_dict() for note in submission.reading.notes])


@dataclass(frozen=True, slots=True)
class _Tried:
    """A rejection as `lines` takes it."""

    ordinal: int
    locator: str
    findings: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, rejection: Rejection) -> _Tried:
        return cls(rejection.ordinal, rejection.locator, [finding.as_dict() for finding in rejection.findings])


def _write_notes(sheet: Worksheet, notes: Sequence[Mapping[str, Any]], *, head: Format, own: Format) -> None:
    for column, (name, width) in enumerate(list(_OWN.items())[1:]):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
    for number, note in enumerate(notes, start=1):
        for column, words in enumerate((note["locator"], _words([note], "reason"), _words([note], "advice"))):
            sheet.write_string(number, column, neutral(words), own)


def _head(sheet: Worksheet, columns: Mapping[str, int], heading: Format) -> None:
    for column, (name, width) in enumerate(_OWN.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, heading)
    for name, column in columns.items():
        sheet.set_column(column, column, _WIDTHS.get(name, max(_WIDTH, min(_width(name) + 3, 40))))
        sheet.write_string(0, column, neutral(name), heading)
    sheet.set_row(0, 2 * _LINE_HEIGHT)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    sheet.set_landscape()


def _write(
    sheet: Worksheet, number: int, line: Line, columns: Mapping[str, int], *, own: Format, cell: Format, bad: Format
) -> None:
    reasons, advice = _words(line.findings, "reason"), _words(line.findings, "advice")
    sheet.write_number(number, 0, line.ordinal, own)
    for column, words in enumerate((line.locator, reasons, advice), start=1):
        sheet.write_string(number, column, neutral(words), own)
    for name, value in line.cells.items():
        _value(sheet, number, columns[name], value, style=bad if name in line.bad else cell)
    heights = map(_height, (line.locator, reasons, advice), list(_OWN.values())[1:])
    sheet.set_row(number, min(max(heights) * _LINE_HEIGHT, _MOST_HEIGHT))


def _value(sheet: Worksheet, row: int, column: int, value: Any, *, style: Format) -> None:
    """Numbers stay numbers while a spreadsheet can hold them exactly; anything else is text."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST_EXACT:
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, neutral(value), style)


def _words(findings: Sequence[Mapping[str, Any]], member: str) -> str:
    """One finding a paragraph, Chinese above English; reasons carry their code and field."""
    return "\n".join(
        f"{_label(finding) if member == 'reason' else ''}{finding[member]['zh']}\n{finding[member]['en']}"
        for finding in findings
    )


def _label(finding: Mapping[str, Any]) -> str:
    return f"[{finding['code']}] {finding['title']['zh']}：" if finding["title"]["zh"] else f"[{finding['code']}] "


def _height(words: str, width: int) -> int:
    """How many lines the words take in a column that wide."""
    return sum(max(1, -(-_width(line) // width)) for line in words.split("\n"))


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
