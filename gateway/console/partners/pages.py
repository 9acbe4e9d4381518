"""Partners and their credentials: a list and one for the technical team, an agency's own keys; rotated and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.tiers import Tier
from gateway.access.partner_list import MOST_COUNTED, CredentialsState, SoughtPartners
from gateway.access.powers import Power
from gateway.access.rows import PartnerRow, Role
from gateway.base import problems
from gateway.base.clock import CHINA, Clock
from gateway.base.problems import Refused
from gateway.console.partners.words import BASE, TABLE, lines, shown_credentials, shown_partner
from gateway.console.shell import framing
from gateway.console.shell.explaining import explained
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE, Row, offset_of, shown_table
from gateway.console.shell.visitors import Endpoint, own_form, visitor
from gateway.doors.requests import bad_parameter, day_of, services_of
from gateway.onboarding.rotations import OVERLAP_DAYS
from gateway.persons.person import Person
from gateway.wording.dates import moment
from schemas.findings import Text

_READ = Power.MANAGE_PARTNERS
_OWN = "/keys"
_ONE = f"{BASE}/{{name:str}}"
_CREDENTIAL = "/{credential_id:str}"


async def list_page(request: Request) -> Response:
    """The partners in sight, by title."""
    person, language, sought = await visitor(request, _READ), chosen(request).language, _sought(request)
    partners, tiers = services_of(request).partners, await _tiers(request)
    found = await partners.listed(person.scope, sought, A_PAGE, offset_of(request, MOST_COUNTED))
    count = await partners.count(person.scope, sought)
    rows = lines(found, tiers, Clock.now(), language)
    table = shown_table(request, language, TABLE, rows, count=count, most=MOST_COUNTED)
    return await framed(request, person, "partners.html", table=table)


def _sought(request: Request) -> SoughtPartners:
    state = request.query_params.get("state") or None
    if state is not None and state not in tuple(CredentialsState):
        raise bad_parameter("state", " | ".join(CredentialsState))
    text = request.query_params.get("q", "").strip().replace("\0", "")
    return SoughtPartners(text=text, state=None if state is None else CredentialsState(state))


async def _tiers(request: Request) -> dict[str, Tier]:
    """The tier of every connector in service."""
    return {each.connector.id: each.standing.tier for each in await services_of(request).standings.listed()}


def _file(extension: str) -> Endpoint:
    async def file(request: Request) -> Response:
        person, language, sought = await visitor(request, _READ), chosen(request).language, _sought(request)
        partners, tiers = services_of(request).partners, await _tiers(request)

        async def rows(limit: int, offset: int) -> Sequence[Row]:
            return lines(await partners.listed(person.scope, sought, limit, offset), tiers, Clock.now(), language)

        return await file_of(request, person, TABLE, rows, extension=extension)

    return file


async def one_page(request: Request) -> Response:
    """A partner: its credentials, and the agencies that it speaks for."""
    person = await visitor(request, _READ)
    return await _one_page(request, person)


async def _one_page(request: Request, person: Person, refusal: Refused | None = None) -> Response:
    row, services, language = await _partner(request, person), services_of(request), chosen(request).language
    tenant = await services.accounts.tenant(row.id)
    return await framed(
        request,
        person,
        "partner.html",
        200 if refusal is None else refusal.problem.status,
        partner=shown_partner(row, await _tiers(request), language),
        rows=shown_credentials(await services.accounts.listed(person.scope, tenant), Clock.now(), language),
        agencies=[agency.title or agency.uscc for agency in await services.accounts.represented_by(tenant)],
        connectors=sorted(services.connectors),
        base=f"{BASE}/{row.name}",
        days=OVERLAP_DAYS,
        wrong=explained(refusal, language),
    )


async def _partner(request: Request, person: Person) -> PartnerRow:
    """The partner of the address. Raises Refused (REQUEST-003)."""
    name = request.path_params["name"].replace("\0", "")
    row = await services_of(request).partners.named(person.scope, name)
    if row is None:
        raise Refused(problems.NOT_FOUND)
    return row


async def issue(request: Request) -> Response:
    """One more credential for a partner, shown once."""
    person, form = await own_form(request, _READ)
    row, services = await _partner(request, person), services_of(request)
    connector = form.get("connector") or None
    try:
        if connector is not None and connector not in services.connectors:
            raise bad_parameter("connector", " | ".join(sorted(services.connectors)))
        expires_at = _end_of(form.get("expires_on", ""))
        tenant = await services.accounts.tenant(row.id)
        issued = await services.accounts.issue(tenant, Role.PARTNER, connector, expires_at=expires_at, actor=person)
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    return await framed(
        request, person, "credential.html", issued=issued, partner=row.title, base=f"{BASE}/{row.name}", before=None
    )


def _end_of(given: str) -> datetime | None:
    """The end of a day to come, in China. Raises Refused (REQUEST-001)."""
    day = day_of(given, "expires_on")
    if day is not None and day < Clock.china_today():
        raise bad_parameter("expires_on", "YYYY-MM-DD")
    return None if day is None else datetime.combine(day, time(23, 59, 59), CHINA)


async def keys_page(request: Request) -> Response:
    """The keys of an agency's own system."""
    return await _keys_page(request, await visitor(request, Power.MANAGE_AGENCY))


