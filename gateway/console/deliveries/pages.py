"""The delivery log of an agency: where its own system is told of changes, and what became of each delivery."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.console.deliveries.words import BASE, STATES, lines, shown_target, table_of
from gateway.console.shell import framing
from gateway.console.shell.appearance import address_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE, shown_table
from gateway.console.shell.visitors import own_form, visitor
from gateway.doors.requests import bad_parameter, services_of, whole_number
from gateway.relay.states import DeliveryState, TargetState
from schemas.findings import Text

_READ = Power.MANAGE_AGENCY
_ONE = f"{BASE}/{{target_id:uuid}}"
_LARGEST = 2**63 - 1


async def targets_page(request: Request) -> Response:
    """The targets of one's own agency."""
    person, language = await visitor(request, _READ), chosen(request).language
    rows = [shown_target(row, language) for row in await services_of(request).targets.listed(person)]
    return await framed(request, person, "deliveries.html", rows=rows)


async def log_page(request: Request) -> Response:
    """What became of the deliveries to a target, the last first."""
    person, language, targets = await visitor(request, _READ), chosen(request).language, services_of(request).targets
    state = request.query_params.get("state") or None
    if state is not None and state not in tuple(STATES):
        raise bad_parameter("state", " | ".join(STATES))
    target = await targets.find(person, request.path_params["target_id"])
    found = await targets.deliveries(
        person,
        target,
        after=whole_number(request, "after", 0, 0, most=_LARGEST),
        limit=A_PAGE + 1,
        state=None if state is None else DeliveryState(state),
        is_newest_first=True,
    )
    rows = lines(found[:A_PAGE], language)
    table = shown_table(request, language, table_of(f"{BASE}/{target.id}"), rows, count=len(rows), most=A_PAGE)
    after = address_of(request, after=str(found[A_PAGE - 1].position)) if len(found) > A_PAGE else ""
    return await framed(
        request, person, "delivery_log.html", row=shown_target(target, language), table=table, after=after
    )


async def redeliver(request: Request) -> Response:
    """Send again what was given up."""
    person, _ = await own_form(request, _READ)
    targets = services_of(request).targets
    target = await targets.find(person, request.path_params["target_id"])
    await targets.redeliver(person, target, 0, _LARGEST, everything=False)
    return RedirectResponse(f"{BASE}/{target.id}", 303)


async def resume(request: Request) -> Response:
    """Deliver again to a target that was paused, or whose circuit is open."""
    person, _ = await own_form(request, _READ)
    targets = services_of(request).targets
    target = await targets.find(person, request.path_params["target_id"])
    await targets.set_state(person, target, TargetState.ACTIVE)
    return RedirectResponse(f"{BASE}/{target.id}", 303)


MENU = (Entry(116, BASE, Text("投递记录", "Deliveries"), Section.ADMINISTRATION, _READ),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, targets_page)
framing.add(router, _ONE, log_page)
framing.add(router, f"{_ONE}/redeliver", redeliver, "POST")
framing.add(router, f"{_ONE}/resume", resume, "POST")
