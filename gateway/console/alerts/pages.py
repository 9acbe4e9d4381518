"""Alerts as pages for officials and operators."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.alerts import alerts
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.alerts.words import shown_alert
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import own_form, visitor
from gateway.doors.requests import following, services_of, uuid_parameter
from schemas.findings import Text

_A_PAGE = 50


async def alerts_page(request: Request) -> Response:
    """Open alerts in sight, the oldest first."""
    principal, language = await visitor(request, Power.OPERATE), chosen(request).language
    after = uuid_parameter(request, "after")
    found = await alerts.listed(services_of(request).database, principal.scope, after=after, limit=_A_PAGE)
    rows = [shown_alert(row, language) for row in found]
    database = services_of(request).database
    is_closed = "closed" in request.query_params and await alerts.has_just_closed(database, principal)
    shown = {"rows": rows, "decides": principal.may(Power.OPERATE), "is_closed": is_closed}
    more = following(found, _A_PAGE, lambda row: str(row.id))
    return await framed(request, principal, "alerts.html", **shown, following=more)


async def close(request: Request) -> Response:
    """Somebody has seen to it; back to the others."""
    principal, _ = await own_form(request, Power.OPERATE)
    if not await alerts.close(services_of(request).database, request.path_params["alert_id"], principal):
        raise Refused(problems.NOT_FOUND)
    return RedirectResponse("/alerts?closed", 303)


MENU = (Entry(60, "/alerts", Text("告警", "Alerts"), Section.EXCHANGE, Power.OPERATE, "alerts"),)

router = APIRouter(include_in_schema=False)
framing.add(router, "/alerts", alerts_page)
framing.add(router, "/alerts/{alert_id:uuid}/close", close, "POST")
