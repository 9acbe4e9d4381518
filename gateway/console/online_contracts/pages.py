"""Contracts that an agency makes here: the list, a new one, the form, the check, and how far the signing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.online_contracts.words import (
    TABLE,
    line_of,
    shown_contract,
    shown_invitation,
    shown_mistakes,
    shown_sections,
)
from gateway.console.shell import framing
from gateway.console.shell.endless_lists import EndlessList
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import fields_of, own_body, visitor
from gateway.doors.reasons import required_reason
from gateway.doors.requests import bad_parameter, services_of
from gateway.online_contracts.contracts import OnlineContract
from gateway.online_contracts.filling_in import Section as Form
from gateway.online_contracts.filling_in import body_of, entered, pasted, sections
from gateway.online_contracts.signers import Invitation
from gateway.online_contracts.states import OnlineState, Purpose
from gateway.persons.person import Person
from schemas.findings import Text

BASE = TABLE.path
_ONE = f"{BASE}/{{contract_id:uuid}}"
_TITLE = Text("在线合同", "Online contracts")
_POWER = Power.REPORT
_MOST_BYTES = 512 * 1024
_ADD, _PASTE, _PASTED = "add:", "paste:", "pasted-"
_MOST_LEFT, _LONGEST_LEFT = 20, 40


def _states(request: Request) -> list[OnlineState]:
    """The state that is asked for; none for all. Raises Refused (REQUEST-001)."""
    asked = request.query_params.get("state", "")
    if asked and asked not in tuple(OnlineState):
        raise bad_parameter("state", " | ".join(OnlineState))
    return [OnlineState(asked)] if asked else []


async def _find(request: Request, person: Person, after: UUID | None, limit: int) -> Sequence[OnlineContract]:
    contracts = services_of(request).online_contracts
    return await contracts.listed(person, _states(request), after=after, limit=limit)


_LIST = EndlessList(table=TABLE, power=_POWER, find=_find, line=line_of, id_of=lambda each: each.row.id)


async def list_page(request: Request) -> Response:
    """The agency's own, those changed last first."""
    person = await visitor(request, _POWER)
    return await framed(request, person, "online_list.html", **await _LIST.shown(request, person))


async def new_page(request: Request) -> Response:
    """Which template, and what it begins from."""
    return await _new_page(request, await visitor(request, _POWER))


async def _new_page(
    request: Request, person: Person, refusal: Refused | None = None, *, form: Mapping[str, str] | None = None
) -> Response:
    language, said = chosen(request).language, form if form is not None else request.query_params
    templates = await services_of(request).online_contracts.choices(person)
    return await framed(
        request,
        person,
        "online_new.html",
        200 if refusal is None else refusal.problem.status,
        templates=[
            {"code": row.code, "title": row.title, "href": f"/templates/{row.code}/{row.version}"} for row in templates
        ],
        chosen=said.get("template", templates[0].code if templates else ""),
        earlier=said.get("earlier", ""),
        roster=said.get("roster", ""),
        wrong=explained(refusal, language),
    )


async def begin(request: Request) -> Response:
    person, body = await own_body(request, _MOST_BYTES, _POWER)
    form = fields_of(body)
    try:
        contract = await services_of(request).online_contracts.begin(
            person, form.get("template", ""), earlier=form.get("earlier") or None, roster=form.get("roster") or None
        )
    except Refused as refusal:
        return await _new_page(request, person, refusal, form=form)
    return RedirectResponse(f"{BASE}/{contract.row.id}", 303)


async def one_page(request: Request) -> Response:
    """A draft to be filled in, or how far a concluded one is."""
    person = await visitor(request, _POWER)
    contract = await services_of(request).online_contracts.shown(person, request.path_params["contract_id"])
    if contract.row.state is OnlineState.DRAFT:
        return await _form_page(request, person, contract)
    return await _status_page(request, person, contract)


