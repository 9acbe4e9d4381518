"""Lists as files: the same filter as on the page, no cell that could be taken for a formula."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Sequence

import xlsxwriter
from starlette.requests import Request
from starlette.responses import Response

from gateway import audit
from gateway.access.accounts import Actor
from gateway.base.clock import Clock
from gateway.console.shell.language import chosen
from gateway.console.shell.tabular import Row, Table
from gateway.doors.downloads import SPREADSHEET
from gateway.doors.requests import services_of
from gateway.wording.cells import neutral

MOST_LINES = 10_000
_SLICE = 1000
_WIDEST = 60
_BOM = b"\xef\xbb\xbf"
Slice = Callable[[int, int], Awaitable[Sequence[Row]]]
"""So many rows from one place on: `await rows(limit, offset)`."""


async def file_of(request: Request, actor: Actor, table: Table, rows: Slice, *, extension: str) -> Response:
    """A list as a workbook or as CSV, at most the first `MOST_LINES`. Audited."""
    found: list[Row] = []
    while len(found) < MOST_LINES:
        more = await rows(_SLICE, len(found))
        found += more
        if len(more) < _SLICE:
            break
    name = table.path.strip("/")
    async with services_of(request).database.writing() as connection:
        await audit.record(connection, actor, "list.export", name, rows=len(found), format=extension)
    lines = [table.headings(chosen(request).language), *table.lines(found[:MOST_LINES])]
    content = await asyncio.to_thread(workbook if extension == "xlsx" else text_file, lines)
    media_type = SPREADSHEET if extension == "xlsx" else "text/csv; charset=utf-8"
    named = f'attachment; filename="{name}-{Clock.china_today():%Y%m%d}.{extension}"'
    return Response(content, headers={"Content-Disposition": named}, media_type=media_type)


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
