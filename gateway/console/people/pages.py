"""Offices and the accounts of their people: who is there, who may be appointed, the list of administrators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.divisions import below
from gateway.access.powers import Power
from gateway.base.problems import Refused
from gateway.console.people.words import (
    ADMINISTRATORS,
    administrator_rows,
    duty_choices,
    office_line,
    power_matrix,
    shown_person,
)
from gateway.console.shell import framing
from gateway.console.shell.explaining import explained
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import Row, shown_table
from gateway.console.shell.visitors import LONGEST_FORM, every_field_of, fields_of, own_body, own_form, visitor
from gateway.console.signing_in.words import shown_sessions
from gateway.doors.person_requests import chosen_duties, office_asked, state_asked
from gateway.doors.requests import own_address, services_of
from gateway.persons.appointing import kind_of
from gateway.persons.duties import ADMINISTRATOR, Duty, OfficeKind
from gateway.persons.person import Person
from gateway.persons.persons import Invitation
from gateway.persons.rows import Contact
from gateway.persons.states import PersonState
from gateway.wording.dates import moment
from schemas.findings import Text

_ALL = 10_000
_LIST, _ONE = "/accounts", "/accounts/{login:str}"


async def list_page(request: Request) -> Response:
    """One's own office with its people; below it the offices whose administrators one appoints."""
    person = await visitor(request, Power.MANAGE_ACCOUNTS)
    services, language = services_of(request), chosen(request).language
    own = await services.persons.listed(person.scope, office=person.tenant, with_closed=True)
    offices, agencies = [], []
    if person.kind is OfficeKind.BUREAU:
        administrators = await services.persons.listed(person.scope, duty=Duty.SYSTEM_ADMINISTRATOR)
        settings = services.settings.persons.administrators
        offices = [
            office_line(division, administrators, settings, language) for division in below(person.tenant.division)
        ]
        agencies = await services.persons.listed(person.scope, duty=Duty.AGENCY_ADMINISTRATOR)
    return await framed(
        request,
        person,
        "accounts.html",
        office=person.tenant.title,
        kind=person.kind,
        rows=[shown_person(each, language) for each in own],
        offices=offices,
        agencies=[shown_person(each, language) for each in agencies],
    )


async def new_page(request: Request) -> Response:
    """The form for a new account, in one's own office or in one whose administrator one appoints."""
    person = await visitor(request, Power.MANAGE_ACCOUNTS)
    return await _new_page(request, person, {"office": request.query_params.get("office", "")})


async def _new_page(
    request: Request,
    person: Person,
    given: dict[str, str],
    duties: Sequence[str] = (),
    *,
    refusal: Refused | None = None,
) -> Response:
    services, language = services_of(request), chosen(request).language
    office = person.tenant
    if given.get("office"):
        try:
            office = await office_asked(services, person, given["office"])
        except Refused as unknown:
            refusal = refusal or unknown
    only = None if office.id == person.tenant.id else ADMINISTRATOR[kind_of(office)]
    return await framed(
        request,
        person,
        "account_new.html",
        200 if refusal is None else refusal.problem.status,
        office=office,
        given=given,
        choices=duty_choices(kind_of(office), duties or ([only.value] if only else []), language, only=only),
        wrong=explained(refusal, language),
        field="" if refusal is None else refusal.members.get("field", ""),
    )


async def invite(request: Request) -> Response:
    """The account that was made, and what its person sets a password with: shown once."""
    person, body = await own_body(request, LONGEST_FORM, Power.MANAGE_ACCOUNTS)
    form, duties, services = fields_of(body), every_field_of(body, "duty"), services_of(request)
    try:
        office = await office_asked(services, person, form.get("office", ""))
        invitation = await services.persons.invite(
            person, office, form.get("login", "").strip(), contact=Contact.of(form), duties=chosen_duties(duties)
        )
    except Refused as refusal:
        return await _new_page(request, person, form, duties, refusal=refusal)
    return await _invited(request, person, invitation, office.title, is_reset=False)


async def _invited(
    request: Request, person: Person, invitation: Invitation, office: str, *, is_reset: bool
) -> Response:
    link = f"{own_address(request)}/activate/{invitation.code}"
    until = moment(invitation.ends_at, chosen(request).language)
    shown = {"invitation": invitation, "until": until, "link": link, "office": office, "is_reset": is_reset}
    return await framed(request, person, "account_code.html", **shown)


async def one_page(request: Request) -> Response:
    """An account: who it is, its duties, what may be done with it."""
    return await _one_page(request, await visitor(request, Power.MANAGE_ACCOUNTS))


