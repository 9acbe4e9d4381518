"""Inspection by phone: scan or type a code, look at the facts, record what was found; the checks that were made.

The camera's own app opens the verify page from a QR; who is signed in as an inspector goes on from there. What is
recorded has an id from the moment its form is shown, so that it may be sent again until it is answered.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.clock import CHINA, Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.console.field_checks.words import (
    BASE,
    LIST,
    TABLE,
    lines,
    outcome_choices,
    place_of_check,
    shown_check,
)
from gateway.console.revealing.words import reveal_choices
from gateway.console.shell import framing
from gateway.console.shell.appearance import address_of
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.record_words import shown_record
from gateway.console.shell.tabular import A_PAGE, shown_table
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import own_body, visitor
from gateway.doors.field_check_requests import NUMBER, about_of, check_asked, checked_record
from gateway.doors.looking_into import looked_into
from gateway.doors.requests import Asked, bad_parameter, following, services_of, uuid_parameter
from gateway.doors.sent_forms import SentForm, sent_form
from gateway.field_checks.field_checks import MOST_PHOTO_BYTES, MOST_PHOTOS
from gateway.field_checks.states import Outcome
from gateway.persons.person import Person
from schemas.findings import Text

_READ = Power.INSPECT
_MOST_SCANNED = 12 * 1024 * 1024
_MOST_SENT = MOST_PHOTOS * MOST_PHOTO_BYTES + 65_536
_LAST = 5
_LONGEST_CODE = 4000
"""A QR holds no longer text (ISO/IEC 18004: 4,296 characters, of ours a few hundred)."""
_ABOUT = f"{BASE}/of/{{about:path}}"
_ONE = f"{LIST}/{{check_id:uuid}}"
_NOT_READ = Text(
    "照片中没有识读到二维码，请靠近、对正后重拍，或输入合同编码",
    "There is no QR to be read on the photograph: take it again from nearer, or type the code",
)


async def first_page(request: Request) -> Response:
    """Where a code is scanned or typed; the last checks of one's own."""
    return await _first_page(request, await visitor(request, _READ))


async def _first_page(
    request: Request, person: Person, refusal: Refused | None = None, *, entered: str = ""
) -> Response:
    language, checks = chosen(request).language, services_of(request).field_checks
    mine = await checks.listed(person.scope, made_by=person.name, limit=_LAST)
    return await framed(
        request,
        person,
        "inspect.html",
        200 if refusal is None else refusal.problem.status,
        who=person.name,
        entered=entered,
        wrong=explained(refusal, language),
        rows=[shown_check(each, language) for each in mine],
    )


async def scan(request: Request) -> Response:
    """To the contract or roster of a code that was typed, or of the QR on a photograph."""
    person, form = await _form(request, _MOST_SCANNED)
    entered, photo = form.fields.get("code", "")[:_LONGEST_CODE].strip(), form.files.get("photo")
    services = services_of(request)
    if not entered and photo is not None:
        texts = await services.photo_reader.texts(photo.content, sender=person.tenant.id)
        entered = texts[0] if texts else ""
        if not entered:
            return await _first_page(request, person, Refused(problems.NOT_FOUND, _NOT_READ))
    try:
        record = await checked_record(Asked(services, person), await _about(request, person, entered))
    except Refused as refusal:
        return await _first_page(request, person, refusal, entered=entered)
    return RedirectResponse(place_of_check(about_of(record)), 303)


async def _about(request: Request, person: Person, entered: str) -> str:
    """What a code names, typed or read from a QR: ours, of a contract or of a printed roster, or a group number."""
    services = services_of(request)
    verification = await services.verifier.verify(entered)
    if verification.facts is not None:
        return verification.facts.code
    last = urlsplit(entered).path.rpartition("/")[2] if "/" in entered else entered
    if services.scheme.parse(last):
        return last
    return NUMBER + (await services.sealed_rosters.key_of(person.scope, last) or entered)


async def check_page(request: Request) -> Response:
    """The facts of a contract or roster, its people masked, earlier checks, and the form for this one."""
    return await _check_page(request, await visitor(request, _READ))


