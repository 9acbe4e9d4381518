"""Short ways to a mapper, a reader's records and a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from adapters.envelope import Note, Rejection, SourceRecord
from adapters.formats import table
from adapters.formats.options import Read
from adapters.formats.places import Grid
from adapters.mapping import loader
from adapters.mapping.chain import Chain
from adapters.mapping.generator import generate
from adapters.registry import reader
from schemas.findings import Finding

HEAD = "mapping: test.contract@1\ntarget: contract.v1\n"


def convert(fields: str, data: Any, read: str = "{format: json}") -> tuple[dict[str, Any], list[Any]]:
    """Body and failures that a mapping with these fields makes of one record."""
    mapping = loader.parse(f"{HEAD}read: {read}\nblank: [无, '-']\nfields:\n{fields}")
    failures: list[Any] = []
    return generate(mapping).convert(data, failures), failures


def chain(*via: str) -> Chain:
    return Chain(("nfkc", "trim"), ("", "无"), via)


def records(format_: str, raw: bytes, **options: Any) -> list[SourceRecord | Rejection]:
    return [each for each in reader(format_)(raw, Read(format=format_, **options)) if not isinstance(each, Note)]


def notes(format_: str, raw: bytes, **options: Any) -> list[Finding]:
    """What is said of the document as a whole."""
    return [each.finding for each in reader(format_)(raw, Read(format=format_, **options)) if isinstance(each, Note)]


def items(rows: list[list[Any]], **options: Any) -> list[SourceRecord | Rejection | Note]:
    """What the rows of a sheet named 名单 give, without a workbook around them."""
    width = max(map(len, rows))
    padded = [[*row, *([""] * (width - len(row)))] for row in rows]
    return list(table.records(iter(enumerate(padded, 1)), Read(format="sheet", **options), Grid("名单")))


def good(found: Iterable[SourceRecord | Rejection | Note]) -> list[Any]:
    return [record.data for record in found if isinstance(record, SourceRecord)]


def codes(found: Iterable[Any]) -> list[str]:
    return [finding.code for record in found if isinstance(record, Rejection) for finding in record.findings]


def workbook(rows: list[list[Any]], *, hidden: str | None = None) -> bytes:
    """An .xlsx with one visible sheet, and a hidden one before it when asked for."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    if hidden:
        secret = book.add_worksheet(hidden)
        secret.write_row(0, 0, ["姓名", "证件号码"])
        secret.write_row(1, 0, ["不应读取", "X"])
        secret.hide()
    sheet = book.add_worksheet("名单")
    sheet.activate()
    sheet.set_first_sheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def old_workbook(rows: list[list[Any]]) -> bytes:
    """The same as an .xls."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def open_workbook(rows: list[list[Any]]) -> bytes:
    """The same as an .ods, all text."""
    document, table = OpenDocumentSpreadsheet(), Table(name="名单")
    for cells in rows:
        row = TableRow()
        for value in cells or [None]:
            cell = TableCell() if value is None else TableCell(valuetype="string")
            if value is not None:
                cell.addElement(P(text=str(value)))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
