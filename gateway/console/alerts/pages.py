"""Alerts as pages for officials and operators: what somebody should look at, and closing what was seen to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.alerts import alerts
from gateway.alerts.rows import AlertRow
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.alerts.words import BASE, TABLE, line_of
from gateway.console.shell import framing
from gateway.console.shell.endless_lists import EndlessList
from gateway.console.shell.framing import framed
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE
from gateway.console.shell.visitors import every_field_of, own_body, visitor
from gateway.doors.requests import bad_parameter, services_of
from gateway.doors.sought_alerts import sought_alerts
from gateway.persons.person import Person
from schemas.findings import Text

_POWER = Power.OPERATE
_LONGEST_BATCH = 16_384


async def _find(request: Request, person: Person, after: UUID | None, limit: int) -> Sequence[AlertRow]:
    sought = sought_alerts(request)
    return await alerts.listed(services_of(request).database, person.scope, sought, after=after, limit=limit)


_LIST = EndlessList(table=TABLE, power=_POWER, find=_find, line=line_of, id_of=lambda row: row.id)


async def list_page(request: Request) -> Response:
    """Open alerts in sight, the oldest first."""
    person, database = await visitor(request, _POWER), services_of(request).database
    is_closed = "closed" in request.query_params and await alerts.has_just_closed(database, person)
    return await framed(request, person, "alerts.html", is_closed=is_closed, **await _LIST.shown(request, person))


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
_LIST.add_files(router)
framing.add(router, BASE, list_page)
framing.add(router, BASE, close, "POST")
