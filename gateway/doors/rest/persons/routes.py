"""People with accounts, over REST."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.person_requests import chosen_duties, office_asked, state_asked
from gateway.doors.requests import DirectRoute, Json, bad_parameter, empowered, json_object, own_address
from gateway.doors.rest.persons import words
from gateway.persons.duties import Duty
from gateway.persons.persons import Invitation, Shown
from gateway.persons.rows import Contact

router = APIRouter(route_class=DirectRoute, tags=["persons"])

_FACTS = ("name", "phone", "position", "email")
_ONE = "/v1/persons/{login}"


@router.get("/v1/persons", **words.listed())
async def list_persons(request: Request) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS)
    duty, asked = request.query_params.get("duty"), request.query_params.get("office")
    if duty not in (None, *Duty):
        raise bad_parameter("duty", " | ".join(Duty))
    office = None if asked is None else await office_asked(call.services, call.principal, asked)
    found = await call.services.persons.listed(
        call.principal.scope, office=office, duty=None if duty is None else Duty(duty), with_closed=True
    )
    return Json({"persons": [_document(each) for each in found]})


@router.get("/v1/administrators", **words.administrators())
async def list_administrators(request: Request) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS)
    found = await call.services.persons.administrators(call.principal.scope)
    return Json({"administrators": [_document(each) for each in found]})


@router.post("/v1/persons", **words.invited())
async def invite(request: Request) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS, with_body=True)
    given = json_object(call.body, "office", "login", "duties", *_FACTS)
    office = await office_asked(call.services, call.principal, _text(given, "office"))
    facts = Contact.of({name: _text(given, name) for name in _FACTS})
    invitation = await call.services.persons.invite(
        call.principal, office, _text(given, "login"), contact=facts, duties=chosen_duties(_list(given))
    )
    return Json(_code(request, invitation), 201)


@router.get(_ONE, **words.shown())
async def show(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS)
    return Json(_document(await call.services.persons.shown(call.principal, _login(login))))


@router.post(f"{_ONE}/duties", **words.duties())
async def set_duties(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS, with_body=True)
    duties = chosen_duties(_list(json_object(call.body, "duties")))
    await call.services.persons.set_duties(call.principal, _login(login), duties)
    return Json({"login": login, "duties": sorted(duties)})


@router.post(f"{_ONE}/facts", **words.facts())
async def set_facts(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS, with_body=True)
    given = json_object(call.body, *_FACTS)
    facts = Contact.of({name: _text(given, name) for name in _FACTS})
    await call.services.persons.set_contact(call.principal, _login(login), facts)
    return Json({"login": login})


@router.post(f"{_ONE}/state", **words.state())
async def set_state(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS, with_body=True)
    given = json_object(call.body, "state", "reason")
    state, reason = state_asked(_text(given, "state"), _text(given, "reason"))
    await call.services.persons.move(call.principal, _login(login), state, reason)
    return Json({"login": login, "state": state})


@router.get(f"{_ONE}/sessions", **words.sessions())
async def list_sessions(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS)
    shown = await call.services.persons.shown(call.principal, _login(login))
    found = await call.services.sessions.listed(shown.row.id)
    return Json(
        {
            "sessions": [
                {"agent": row.agent, "network": row.network, "begun_at": row.begun_at, "seen_at": row.seen_at}
                for row in found
            ]
        }
    )


@router.post(f"{_ONE}/sign-out", **words.signed_out())
async def sign_out(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS, with_body=True)
    if call.body:
        json_object(call.body)
    return Json({"login": login, "sessions": await call.services.persons.sign_out(call.principal, _login(login))})


@router.post(f"{_ONE}/reset", **words.reset())
async def reset(request: Request, login: str) -> Response:
    call = await empowered(request, Power.MANAGE_ACCOUNTS, with_body=True)
    if call.body:
        json_object(call.body)
    return Json(_code(request, await call.services.persons.reset(call.principal, _login(login))), 201)


def _document(shown: Shown) -> dict[str, Any]:
    row, contact = shown.row, shown.contact
    return {
        "login": row.login,
        "state": row.state,
        "duties": sorted(row.duties),
        "name": contact.name,
        "phone": contact.phone,
        "position": contact.position,
        "email": contact.email,
        "office": {"name": row.office, "title": row.office_title, "division": row.division, "uscc": row.uscc},
        "created_at": row.created_at,
        "created_by": row.created_by,
        "signed_in_at": row.signed_in_at,
    }


def _code(request: Request, invitation: Invitation) -> dict[str, Any]:
    link = f"{own_address(request)}/activate/{invitation.code}"
    return {"login": invitation.login, "code": invitation.code, "link": link, "ends_at": invitation.ends_at}


def _login(given: str) -> str:
    """Raises Refused (REQUEST-003) for what nobody can be called."""
    if "\0" in given:
        raise Refused(problems.NOT_FOUND)
    return given


def _text(given: dict[str, Any], name: str) -> str:
    """A member that is a text; one that is missing is empty. Raises Refused (REQUEST-001)."""
    value = given.get(name)
    if not isinstance(value, str | None) or "\0" in (value or ""):
        raise bad_parameter(name, "text")
    return value or ""


def _list(given: dict[str, Any]) -> list[Any]:
    value = given.get("duties")
    if not isinstance(value, list):
        raise bad_parameter("duties", " | ".join(Duty))
    return value
