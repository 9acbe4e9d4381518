"""Lists as files: the same filter as on the page, no cell that could be taken for a formula."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from gateway import audit
from gateway.access.accounts import Actor
from gateway.base.clock import Clock
from gateway.console.shell.language import chosen
from gateway.console.shell.tabular import Row, Table
from gateway.doors.downloads import SPREADSHEET
from gateway.doors.list_files import text_file, workbook
from gateway.doors.requests import services_of

MOST_LINES = 10_000
_SLICE = 1000
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
