"""Alerts as pages for officials and operators: what somebody should look at, and closing what was seen to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.alerts import alerts
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.alerts.words import BASE, TABLE, line_of
from gateway.console.shell import framing
from gateway.console.shell.appearance import address_of
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE, Row, shown_table
from gateway.console.shell.visitors import Endpoint, every_field_of, own_body, visitor
from gateway.doors.requests import bad_parameter, following, services_of, uuid_parameter
from gateway.doors.sought_alerts import sought_alerts
from schemas.findings import Text

_POWER = Power.OPERATE
_LONGEST_BATCH = 16_384


async def list_page(request: Request) -> Response:
    """Open alerts in sight, the oldest first."""
    person, language = await visitor(request, _POWER), chosen(request).language
    sought, after = sought_alerts(request), uuid_parameter(request, "after")
    database = services_of(request).database
    found = await alerts.listed(database, person.scope, sought, after=after, limit=A_PAGE)
    rows = [line_of(row, language, closes=person.may(_POWER)) for row in found]
    last = following(found, A_PAGE, lambda row: str(row.id))
    return await framed(
        request,
        person,
        "alerts.html",
        table=shown_table(request, language, TABLE, rows, count=len(rows), most=A_PAGE),
        after=address_of(request, after=last) if last else "",
        is_closed="closed" in request.query_params and await alerts.has_just_closed(database, person),
    )


def _file(extension: str) -> Endpoint:
    """The list as a file, by the same criteria."""

    async def file(request: Request) -> Response:
        person, language = await visitor(request, _POWER), chosen(request).language
        sought, last = sought_alerts(request), list[UUID]()

        async def rows(limit: int, _: int) -> Sequence[Row]:
            after = last[-1] if last else None
            database = services_of(request).database
            found = await alerts.listed(database, person.scope, sought, after=after, limit=limit)
            last.extend(row.id for row in found[-1:])
            return [line_of(row, language, closes=False) for row in found]

        return await file_of(request, person, TABLE, rows, extension=extension)

    return file


async def close(request: Request) -> Response:
    """Somebody has seen to those that were chosen; back to the others."""
    person, body = await own_body(request, _LONGEST_BATCH, _POWER)
    try:
        chosen_ones = [UUID(each) for each in dict.fromkeys(every_field_of(body, "row"))][:A_PAGE]
    except ValueError:
        raise bad_parameter("row", "UUID") from None
    closed = [await alerts.close(services_of(request).database, each, person) for each in chosen_ones]
    if chosen_ones and not any(closed):
        raise Refused(problems.NOT_FOUND)
    return RedirectResponse(f"{BASE}?closed" if closed else BASE, 303)


MENU = (Entry(60, BASE, Text("告警", "Alerts"), Section.EXCHANGE, _POWER, "alerts"),)

router = APIRouter(include_in_schema=False)
for _extension in TABLE.file_formats:
    framing.add(router, f"{BASE}.{_extension}", _file(_extension))
framing.add(router, BASE, list_page)
framing.add(router, BASE, close, "POST")
