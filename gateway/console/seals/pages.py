"""Electronic seals as pages: those in sight, an application, a decision, the uses of one; the sealed roster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.seals.words import TABLE, line_of, shown_checked, shown_seal, shown_uses
from gateway.console.shell import framing
from gateway.console.shell.endless_lists import EndlessList
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import own_body, own_form, visitor
from gateway.doors.lookup import record_by_key
from gateway.doors.reasons import reason_of, required_reason
from gateway.doors.requests import Asked, bad_parameter, services_of
from gateway.doors.sent_forms import sent_form
from gateway.persons.person import Person
from gateway.seals.rows import SealRow
from gateway.seals.seals import Seals, Wanted
from gateway.seals.states import SealState
from schemas.findings import Text

BASE = "/seals"
_ONE = f"{BASE}/{{seal_id:uuid}}"
_CHECK_PATH, _CHECK = "/seal-check", Power.READ_ROSTERS
_LAST_USES = 20
Decision = Callable[[Seals, Person, UUID, str], Awaitable[object]]


async def _find(request: Request, person: Person, after: UUID | None, limit: int) -> Sequence[SealRow]:
    state = request.query_params.get("state") or None
    if state is not None and state not in tuple(SealState):
        raise bad_parameter("state", " | ".join(SealState))
    wanted = Wanted(state=None if state is None else SealState(state), after=after)
    return await services_of(request).seals.listed(person.scope, wanted, limit)


_LIST = EndlessList(table=TABLE, power=Power.APPLY_SEALS, find=_find, line=line_of, id_of=lambda row: row.id)


async def list_page(request: Request) -> Response:
    """The seals in sight, those that wait for a decision marked."""
    person = await visitor(request, Power.APPLY_SEALS)
    return await _list_page(request, person)


async def _list_page(request: Request, person: Person, refusal: Refused | None = None) -> Response:
    return await framed(
        request,
        person,
        "seals.html",
        200 if refusal is None else refusal.problem.status,
        own=person.tenant.title,
        wrong=explained(refusal, chosen(request).language),
        **await _LIST.shown(request, person),
    )


async def apply(request: Request) -> Response:
    """An application for the seal of one's own office."""
    person, _ = await own_form(request, Power.APPLY_SEALS)
    try:
        seal = await services_of(request).seals.apply(person, person.tenant)
    except Refused as refusal:
        return await _list_page(request, person, refusal)
    return RedirectResponse(f"{BASE}/{seal.id}", 303)


async def one_page(request: Request) -> Response:
    """A seal: its picture, whose it is, until when, what it was used for, and what may be decided."""
    return await _one_page(request, await visitor(request, Power.APPLY_SEALS))


async def _one_page(request: Request, person: Person, refusal: Refused | None = None, *, reason: str = "") -> Response:
    seals, seal_id, language = services_of(request).seals, request.path_params["seal_id"], chosen(request).language
    seal = await seals.shown(person.scope, seal_id)
    uses = await seals.uses(person.scope, seal_id, limit=_LAST_USES)
    return await framed(
        request,
        person,
        "seal.html",
        200 if refusal is None else refusal.problem.status,
        row=shown_seal(seal, language, may_decide=person.may(Power.MANAGE_SEALS)),
        uses=shown_uses(uses, language),
        wrong=explained(refusal, language),
        reason=reason,
    )


async def picture(request: Request) -> Response:
    person = await visitor(request, Power.APPLY_SEALS)
    seal = await services_of(request).seals.shown(person.scope, request.path_params["seal_id"])
    if seal.picture is None:
        raise Refused(problems.NOT_FOUND)
    return unkept_file(seal.picture, "image/svg+xml")


async def _approve(seals: Seals, person: Person, seal_id: UUID, reason: str) -> object:
    return await seals.approve(person, seal_id, reason=reason_of(reason or None))


async def _reject(seals: Seals, person: Person, seal_id: UUID, reason: str) -> object:
    return await seals.reject(person, seal_id, required_reason(reason))


async def _revoke(seals: Seals, person: Person, seal_id: UUID, reason: str) -> object:
    return await seals.revoke(person, seal_id, required_reason(reason))


async def _renew(seals: Seals, person: Person, seal_id: UUID, reason: str) -> object:
    return await seals.renew(person, seal_id)


_DECISIONS: dict[str, Decision] = {"approve": _approve, "reject": _reject, "revoke": _revoke, "renew": _renew}


async def decide(request: Request) -> Response:
    """Issue, reject, revoke or renew; what cannot be done is told on the same page, with what was written."""
    person, form = await own_form(request, Power.APPLY_SEALS)
    seal_id, reason = request.path_params["seal_id"], form.get("reason", "")
    decision = _DECISIONS.get(form.get("decision", ""))
    if decision is None:
        raise Refused(problems.BAD_REQUEST)
    try:
        await decision(services_of(request).seals, person, seal_id, reason)
    except Refused as refusal:
        return await _one_page(request, person, refusal, reason=reason)
    return RedirectResponse(f"{BASE}/{seal_id}", 303)


async def sealed_roster(request: Request) -> Response:
    """The printed roster in its copies, for the agency whose it is."""
    person = await visitor(request, Power.REPORT)
    services = services_of(request)
    record = await record_by_key(Asked(services, person), "roster", request.path_params["key"].replace("\0", ""), None)
    printed = await services.sealed_rosters.printed(person, record)
    return unkept_file(printed.pdf, "application/pdf", name=f"{printed.code}.pdf")


async def check_page(request: Request) -> Response:
    """Where a signed PDF is checked."""
    person = await visitor(request, _CHECK)
    return await framed(request, person, "seal_check.html", checked=None, name="", wrong="")


async def check(request: Request) -> Response:
    """The verdict on a PDF, signature by signature. Nothing of it is kept."""
    services, language = services_of(request), chosen(request).language
    person, body = await own_body(request, services.settings.http.max_document_bytes, _CHECK)
    file = sent_form(request.headers.get("content-type", ""), body).files.get("pdf")
    refusal, shown = None, None
    try:
        checked = await services.seal_checks.check(file.content if file else b"", sender=person.tenant.id)
        shown = shown_checked(checked, language)
    except Refused as refused:
        refusal = refused
    return await framed(
        request,
        person,
        "seal_check.html",
        200 if refusal is None else refusal.problem.status,
        checked=shown,
        name=file.name if file else "",
        wrong=explained(refusal, language),
    )


MENU = (
    Entry(112, _CHECK_PATH, Text("印章核验", "Check a sealed PDF"), Section.RECORDS, _CHECK),
    Entry(110, BASE, Text("电子印章", "Seals"), Section.ADMINISTRATION, Power.APPLY_SEALS),
)

router = APIRouter(include_in_schema=False)
_LIST.add_files(router)
framing.add(router, BASE, list_page)
framing.add(router, BASE, apply, "POST")
framing.add(router, _ONE, one_page)
framing.add(router, _ONE, decide, "POST")
framing.add(router, f"{_ONE}/picture.svg", picture)
framing.add(router, _CHECK_PATH, check_page)
framing.add(router, _CHECK_PATH, check, "POST")
framing.add(router, "/sealed-rosters/{key:path}", sealed_roster)