async def _keys_page(request: Request, person: Person, refusal: Refused | None = None) -> Response:
    services, language = services_of(request), chosen(request).language
    rows = await services.accounts.listed(person.scope, person.tenant)
    return await framed(
        request,
        person,
        "keys.html",
        200 if refusal is None else refusal.problem.status,
        rows=shown_credentials(rows, Clock.now(), language),
        base=_OWN,
        days=OVERLAP_DAYS,
        wrong=explained(refusal, language),
    )


def _rotate(power: Power) -> Endpoint:
    async def rotate(request: Request) -> Response:
        """A key in the place of another, shown once."""
        person, _ = await own_form(request, power)
        base, language = _base(request), chosen(request).language
        try:
            done = await services_of(request).rotations.rotate(person, request.path_params["credential_id"])
        except Refused as refusal:
            return await _again(request, person, refusal)
        before = {"id": done.replaced.id, "until": moment(done.until, language)}
        return await framed(
            request, person, "credential.html", issued=done.credential, partner=done.replaced.partner, base=base,
            before=before,
        )  # fmt: skip

    return rotate


def _revoke(power: Power) -> Endpoint:
    async def revoke(request: Request) -> Response:
        person, _ = await own_form(request, power)
        try:
            await services_of(request).rotations.revoke(person, request.path_params["credential_id"])
        except Refused as refusal:
            return await _again(request, person, refusal)
        return RedirectResponse(_base(request), 303)

    return revoke


def _base(request: Request) -> str:
    return f"{BASE}/{request.path_params['name']}" if "name" in request.path_params else _OWN


async def _again(request: Request, person: Person, refusal: Refused) -> Response:
    if "name" in request.path_params:
        return await _one_page(request, person, refusal)
    return await _keys_page(request, person, refusal)


MENU = (
    Entry(85, BASE, Text("对接方与凭证", "Partners"), Section.EXCHANGE, _READ),
    Entry(114, _OWN, Text("接口密钥", "API keys"), Section.ADMINISTRATION, Power.MANAGE_AGENCY),
)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
for _extension in TABLE.file_formats:
    framing.add(router, f"{BASE}.{_extension}", _file(_extension))
framing.add(router, _ONE, one_page)
framing.add(router, f"{_ONE}/credentials", issue, "POST")
framing.add(router, _OWN, keys_page)
for _place, _power in ((_ONE, _READ), (_OWN, Power.MANAGE_AGENCY)):
    framing.add(router, f"{_place}{_CREDENTIAL}/rotate", _rotate(_power), "POST")
    framing.add(router, f"{_place}{_CREDENTIAL}/revoke", _revoke(_power), "POST")
