"""Lists of records of one kind, as a page and as files of the same filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import Actor
from gateway.access.powers import Power
from gateway.base.clock import Clock
from gateway.console.shell import framing
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.language import chosen
from gateway.console.shell.tabular import A_PAGE, Row, Table, offset_of, shown_table
from gateway.console.shell.visitors import Endpoint, visitor
from gateway.doors.listed_records import wanted_of
from gateway.doors.requests import services_of
from gateway.ledger.rows import ListedRecord
from gateway.ledger.wanted import MOST_COUNTED, Order

Lines = Callable[[Sequence[ListedRecord], datetime, str], list[Row]]
"""Records as lines of a list, at a moment, in a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordList:
    """What is listed of a kind, how a record is shown in a line, and who may see the list."""

    kind: str
    needs: Power
    table: Table
    lines: Lines


async def shown_records(request: Request, actor: Actor, each: RecordList, lines: Lines | None = None) -> dict[str, Any]:
    """The page of a list that is asked for; `lines` stand in for its own where some can be chosen."""
    services, language = services_of(request), chosen(request).language
    wanted = wanted_of(each.kind, request.query_params, services.scheme, Order(each.table.order))
    found = await services.reader.listed(actor.scope, wanted, A_PAGE, offset_of(request, MOST_COUNTED))
    count = await services.reader.count(actor.scope, wanted)
    rows = (lines or each.lines)(found, Clock.now(), language)
    return shown_table(request, language, each.table, rows, count=count, most=MOST_COUNTED)


def add_files(router: APIRouter, each: RecordList) -> None:
    """Serve a list as files; to be added before what has the number of a record in its address."""
    for extension in each.table.file_formats:
        framing.add(router, f"{each.table.path}.{extension}", _file(each, extension))


def _file(each: RecordList, extension: str) -> Endpoint:
    async def file(request: Request) -> Response:
        actor, language = await visitor(request, each.needs), chosen(request).language
        services = services_of(request)
        wanted = wanted_of(each.kind, request.query_params, services.scheme, Order(each.table.order))

        async def rows(limit: int, offset: int) -> Sequence[Row]:
            found = await services.reader.listed(actor.scope, wanted, limit, offset)
            return each.lines(found, Clock.now(), language)

        return await file_of(request, actor, each.table, rows, extension=extension)

    return file
