"""Imports: a sheet is looked through, then handed in. What is sent is held for the request and no longer.

The page that shows what was understood carries the sheet along, so that the same bytes are handed in.
"""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.envelope import Channel, Envelope
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.imports.words import NO_FILE, NO_KIND, TOO_LARGE, shown_kinds, shown_preview, told
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import own_body, visitor
from gateway.dead_letters.workbook import workbook_of
from gateway.doors.downloads import SPREADSHEET
from gateway.doors.requests import services_of
from gateway.doors.sent_forms import SentForm, sent_form
from gateway.intake.envelopes import arriving
from gateway.ledger.kinds import OWN_KINDS
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

BASE = "/import"
MOST_BYTES = 4 * 1024 * 1024
_MOST_SENT = MOST_BYTES * 4 // 3 + 16_384
"""Of a form: the sheet in Base64, and what stands beside it."""
_KINDS = tuple(sorted(OWN_KINDS, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What somebody wants imported."""

    kind: str
    name: str
    content: bytes
    amend: bool


class _Unfit(Exception):
    """Nothing can be looked at: `field` of the form is at fault."""

    def __init__(self, field: str, words: Text, kind: str = "") -> None:
        super().__init__(words.en)
        self.field, self.words, self.kind = field, words, kind


async def first_page(request: Request) -> Response:
    """The kinds with their templates, and where a sheet is chosen."""
    return await _asked(request, await visitor(request, Power.REPORT))


async def _asked(request: Request, person: Person, unfit: _Unfit | None = None) -> Response:
    language = chosen(request).language
    return await framed(
        request,
        person,
        "import.html",
        200 if unfit is None else 400,
        kinds=shown_kinds(_KINDS, language),
        kind="" if unfit is None else unfit.kind,
        field="" if unfit is None else unfit.field,
        wrong="" if unfit is None else word(unfit.words, language),
    )


async def preview(request: Request) -> Response:
    """What would become of every record, with bad cells marked at their cell. Nothing is stored."""
    person, body = await _body(request)
    if body is None:
        return await _asked(request, person, _Unfit("sheet", TOO_LARGE))
    try:
        sent = _sent(request, body)
    except _Unfit as unfit:
        return await _asked(request, person, unfit)
    intake, envelope, language = services_of(request).intake, _envelope(person, sent), chosen(request).language
    trial = await intake.try_out(envelope, person.tenant)
    rehearsed = await intake.rehearse(envelope, person.tenant)
    answer = orjson.loads(rehearsed.body)
    is_empty = not trial.accepted + trial.rejected
    if trial.unreadable is not None or trial.is_cut or is_empty:
        found = told(answer["records"][0]["findings"][0], language)
        return await framed(request, person, "import_unreadable.html", 400, found=found, name=sent.name)
    shown = await asyncio.to_thread(shown_preview, sent.kind, answer, trial.records, language)
    return await framed(
        request,
        person,
        "import_preview.html",
        name=sent.name,
        kind=sent.kind,
        kind_words=dict(shown_kinds(_KINDS, language))[sent.kind],
        amend=sent.amend,
        is_known=rehearsed.replayed,
        content=b64encode(sent.content).decode(),
        shown=shown,
    )


async def corrected(request: Request) -> Response:
    """The records that would not pass as a workbook, with bad cells marked and the reasons beside."""
    person, sent = await _again(request)
    submission = await services_of(request).intake.prepare(_envelope(person, sent), person.tenant)
    book = await asyncio.to_thread(workbook_of, submission)
    headers = {"Content-Disposition": f'attachment; filename="rejected-{sent.kind}.xlsx"', "Cache-Control": "no-store"}
    return Response(book, headers=headers, media_type=SPREADSHEET)


async def hand_in(request: Request) -> Response:
    """The sheet that was looked through is handed in, as the API takes it; the same sheet again is the same answer."""
    person, sent = await _again(request)
    answer = await services_of(request).intake.submit(_envelope(person, sent), person.tenant, by=person)
    told = "again" if answer.replayed else "handed_in"
    return RedirectResponse(f"/submissions/{answer.submission_id}?{told}", 303)


async def _body(request: Request) -> tuple[Person, bytes | None]:
    """Who imports, and the form; None for one that is too large."""
    try:
        return await own_body(request, _MOST_SENT, Power.REPORT)
    except Refused as refusal:
        if refusal.problem is not problems.TOO_LARGE:
            raise
        return await visitor(request, Power.REPORT), None


async def _again(request: Request) -> tuple[Person, _Sent]:
    """What a page of ours carries along. Raises Refused (REQUEST-001, REQUEST-002)."""
    person, body = await own_body(request, _MOST_SENT, Power.REPORT)
    try:
        return person, _sent(request, body)
    except _Unfit as unfit:
        raise Refused(problems.BAD_REQUEST, unfit.words) from None


def _sent(request: Request, body: bytes) -> _Sent:
    """Raises _Unfit; Refused (REQUEST-001) for what is no form."""
    form = sent_form(request.headers.get("content-type", ""), body)
    kind, (name, content) = form.fields.get("kind", ""), _sheet(form)
    if kind not in _KINDS:
        raise _Unfit("kind", NO_KIND)
    if not content:
        raise _Unfit("sheet", NO_FILE, kind)
    if len(content) > MOST_BYTES:
        raise _Unfit("sheet", TOO_LARGE, kind)
    return _Sent(kind=kind, name=name, content=content, amend=form.fields.get("amend") == "yes")


def _sheet(form: SentForm) -> tuple[str, bytes]:
    """The file that was chosen, or the one that the page has carried along."""
    chosen_file = form.files.get("sheet")
    if chosen_file is not None:
        return chosen_file.name, chosen_file.content
    try:
        return form.fields.get("name", "")[:255], b64decode(form.fields.get("content", ""), validate=True)
    except (binascii.Error, ValueError):
        return "", b""


def _envelope(person: Person, sent: _Sent) -> Envelope:
    return arriving(
        person.tenant,
        sent.content,
        channel=Channel.PAGE,
        content_type=SPREADSHEET,
        kind=sent.kind,
        filename=sent.name or None,
        amend=sent.amend,
    )


MENU = (Entry(5, BASE, Text("导入表格", "Import a sheet"), Section.REPORT, Power.REPORT),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, first_page)
framing.add(router, BASE, hand_in, "POST")
framing.add(router, f"{BASE}/preview", preview, "POST")
framing.add(router, f"{BASE}/rejected.xlsx", corrected, "POST")
