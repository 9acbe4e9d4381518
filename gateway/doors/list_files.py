"""Lines of cells as a file: CSV or a workbook, no cell that could be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from gateway.wording.cells import neutral

_WIDEST = 60
_BOM = b"\xef\xbb\xbf"


def text_file(lines: Sequence[Sequence[str]]) -> bytes:
    """CSV in UTF-8 with BOM, as spreadsheets want it."""
    text = io.StringIO()
    csv.writer(text).writerows([neutral(cell) for cell in line] for line in lines)
    return _BOM + text.getvalue().encode()


def workbook(lines: Sequence[Sequence[str]]) -> bytes:
    """An .xlsx of one sheet, every cell a text."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold, sheet = book.add_format({"bold": True}), book.add_worksheet()
    for at, line in enumerate(lines):
        for column, cell in enumerate(line):
            sheet.write_string(at, column, neutral(cell), None if at else bold)
    sheet.freeze_panes(1, 0)
    sheet.autofit(_WIDEST * 7)
    book.close()
    return buffer.getvalue()
