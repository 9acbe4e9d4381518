"""The audit log as a page, by actor, object and time; as a file too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway import audit
from gateway.access.powers import Power
from gateway.base.clock import CHINA
from gateway.console.oversight.words import BASE, TABLE, lines
from gateway.console.shell import framing
from gateway.console.shell.appearance import address_of
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE, Row, shown_table
from gateway.console.shell.visitors import Endpoint, visitor
from gateway.doors.requests import day_of, services_of, whole_number
from schemas.findings import Text

_READ = Power.READ_AUDIT
_LARGEST = 2**63 - 1


async def list_page(request: Request) -> Response:
    """Entries in sight, the newest first."""
    principal, language = await visitor(request, _READ), chosen(request).language
    sought = replace(_sought(request), after=whole_number(request, "after", 0, 0, most=_LARGEST))
    found = await audit.listed(services_of(request).database, principal.scope, sought, A_PAGE + 1)
    rows = lines(found[:A_PAGE], language)
    table = shown_table(request, language, TABLE, rows, count=len(rows), most=A_PAGE)
    after = address_of(request, after=str(found[A_PAGE - 1].position)) if len(found) > A_PAGE else ""
    return await framed(request, principal, "audit.html", table=table, after=after)


def _sought(request: Request) -> audit.Sought:
    """What is sought; days are days in China. Raises Refused (REQUEST-001)."""
    since, until = (day_of(request.query_params.get(name), name) for name in ("since", "until"))
    return audit.Sought(
        actor=_text(request, "actor"),
        object=_text(request, "object"),
        since=since and _midnight(since),
        until=until and _midnight(until + timedelta(days=1)),
        is_newest_first=True,
    )


def _text(request: Request, name: str) -> str | None:
    return request.query_params.get(name, "").strip().replace("\0", "") or None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _file(extension: str) -> Endpoint:
    async def file(request: Request) -> Response:
        principal, language = await visitor(request, _READ), chosen(request).language
        sought, database, after = _sought(request), services_of(request).database, 0

        async def rows(limit: int, _: int) -> Sequence[Row]:
            nonlocal after
            found = await audit.listed(database, principal.scope, replace(sought, after=after), limit)
            after = found[-1].position if found else after
            return lines(found, language)

        return await file_of(request, principal, TABLE, rows, extension=extension)

    return file


MENU = (Entry(100, BASE, Text("审计记录", "Audit log"), Section.OVERSIGHT, _READ),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
for _extension in TABLE.file_formats:
    framing.add(router, f"{BASE}.{_extension}", _file(_extension))
