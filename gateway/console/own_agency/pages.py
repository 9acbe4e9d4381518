"""An agency's own desk as pages: its facts and dossier, forms made from the schema, applicants, the pledge's PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.envelope import Channel, Envelope
from gateway.access.powers import Power
from gateway.authority.self_reports import SELF_REPORTED
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.own_agency.schema_forms import (
    KINDS,
    answers,
    body_of,
    given_of,
    missing,
    mistakes,
    place_id,
    shown_form,
)
from gateway.console.own_agency.words import BASE, CHANGED, NO_FILE, TITLES, shown_missing
from gateway.console.qualifications.dossier_words import shown_dossier
from gateway.console.qualifications.records import LONGEST_FORM, mark_of
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import Check, FormStep, check_answers, must_be_taken
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.record_words import division_words, shown_state, tone_of
from gateway.console.shell.visitors import fields_of, own_body, own_form, visitor
from gateway.doors.lookup import seen_body
from gateway.doors.reasons import LONGEST_REASON, reason_of
from gateway.doors.requests import Asked, services_of, uuid_parameter
from gateway.doors.sent_forms import sent_form
from gateway.intake.envelopes import arriving
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import GUIDES, GuideState, PledgeState
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas import catalog
from schemas.findings import Text
from schemas.masking import masked

_MANAGE = Power.MANAGE_AGENCY
_AROUND = 16_384
"""Of a form with a file: what stands beside the file."""
_TITLE = Text("本社资料", "Own agency")


async def desk_page(request: Request) -> Response:
    """What is filed of the agency, what it has not filled in, and who waits for its word."""
    person, language = await visitor(request, _MANAGE), chosen(request).language
    services = services_of(request)
    rows = await services.own_agency.records(person, "agency", person.tenant.uscc)
    row = max(rows, key=lambda each: (each.state != SELF_REPORTED, each.stored_at), default=None)
    body = {} if row is None else await _masked(request, person, row)
    dossier = shown_dossier(await services.own_agency.dossier(person), language, may_open=lambda power: False)
    for part in dossier:
        for each in part["rows"]:
            each["href"] = _place(part["kind"], each["key"])
    return await framed(
        request,
        person,
        "own_agency.html",
        name=person.tenant.title,
        uscc=person.tenant.uscc,
        state="" if row is None else shown_state("agency", row.state, language),
        tone="" if row is None else tone_of(row.state),
        body=None if row is None else shown_body("agency", body, (), language),
        missing=shown_missing(missing("agency", body), language),
        dossier=dossier,
        enter={kind: word(TITLES[kind], language) for kind in KINDS},
        sent=uuid_parameter(request, "sent"),
    )


def _place(kind: str, number: str) -> str:
    """Where something of the dossier is looked at or changed; empty where that is not for the agency."""
    key = quote(number, safe="")
    match kind:
        case "guide":
            return f"{BASE}/guides/{key}"
        case "filing":
            return f"{BASE}/filings/{key}"
        case "pledge":
            return f"{BASE}/pledges/{key}"
        case "branch" | "outlet" | "leader":
            return f"{BASE}/records/{kind}?key={key}"
        case _:
            return ""


async def _masked(request: Request, person: Person, row: RecordRow) -> dict[str, Any]:
    return masked(await seen_body(Asked(services_of(request), person), row), catalog.kind(row.schema))


async def form_page(request: Request) -> Response:
    """The form of a kind, filled in with what is known."""
    person = await visitor(request, _MANAGE)
    kind = _kind(request)
    key = person.tenant.uscc if kind == "agency" else request.query_params.get("key", "")
    rows = await services_of(request).own_agency.records(person, kind, key) if key else []
    row = max(rows, key=lambda each: (each.tenant_id == person.tenant.id, each.stored_at), default=None)
    given: Mapping[str, str] = {}
    said = ""
    if row is not None:
        body = await seen_body(Asked(services_of(request), person), row)
        given = given_of(kind, body, is_own=row.tenant_id == person.tenant.id)
        said = body.get("opinion", "")
    return await _form(request, person, kind, given, row=row, said=said)


async def _form(
    request: Request,
    person: Person,
    kind: str,
    given: Mapping[str, str],
    *,
    wrong: Mapping[str, str] | None = None,
    others: list[str] | None = None,
    row: RecordRow | None = None,
    said: str = "",
) -> Response:
    language = chosen(request).language
    sections = shown_form(kind, given, wrong or {}, language)
    fields = [field for _, shown in sections for field in shown]
    return await framed(
        request,
        person,
        "record_form.html",
        400 if wrong or others else 200,
        kind=kind,
        title=word(TITLES[kind], language),
        sections=sections,
        mistakes=[(place_id(field["name"]), field["title"], field["wrong"]) for field in fields if field["wrong"]],
        others=others or [],
        state="" if row is None else shown_state(kind, row.state, language),
        tone="" if row is None else tone_of(row.state),
        said=said,
    )


async def enter(request: Request) -> Response:
    """What was filled in: with what is wrong beside it, shown once more, or handed in as the API takes it."""
    person, sent = await own_body(request, LONGEST_FORM, _MANAGE)
    kind, given, language = _kind(request), fields_of(sent), chosen(request).language
    step = FormStep.of(given)
    if step is FormStep.EDIT:
        return await _form(request, person, kind, given)
    envelope, intake = _envelope(person, kind, given), services_of(request).intake
    rehearsed = orjson.loads((await intake.rehearse(envelope, person.tenant)).body)
    findings = [finding for record in rehearsed["records"] for finding in record["findings"]]
    wrong, others = mistakes(kind, findings, language)
    if wrong or others:
        return await _form(request, person, kind, given, wrong=wrong, others=others)
    if step is FormStep.FILLED:
        return await check_answers(request, person, _check(person, kind, given, language))
    answer = await intake.submit(envelope, person.tenant, by=person)
    must_be_taken(answer)
    return RedirectResponse(f"{BASE}?sent={answer.submission_id}", 303)


def _kind(request: Request) -> str:
    """Raises Refused (REQUEST-003)."""
    kind = request.path_params["kind"]
    if kind not in KINDS:
        raise Refused(problems.NOT_FOUND)
    return kind


def _envelope(person: Person, kind: str, given: Mapping[str, str]) -> Envelope:
    body = orjson.dumps(body_of(kind, given, person.tenant))
    return arriving(person.tenant, body, channel=Channel.PAGE, kind=kind, amend=True)


def _check(person: Person, kind: str, given: Mapping[str, str], language: str) -> Check:
    def said(zh: str, en: str) -> str:
        return word(Text(zh, en), language)

    return Check(
        title=said("提交前核对", "Check before you send it"),
        list_path=BASE,
        list_title=word(_TITLE, language),
        key=person.tenant.uscc,
        action=f"{BASE}/records/{kind}",
        lines=answers(kind, given, language),
        fields=given,
        confirm=said("确认提交", "Send it"),
        warning=said("提交后由主管部门办理。", "The authority decides on it then."),
    )


async def applicant_page(request: Request) -> Response:
    """A guide of the agency, masked; one who applies waits for its word."""
    person = await visitor(request, _MANAGE)
    return await _applicant(request, person, await _guide(request, person))


async def _guide(request: Request, person: Person) -> RecordRow:
    return await services_of(request).own_agency.applicant(person, request.path_params["key"])


async def _applicant(
    request: Request, person: Person, row: RecordRow, refusal: Refused | None = None, *, reason: str = ""
) -> Response:
    language = chosen(request).language
    return await framed(
        request,
        person,
        "applicant.html",
        200 if refusal is None else refusal.problem.status,
        key=row.key,
        state=shown_state("guide", row.state, language),
        tone=tone_of(row.state),
        division=division_words(row.division),
        body=shown_body("guide", await _masked(request, person, row), (), language),
        may_confirm=row.state in GUIDES.before(GuideState.CONFIRMED),
        may_decline=row.state in GUIDES.before(GuideState.DECLINED),
        reason=reason,
        longest_reason=LONGEST_REASON,
        seen=mark_of(row),
        wrong=explained(refusal, language),
        said=row.state if row.state == request.query_params.get("said") else "",
    )


async def say_of_applicant(request: Request) -> Response:
    """The agency's word on an applicant, on the version that was seen; to decline has a reason."""
    person, form = await own_form(request, _MANAGE)
    row, own = await _guide(request, person), services_of(request).own_agency
    reason, is_declined = form.get("reason", "").strip(), form.get("decision") == GuideState.DECLINED
    try:
        if form.get("seen") != mark_of(row):
            raise Refused(problems.VERSION_MOVED, CHANGED)
        if is_declined:
            answer = await own.decline(person, row, row.version, reason=reason_of(reason or None))
        else:
            answer = await own.confirm(person, row, row.version)
        must_be_taken(answer)
    except Refused as refusal:
        return await _applicant(request, person, row, refusal, reason=reason)
    said = GuideState.DECLINED if is_declined else GuideState.CONFIRMED
    return RedirectResponse(f"{BASE}/guides/{quote(row.key, safe='')}?said={said}", 303)