async def _form_page(
    request: Request,
    person: Person,
    contract: OnlineContract,
    refusal: Refused | None = None,
    *,
    findings: Sequence[Mapping[str, Any]] | None = None,
    more: Mapping[str, int] | None = None,
    said: Mapping[str, str] | None = None,
    left: Sequence[str] = (),
) -> Response:
    """The form with what is kept, or with what was `said` where that could not be kept; `left` is what was pasted and
    has no place in it.
    """
    language, found = chosen(request).language, findings or ()
    form = await _form(request, person, contract)
    values = dict(entered(contract.body)) if said is None else _values(said)
    row = shown_contract(contract, language)
    if said is not None and refusal is not None and refusal.problem is problems.ONLINE_MOVED:
        row["revision"] = said.get("revision", "")  # it is not written over what was kept elsewhere
    return await framed(
        request,
        person,
        "online_form.html",
        200 if refusal is None else refusal.problem.status,
        row=row,
        sections=shown_sections(form, values, found, language, more=more or {"/travellers": 1}),
        pasted={name.removeprefix(_PASTED): text for name, text in (said or {}).items() if name.startswith(_PASTED)},
        left=[each[:_LONGEST_LEFT] for each in left[:_MOST_LEFT]],
        left_more=max(len(left) - _MOST_LEFT, 0),
        mistakes=shown_mistakes(found, language),
        is_checked=findings is not None,
        is_saved="saved" in request.query_params,
        wrong="" if refusal is None or refusal.members.get("findings") else explained(refusal, language),
    )


async def _form(request: Request, person: Person, contract: OnlineContract) -> Sequence[Form]:
    template = await services_of(request).online_contracts.template_of(person.tenant, contract.row)
    return sections(template.fields)


async def _status_page(
    request: Request,
    person: Person,
    contract: OnlineContract,
    refusal: Refused | None = None,
    *,
    made: Sequence[Invitation] = (),
) -> Response:
    """How far it is; the links of invitations that were just `made`, which nobody can be shown a second time."""
    services, language = services_of(request), chosen(request).language
    invitations = await services.invitations.listed(contract)
    links = {(each.purpose, each.signer): each for each in made}
    return await framed(
        request,
        person,
        "online_status.html",
        200 if refusal is None else refusal.problem.status,
        row=shown_contract(contract, language),
        record=f"/contracts/{contract.row.key}",
        invitations=[shown_invitation(each, links.get((each.purpose, each.signer)), language) for each in invitations],
        is_ending=any(each.purpose is Purpose.CANCEL for each in invitations),
        are_void=await services.invitations.are_void(contract),
        is_invited=bool(made) and all(each.is_sent for each in made),
        unsent=[each.name for each in made if not each.is_sent],
        wrong=explained(refusal, language),
    )


async def act(request: Request) -> Response:
    """Keep the form, check or conclude it; invite signers, open it again, cancel or discard it."""
    person, body = await own_body(request, _MOST_BYTES, _POWER)
    form, contract_id = fields_of(body), request.path_params["contract_id"]
    what = form.get("do", "")
    contract = await services_of(request).online_contracts.shown(person, contract_id)
    try:
        if contract.row.state is OnlineState.DRAFT and what != "discard":
            return await _filled_in(request, person, contract, form)
        return await _moved(request, person, contract_id, form)
    except Refused as refusal:
        contract = await services_of(request).online_contracts.shown(person, contract_id)
        if contract.row.state is OnlineState.DRAFT:
            found = refusal.members.get("findings")
            return await _form_page(request, person, contract, refusal, findings=found, said=form)
        return await _status_page(request, person, contract, refusal)


