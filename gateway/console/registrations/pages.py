"""Registrations of systems as pages: the form and its progress for applicants, the queue for the technical team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.registrations.words import (
    TABLE,
    entered,
    form_of,
    line_of,
    mistakes,
    shown_form,
    shown_registration,
    table_of,
)
from gateway.console.shell import framing, visitors
from gateway.console.shell.endless_lists import EndlessList
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.rendering import page
from gateway.console.shell.visitors import fields_of, must_be_own, own_form, visitor
from gateway.doors.registration_form import decision, flaws, has_null
from gateway.doors.requests import (
    bad_parameter,
    bounded_body,
    must_be_encrypted,
    network_of,
    own_address,
    services_of,
)
from gateway.onboarding.registrations import HAS_CREDENTIALS, Contact, System
from gateway.onboarding.rows import RegistrationRow
from gateway.onboarding.states import RegistrationState
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

_LONGEST_FORM = 20_000
_UNKNOWN = Text(
    "没有这样的登记，或口令不符，请核对登记编号与查询口令",
    "There is no such registration, or its token is another: look at both again",
)


async def form_page(request: Request) -> Response:
    """The form, empty."""
    return page(request, "register.html", **shown_form({}, [], chosen(request).language))


async def register(request: Request) -> Response:
    """What was filled in: entered, or shown again with what is wrong beside each field."""
    must_be_own(request)
    must_be_encrypted(request)
    body = await bounded_body(request, _LONGEST_FORM)
    given = entered(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True))
    form, language = form_of(given), chosen(request).language
    wrong = list(dict.fromkeys(flaws(form)))
    if has_null(form):
        raise Refused(problems.BAD_REQUEST)
    if wrong:
        return page(request, "register.html", 400, **shown_form(given, mistakes(wrong, language), language))
    system, contact = System(**form["system"]), Contact(**form["contact"])
    number, token = await services_of(request).registrations.apply(system, contact, network_of(request))
    return page(request, "registered.html", 201, number=str(number), token=token)


async def ask_progress(request: Request) -> Response:
    return page(request, "progress.html", number="", refusal=None, row=None)


async def progress(request: Request) -> Response:
    """How far a registration is, for who has its token."""
    number, token = await _token(request)
    return await _progress(request, number, token)


async def credential(request: Request) -> Response:
    """A new credential, shown once."""
    number, token = await _token(request)
    try:
        name, issued = await services_of(request).registrations.credential(_uuid(number), token)
    except Refused as refusal:
        return await _progress(request, number, token, refusal)
    given = {"name": name, "id": issued.id, "secret": issued.secret, "base": own_address(request)}
    return await _progress(request, number, token, given=given)


async def _progress(
    request: Request,
    number: str,
    token: str,
    refusal: Refused | None = None,
    *,
    given: dict[str, str] | None = None,
) -> Response:
    registrations, language = services_of(request).registrations, chosen(request).language
    try:
        row, steps = await registrations.own(_uuid(number), token)
    except Refused:
        return page(request, "progress.html", 404, number=number, refusal=word(_UNKNOWN, language), row=None)
    seen = await registrations.conformance(row)
    shown = shown_registration(row, steps, seen, language)
    return page(
        request,
        "progress.html",
        200 if refusal is None else refusal.problem.status,
        number=number,
        token=token,
        refusal=refusal and _told(refusal, language),
        row=shown,
        may_fetch=row.state in HAS_CREDENTIALS,
        given=given,
        results=await registrations.results(row, seen),
    )


async def _token(request: Request) -> tuple[str, str]:
    must_be_own(request)
    must_be_encrypted(request)
    form = fields_of(await bounded_body(request, visitors.LONGEST_FORM))
    return form.get("number", "").strip(), form.get("token", "").strip()


def _uuid(number: str) -> UUID:
    """Raises Refused (REQUEST-003), as for a number that nobody has."""
    try:
        return UUID(number)
    except ValueError:
        raise Refused(problems.NOT_FOUND) from None


async def _find(request: Request, _: Person, after: UUID | None, limit: int) -> Sequence[RegistrationRow]:
    state = request.query_params.get("state") or None
    if state is not None and state not in tuple(RegistrationState):
        raise bad_parameter("state", " | ".join(RegistrationState))
    wanted = None if state is None else RegistrationState(state)
    return await services_of(request).registrations.listed(wanted, after=after, limit=limit)


_LIST = EndlessList(table=TABLE, power=Power.MANAGE_PARTNERS, find=_find, line=line_of, id_of=lambda row: row.id)


async def queue_page(request: Request) -> Response:
    """The technical team's queue."""
    person = await visitor(request, Power.MANAGE_PARTNERS)
    counted = table_of(await services_of(request).registrations.counted())
    shown = await replace(_LIST, table=counted).shown(request, person)
    return await framed(request, person, "registrations.html", **shown)


async def one_page(request: Request) -> Response:
    """A registration with whom to call, and what may be decided."""
    principal = await visitor(request, Power.MANAGE_PARTNERS)
    return await _one(request, principal)


async def _one(request: Request, principal: Person, refusal: Refused | None = None, *, reason: str = "") -> Response:
    registrations, language = services_of(request).registrations, chosen(request).language
    row, steps = await registrations.shown(request.path_params["registration_id"])
    shown = shown_registration(row, steps, await registrations.conformance(row), language)
    return await framed(
        request,
        principal,
        "registration.html",
        200 if refusal is None else refusal.problem.status,
        row=shown,
        contact=registrations.contact_of(row),
        refusal=refusal and _told(refusal, language),
        reason=reason,
    )


async def decide(request: Request) -> Response:
    """A decision with its reason; what cannot be done is told on the same page, with what was written."""
    principal, form = await own_form(request, Power.MANAGE_PARTNERS)
    number, reason = request.path_params["registration_id"], form.get("reason", "")
    try:
        state, why, partner = decision(form.get("state"), reason, form.get("partner", "").strip() or None)
        await services_of(request).registrations.decide(principal, number, state, why, partner=partner)
    except Refused as refusal:
        return await _one(request, principal, refusal, reason=reason)
    return RedirectResponse(f"/registrations/{number}", 303)


def _told(refusal: Refused, language: str) -> str:
    missing: Any = refusal.members.get("missing", ())
    detail = word(refusal.detail or refusal.problem.title, language)
    return f"{detail} ({', '.join(missing)})" if missing else detail


_TITLE = Text("系统登记", "Registrations")
MENU = (
    Entry(
        90,
        "/registrations",
        Text("系统登记", "Registrations"),
        Section.EXCHANGE,
        Power.MANAGE_PARTNERS,
        "registrations",
    ),
)

router = APIRouter(include_in_schema=False)
_LIST.add_files(router)
_ONE = "/registrations/{registration_id:uuid}"
visitors.add(router, "/register", form_page)
visitors.add(router, "/register", register, "POST")
visitors.add(router, "/register/progress", ask_progress)
visitors.add(router, "/register/progress", progress, "POST")
visitors.add(router, "/register/credential", credential, "POST")
framing.add(router, "/registrations", queue_page)
framing.add(router, _ONE, one_page)
framing.add(router, f"{_ONE}/state", decide, "POST")