async def _check_page(
    request: Request, person: Person, refusal: Refused | None = None, *, form: SentForm | None = None
) -> Response:
    call, language = Asked(services_of(request), person), chosen(request).language
    record = await checked_record(call, request.path_params["about"])
    into = await looked_into(call, record)
    checks = await call.services.field_checks.listed(person.scope, record=record, limit=_LAST)
    here = place_of_check(about_of(record))
    given = {} if form is None else dict(form.fields)
    return await framed(
        request,
        person,
        "check.html",
        200 if refusal is None else refusal.problem.status,
        row=shown_record(record, into, language),
        body=shown_body(record.kind, into.body, into.findings, language),
        reveal=reveal_choices(person, record, into.body, back=here, language=language),
        checks=[shown_check(each, language) for each in checks],
        who=person.name,
        here=here,
        given={
            "id": str(uuid7()),
            "checked_at": Clock.now().astimezone(CHINA).isoformat(timespec="seconds"),
            "outcome": "",
            "note": "",
            "place": "",
            "people": "",
        }
        | given,
        outcomes=outcome_choices(language),
        wrong=explained(refusal, language),
        field="" if refusal is None else refusal.members.get("field", ""),
        most_photos=MOST_PHOTOS,
    )


async def record_check(request: Request) -> Response:
    """Keep what was found; what cannot be kept is told on the same page, with what was written."""
    person, form = await _form(request, _MOST_SENT)
    call = Asked(services_of(request), person)
    record = await checked_record(call, request.path_params["about"])
    try:
        check = check_asked(form.fields, [file.content for file in form.every_file("photos")])
        stored, _ = await call.services.field_checks.record(person, record, check)
    except Refused as refusal:
        return await _check_page(request, person, refusal, form=form)
    return RedirectResponse(f"{LIST}/{stored.row.id}?recorded", 303)


async def _form(request: Request, most_bytes: int) -> tuple[Person, SentForm]:
    person, body = await own_body(request, most_bytes, _READ)
    return person, sent_form(request.headers.get("content-type", ""), body)


async def list_page(request: Request) -> Response:
    """The checks in sight, the last first."""
    person, language = await visitor(request, _READ), chosen(request).language
    outcome = request.query_params.get("outcome") or None
    if outcome not in (None, *Outcome):
        raise bad_parameter("outcome", " | ".join(Outcome))
    found = await services_of(request).field_checks.listed(
        person.scope,
        outcome=None if outcome is None else Outcome(outcome),
        made_by=person.name if request.query_params.get("mine") else None,
        after=uuid_parameter(request, "after"),
        limit=A_PAGE,
    )
    rows = lines(found, language)
    table = shown_table(request, language, TABLE, rows, count=len(rows), most=A_PAGE)
    more = following(found, A_PAGE, lambda each: str(each.row.id))
    after = "" if more is None else address_of(request, after=more)
    return await framed(request, person, "checks.html", table=table, after=after, who=person.name)


async def one_page(request: Request) -> Response:
    """A check with its photographs."""
    person, language = await visitor(request, _READ), chosen(request).language
    check = await services_of(request).field_checks.find(person.scope, request.path_params["check_id"])
    is_new = "recorded" in request.query_params and check.row.made_by == person.name
    return await framed(request, person, "check_made.html", row=shown_check(check, language), is_new=is_new)


async def photo(request: Request) -> Response:
    person, checks = await visitor(request, _READ), services_of(request).field_checks
    check_id, number = request.path_params["check_id"], request.path_params["number"]
    content, media_type = await checks.photo(person.scope, check_id, number)
    return unkept_file(content, media_type)


MENU = (
    Entry(12, BASE, Text("现场检查", "Inspection"), Section.DECIDE, _READ),
    Entry(14, LIST, Text("检查记录", "Checks"), Section.DECIDE, _READ),
)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, first_page)
framing.add(router, BASE, scan, "POST")
framing.add(router, LIST, list_page)
framing.add(router, _ONE, one_page)
framing.add(router, f"{_ONE}/{{number:whole}}", photo)
framing.add(router, _ABOUT, check_page)
framing.add(router, _ABOUT, record_check, "POST")