async def _filled_in(request: Request, person: Person, contract: OnlineContract, form: Mapping[str, str]) -> Response:
    contracts, what = services_of(request).online_contracts, form.get("do", "")
    revision = form.get("revision", "")
    if not revision.isdecimal() or len(revision) > 9:
        raise Refused(problems.BAD_REQUEST)
    values, left = _values(form), ()
    asked = await _form(request, person, contract)
    if what.startswith(_PASTE):
        more, left = _pasted(asked, values, what.removeprefix(_PASTE), form)
        values |= more
    body = body_of(values, contract.body, asked)
    contract = await contracts.save(person, contract.row.id, body, revision=int(revision))
    if left:
        return await _form_page(request, person, contract, left=left)
    if what.startswith(_ADD):
        return await _form_page(request, person, contract, more={what.removeprefix(_ADD): 1})
    if what == "check":
        verdict = await contracts.check(person, contract.row.id)
        return await _form_page(request, person, contract, findings=verdict.findings)
    if what == "conclude":
        contract = await contracts.conclude(person, contract.row.id)
        return RedirectResponse(f"{BASE}/{contract.row.id}", 303)
    return RedirectResponse(f"{BASE}/{contract.row.id}?saved", 303)


def _values(form: Mapping[str, str]) -> dict[str, str]:
    """The fields of the contract: pointers, with the numbers of rows."""
    return {name: value for name, value in form.items() if name.startswith("/")}


def _pasted(
    asked: Sequence[Form], values: Mapping[str, str], at: str, form: Mapping[str, str]
) -> tuple[dict[str, str], Sequence[str]]:
    """What was pasted, as rows behind those that are there, and what of it has no place."""
    section = next((each for each in asked if each.list_at and each.list_at == at), None)
    if section is None:
        raise Refused(problems.BAD_REQUEST)
    numbers = [name.removeprefix(f"{at}/").partition("/")[0] for name, value in values.items() if value.strip()]
    first = max((int(each) for each in numbers if each.isdecimal() and len(each) < 4), default=-1) + 1
    found = pasted(form.get(f"{_PASTED}{at}", ""), section.fields)
    rows = enumerate(found.rows, first)
    return {f"{at}/{number}/{name}": cell for number, row in rows for name, cell in row.items()}, found.left


async def _moved(request: Request, person: Person, contract_id: UUID, form: Mapping[str, str]) -> Response:
    services, what = services_of(request), form.get("do", "")
    made: Sequence[Invitation] = ()
    if what == "discard":
        await services.online_contracts.discard(person, contract_id)
        return RedirectResponse(BASE, 303)
    if what == "invite":
        made = await services.invitations.invite(person, contract_id)
    elif what == "amend":
        await services.online_contracts.amend(person, contract_id)
    elif what == "cancel":
        await services.invitations.cancel(person, contract_id, required_reason(form.get("reason")))
    elif what == "end":
        reason = required_reason(form.get("reason"))
        made = await services.invitations.invite(person, contract_id, Purpose.CANCEL, reason=reason)
    elif what == "finish":
        await services.finishing.finish(contract_id, person.tenant)
    else:
        raise Refused(problems.BAD_REQUEST)
    if made:
        contract = await services.online_contracts.shown(person, contract_id)
        return await _status_page(request, person, contract, made=made)
    return RedirectResponse(f"{BASE}/{contract_id}", 303)


async def document(request: Request) -> Response:
    """The contract as PDF: the signed one when it is signed."""
    person, services = await visitor(request, _POWER), services_of(request)
    contract = await services.online_contracts.shown(person, request.path_params["contract_id"])
    pdf = await services.finishing.document(person, contract)
    return unkept_file(pdf, "application/pdf", name=f"{contract.row.code or contract.row.key}.pdf")


MENU = (Entry(4, BASE, _TITLE, Section.REPORT, _POWER),)

router = APIRouter(include_in_schema=False)
_LIST.add_files(router)
framing.add(router, BASE, list_page)
framing.add(router, f"{BASE}/new", new_page)
framing.add(router, f"{BASE}/new", begin, "POST")
framing.add(router, _ONE, one_page)
framing.add(router, _ONE, act, "POST")
framing.add(router, f"{_ONE}/contract.pdf", document)