async def pledge_page(request: Request) -> Response:
    """A pledge of the agency, and where its PDF is uploaded."""
    person = await visitor(request, _MANAGE)
    return await _pledge(request, person, await _own_pledge(request, person))


async def _own_pledge(request: Request, person: Person) -> RecordRow:
    """Raises Refused (REQUEST-003)."""
    rows = await services_of(request).own_agency.records(person, "pledge", request.path_params["key"])
    if not rows:
        raise Refused(problems.NOT_FOUND)
    return rows[0]


async def _pledge(request: Request, person: Person, row: RecordRow, refusal: Refused | None = None) -> Response:
    language = chosen(request).language
    file = await services_of(request).reader.document(person.scope, row)
    return await framed(
        request,
        person,
        "own_pledge.html",
        200 if refusal is None else refusal.problem.status,
        key=row.key,
        state=shown_state("pledge", row.state, language),
        tone=tone_of(row.state),
        body=shown_body("pledge", await _masked(request, person, row), (), language),
        size="" if file is None else f"{file.size_bytes:,}",
        may_upload=row.state == PledgeState.WAITING and file is None,
        wrong=explained(refusal, language),
    )


async def upload(request: Request) -> Response:
    """The PDF of a pledge, the very file that the application names."""
    services = services_of(request)
    most = services.settings.http.max_document_bytes + _AROUND
    person, sent = await own_body(request, most, _MANAGE)
    row = await _own_pledge(request, person)
    file = sent_form(request.headers.get("content-type", ""), sent).files.get("file")
    try:
        if file is None or not file.content:
            raise Refused(problems.BAD_REQUEST, NO_FILE)
        await services.pledge_files.put(person, row, file.content)
    except Refused as refusal:
        return await _pledge(request, person, row, refusal)
    return RedirectResponse(f"{BASE}/pledges/{quote(row.key, safe='')}", 303)


MENU = (Entry(7, BASE, _TITLE, Section.REPORT, _MANAGE, "applicants"),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, desk_page)
framing.add(router, f"{BASE}/records/{{kind}}", form_page)
framing.add(router, f"{BASE}/records/{{kind}}", enter, "POST")
framing.add(router, f"{BASE}/guides/{{key:path}}", applicant_page)
framing.add(router, f"{BASE}/guides/{{key:path}}", say_of_applicant, "POST")
framing.add(router, f"{BASE}/pledges/{{key:path}}", pledge_page)
framing.add(router, f"{BASE}/pledges/{{key:path}}", upload, "POST")
