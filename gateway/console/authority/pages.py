"""What waits for a decision, and alerts, as pages for officials and operators."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.alerts import alerts
from gateway.authority.desk import Place
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.authority.words import shown_alert, shown_conflict
from gateway.console.reconciliations.words import shown_waiting
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import own_form, visitor
from gateway.doors.decision_places import place_parameter
from gateway.doors.requests import bad_parameter, following, services_of, uuid_parameter
from gateway.ledger.conflicts import Conflict, ConflictChoice
from gateway.reconcile.rows import WaitingDiscrepancy
from schemas.findings import Text

_A_PAGE = 50


async def conflicts_page(request: Request) -> Response:
    """All in sight that a person has yet to decide: conflicts with what differs, discrepancies with their place."""
    principal, desk, language = (
        await visitor(request, Power.RECONCILE),
        services_of(request).desk,
        chosen(request).language,
    )
    found = await desk.waiting(principal.scope, after=place_parameter(request, "after"), limit=_A_PAGE)
    shown = {
        "rows": [shown_conflict(row, await desk.shown(row), language) for row in found if isinstance(row, Conflict)],
        "discrepancies": [shown_waiting(row, language) for row in found if isinstance(row, WaitingDiscrepancy)],
        "decides": principal.may(Power.RECONCILE),
        "is_decided": "decided" in request.query_params and await desk.has_just_decided(principal),
    }
    more = following(found, _A_PAGE, lambda row: str(Place.of(row)))
    return await framed(request, principal, "conflicts.html", **shown, following=more)


async def decide(request: Request) -> Response:
    """A decision from the form beside a conflict, and back to the others."""
    principal, form = await own_form(request, Power.RECONCILE)
    if form.get("decision") not in list(ConflictChoice):
        raise bad_parameter("decision", " | ".join(ConflictChoice))
    desk = services_of(request).desk
    conflict = await desk.conflict(principal.scope, request.path_params["conflict_id"])
    if conflict is None:
        raise Refused(problems.ALREADY_DECIDED)
    answer = await desk.decide(principal, conflict, ConflictChoice(form["decision"]), form.get("seen", ""))
    if answer.status >= 300:
        raise Refused(
            problems.STATE_REFUSED, Text("所选版本未通过校验，版本冲突仍待核定", "The chosen version was rejected")
        )
    return RedirectResponse("/conflicts?decided", 303)


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


MENU = (
    Entry(20, "/conflicts", Text("待核定", "To decide"), Section.DECIDE, Power.RECONCILE, "decisions"),
    Entry(60, "/alerts", Text("告警", "Alerts"), Section.EXCHANGE, Power.OPERATE, "alerts"),
)

router = APIRouter(include_in_schema=False)
framing.add(router, "/conflicts", conflicts_page)
framing.add(router, "/conflicts/{conflict_id:uuid}/decision", decide, "POST")
framing.add(router, "/alerts", alerts_page)
framing.add(router, "/alerts/{alert_id:uuid}/close", close, "POST")
