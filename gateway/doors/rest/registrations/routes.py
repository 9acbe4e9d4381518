"""Registrations of systems over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.registration_form import decision, flaws, has_null
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    bad_parameter,
    bounded_body,
    empowered,
    following,
    json_object,
    must_be_encrypted,
    network_of,
    services_of,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.registrations import words
from gateway.onboarding.registrations import Contact, System
from gateway.onboarding.rows import RegistrationRow, Steps
from gateway.onboarding.scenarios import Scenario
from gateway.onboarding.states import RegistrationState
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["registrations"])

_MOST_BYTES = 20_000


@router.post("/v1/registrations", **words.applied())
async def apply(request: Request) -> Response:
    must_be_encrypted(request)
    given = json_object(await bounded_body(request, _MOST_BYTES), "system", "contact")
    _must_be_filled_in(given)
    registrations = services_of(request).registrations
    system, contact = System(**given["system"]), Contact(**given["contact"])
    number, token = await registrations.apply(system, contact, network_of(request))
    return Json({"registration_id": str(number), "token": token, "state": RegistrationState.APPLIED}, 201)


@router.get("/v1/registrations/{registration_id:uuid}/progress", **words.own())
async def own(request: Request, registration_id: UUID) -> Response:
    registrations = services_of(request).registrations
    row, steps = await registrations.own(registration_id, _token(request))
    seen = await registrations.conformance(row)
    shown = {"conformance": _named(seen), "results": await registrations.results(row, seen)}
    return Json(_document(row, steps, by_name=False) | shown)


@router.post("/v1/registrations/{registration_id:uuid}/credentials", **words.credential())
async def credential(request: Request, registration_id: UUID) -> Response:
    name, issued = await services_of(request).registrations.credential(registration_id, _token(request))
    return Json({"partner": name, "id": issued.id, "secret": issued.secret}, 201)


@router.get("/v1/registrations", **words.listed())
async def list_registrations(request: Request) -> Response:
    call = await empowered(request, Power.MANAGE_PARTNERS)
    state = request.query_params.get("state")
    if state is not None and state not in list(RegistrationState):
        raise bad_parameter("state", " | ".join(RegistrationState))
    limit = whole_number(request, "limit", 100, 1, most=1000)
    rows = await call.services.registrations.listed(
        None if state is None else RegistrationState(state), after=uuid_parameter(request, "after"), limit=limit
    )
    every = [_document(row, (), by_name=True) for row in rows]
    return Json({"registrations": every, "next": following(rows, limit, lambda row: str(row.id))})


@router.get("/v1/registrations/{registration_id:uuid}", **words.shown())
async def show(request: Request, registration_id: UUID) -> Response:
    call = await empowered(request, Power.MANAGE_PARTNERS)
    row, steps = await call.services.registrations.shown(registration_id)
    return Json(await _whole(call, row, steps))


@router.post("/v1/registrations/{registration_id:uuid}/state", **words.decided())
async def decide(request: Request, registration_id: UUID) -> Response:
    call = await empowered(request, Power.MANAGE_PARTNERS, with_body=True)
    given = json_object(call.body, "state", "reason", "partner")
    state, reason, partner = decision(given.get("state"), given.get("reason"), given.get("partner"))
    row, steps = await call.services.registrations.decide(
        call.principal, registration_id, state, reason, partner=partner
    )
    return Json(await _whole(call, row, steps))


async def _whole(call: Call, row: RegistrationRow, steps: Steps) -> dict[str, Any]:
    registrations = call.services.registrations
    contact = registrations.contact_of(row)
    shown = contact and {"name": contact.name, "phone": contact.phone, "email": contact.email}
    found = _named(await registrations.conformance(row))
    return _document(row, steps, by_name=True) | {"contact": shown, "conformance": found}


def _named(seen: dict[str, dict[Scenario, bool]]) -> dict[str, dict[str, bool]]:
    """The scenarios of each kind by their names: JSON knows no other keys."""
    return {kind: {scenario.value: passed for scenario, passed in found.items()} for kind, found in seen.items()}


def _document(row: RegistrationRow, steps: Steps, *, by_name: bool) -> dict[str, Any]:
    return {
        "registration_id": str(row.id),
        "state": row.state,
        "system": {name: value for name, value in row.system.items() if value is not None},
        "partner": row.partner,
        "created_at": row.created_at,
        "steps": [
            {"state": step.state, "at": step.at, "reason": step.reason} | ({"by": step.by} if by_name else {})
            for step in steps
        ],
    }


def _must_be_filled_in(given: dict[str, Any]) -> None:
    """Raises Refused (REQUEST-001) naming the first place of the form that is wrong."""
    place = next(flaws(given), None)
    if place is not None:
        detail = Text(f"登记表的“{place}”未按要求填写", f"{place} of the form is not filled in as it should be")
        raise Refused(problems.BAD_REQUEST, detail, parameter=place)
    if has_null(given):
        raise Refused(problems.BAD_REQUEST, Text("登记表中含有空字符", "The form holds a null character"))


def _token(request: Request) -> str:
    must_be_encrypted(request)
    return request.headers.get("registration-token", "")