async def _one_page(request: Request, person: Person, refusal: Refused | None = None) -> Response:
    language = chosen(request).language
    shown = await services_of(request).persons.shown(person, request.path_params["login"])
    is_own_office = shown.row.tenant_id == person.tenant.id
    return await framed(
        request,
        person,
        "account.html",
        200 if refusal is None else refusal.problem.status,
        row=shown_person(shown, language, is_whole=True),
        choices=duty_choices(shown.row.kind, shown.row.duties, language),
        matrix=power_matrix(shown.row.kind, shown.row.duties, language),
        sessions=shown_sessions(await services_of(request).sessions.listed(shown.row.id), person.session, language),
        is_self=shown.row.id == person.id,
        may_change_duties=is_own_office and shown.row.id != person.id,
        may_receive=is_own_office
        and shown.row.state is PersonState.ACTIVE
        and shown.row.id != person.id
        and ADMINISTRATOR[person.kind] not in shown.row.held
        and ADMINISTRATOR[person.kind] in person.duties,
        wrong=explained(refusal, language),
    )


async def change_facts(request: Request) -> Response:
    person, form = await own_form(request, Power.MANAGE_ACCOUNTS)
    persons, login = services_of(request).persons, request.path_params["login"]
    return await _done(request, person, persons.set_contact(person, login, Contact.of(form)))


async def change_duties(request: Request) -> Response:
    person, body = await own_body(request, LONGEST_FORM, Power.MANAGE_ACCOUNTS)
    persons, login = services_of(request).persons, request.path_params["login"]
    try:
        duties = chosen_duties(every_field_of(body, "duty"))
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    return await _done(request, person, persons.set_duties(person, login, duties))


async def change_state(request: Request) -> Response:
    """Suspend, resume, close: with a reason."""
    person, form = await own_form(request, Power.MANAGE_ACCOUNTS)
    persons, login = services_of(request).persons, request.path_params["login"]
    try:
        state, reason = state_asked(form.get("state"), form.get("reason"))
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    return await _done(request, person, persons.move(person, login, state, reason))


async def reset(request: Request) -> Response:
    person, _ = await own_form(request, Power.MANAGE_ACCOUNTS)
    persons, login = services_of(request).persons, request.path_params["login"]
    try:
        invitation = await persons.reset(person, login)
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    shown = await persons.shown(person, login)
    return await _invited(request, person, invitation, shown.row.office_title, is_reset=True)


async def sign_out(request: Request) -> Response:
    """End all sessions of somebody else."""
    person, _ = await own_form(request, Power.MANAGE_ACCOUNTS)
    return await _done(request, person, services_of(request).persons.sign_out(person, request.path_params["login"]))


async def hand_over(request: Request) -> Response:
    """The administration of the office goes to a colleague; whoever had it is led to what is left to do."""
    person, _ = await own_form(request, Power.MANAGE_ACCOUNTS)
    try:
        await services_of(request).persons.hand_over(person, request.path_params["login"])
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    return RedirectResponse("/me", 303)


async def _done(request: Request, person: Person, doing: Any) -> Response:
    try:
        await doing
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    return RedirectResponse(f"{_LIST}/{request.path_params['login']}", 303)


async def administrators_page(request: Request) -> Response:
    """The list of administrators in sight, 附件一 of the notice."""
    person, language = await visitor(request, Power.MANAGE_ACCOUNTS), chosen(request).language
    rows = administrator_rows(await services_of(request).persons.administrators(person.scope), language)
    shown = shown_table(request, language, ADMINISTRATORS, rows, count=len(rows), most=_ALL, size=_ALL)
    return await framed(request, person, "administrators.html", table=shown)


async def administrators_workbook(request: Request) -> Response:
    return await _exported(request, "xlsx")


async def administrators_csv(request: Request) -> Response:
    return await _exported(request, "csv")


async def _exported(request: Request, extension: str) -> Response:
    person, language = await visitor(request, Power.MANAGE_ACCOUNTS), chosen(request).language
    rows = administrator_rows(await services_of(request).persons.administrators(person.scope), language)

    async def part(limit: int, offset: int) -> list[Row]:
        return rows[offset : offset + limit]

    return await file_of(request, person, ADMINISTRATORS, part, extension=extension)


MENU = (
    Entry(120, _LIST, Text("机构与账号", "Offices and accounts"), Section.ADMINISTRATION, Power.MANAGE_ACCOUNTS),
    Entry(
        122, "/administrators", Text("系统管理员名单", "Administrators"), Section.ADMINISTRATION, Power.MANAGE_ACCOUNTS
    ),
)

router = APIRouter(include_in_schema=False)
framing.add(router, _LIST, list_page)
framing.add(router, f"{_LIST}/new", new_page)
framing.add(router, f"{_LIST}/new", invite, "POST")
framing.add(router, _ONE, one_page)
framing.add(router, f"{_ONE}/facts", change_facts, "POST")
framing.add(router, f"{_ONE}/duties", change_duties, "POST")
framing.add(router, f"{_ONE}/state", change_state, "POST")
framing.add(router, f"{_ONE}/reset", reset, "POST")
framing.add(router, f"{_ONE}/sign-out", sign_out, "POST")
framing.add(router, f"{_ONE}/hand-over", hand_over, "POST")
framing.add(router, "/administrators", administrators_page)
framing.add(router, "/administrators.xlsx", administrators_workbook)
framing.add(router, "/administrators.csv", administrators_csv)
