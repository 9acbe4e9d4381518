"""My submissions: what an agency has handed in, its receipts, and rejected records corrected in place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell import framing
from gateway.console.shell.endless_lists import EndlessList
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import own_body, visitor
from gateway.console.submissions.words import (
    BASE,
    NOTHING_TYPED,
    TABLE,
    line_of,
    shown_form,
    shown_letters,
    shown_returned,
    shown_submission,
)
from gateway.dead_letters.editing import Form, changed
from gateway.dead_letters.replays import Replayed, ReplayStatus, Selection
from gateway.dead_letters.rows import Letter
from gateway.doors.downloads import rejected_response
from gateway.doors.following import followed
from gateway.doors.requests import Asked, services_of
from gateway.doors.sought_submissions import sought_submissions
from gateway.ledger.rows import HandedIn, SubmissionRow
from gateway.ledger.sealed import open_word
from gateway.ledger.states import REPLAYABLE, RosterState
from gateway.ledger.wanted import Order, Wanted
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

_ONE = f"{BASE}/{{submission_id:uuid}}"
_LETTER = f"{_ONE}/letters/{{ordinal:whole}}"
_MOST_LETTERS, _MOST_RETURNED = 200, 20
_LONGEST_FORM = 512 * 1024
_LARGEST_ORDINAL = 2**31 - 1
_FIELD = "v:"


async def _find(request: Request, person: Person, before: UUID | None, limit: int) -> Sequence[HandedIn]:
    sought, reader = sought_submissions(request), services_of(request).reader
    return await reader.handed_in(person.scope, person.tenant.id, sought, limit, before=before)


_LIST = EndlessList(table=TABLE, power=Power.REPORT, find=_find, line=line_of, id_of=lambda row: row.id)


async def list_page(request: Request) -> Response:
    """The newest first, below what an authority has returned."""
    person, language = await visitor(request, Power.REPORT), chosen(request).language
    reader, shown = services_of(request).reader, await _LIST.shown(request, person)
    is_first = "after" not in request.query_params and not shown["table"]["is_filtered"]
    wanted = Wanted(kind="roster", state=RosterState.RETURNED, order=Order.NEWEST)
    returned = await reader.listed(person.scope, wanted, _MOST_RETURNED) if is_first else []
    return await framed(request, person, "submissions.html", returned=shown_returned(returned, language), **shown)


async def one_page(request: Request) -> Response:
    """What became of a submission: codes and receipt of what was taken, and what is to be corrected."""
    person, row = await _found(request)
    services, language = services_of(request), chosen(request).language
    progress = await services.batches.progress(person.scope, row.id)
    wanted = Selection(submission_id=row.id, state=None, limit=_MOST_LETTERS)
    letters = await services.replays.letters(person.scope, wanted)
    filename = open_word(row.filename, person.tenant.seal, row.id)
    answer: Mapping[str, Any] = orjson.loads(row.answer)
    return await framed(
        request,
        person,
        "submission.html",
        row=await asyncio.to_thread(shown_submission, row, answer, filename, language, progress=progress),
        letters=shown_letters(letters, language),
        is_new="handed_in" in request.query_params,
        is_again="again" in request.query_params,
        is_corrected="corrected" in request.query_params,
    )


async def events(request: Request) -> Response:
    """How far a large document is, while it is worked on."""
    person, row = await _found(request)
    return followed(Asked(services_of(request), person), row.id)


async def receipt(request: Request) -> Response:
    """The signed receipt, to be kept."""
    person, row = await _found(request)
    progress = await services_of(request).batches.progress(person.scope, row.id)
    signed = (progress and progress.receipt) or orjson.loads(row.answer)["receipt"]
    headers = {"Content-Disposition": f'attachment; filename="receipt-{row.id}.jws"', "Cache-Control": "no-store"}
    return Response(signed, headers=headers, media_type="application/jose")


async def rejected(request: Request) -> Response:
    """The records that did not pass as a workbook."""
    person, row = await _found(request)
    return await rejected_response(services_of(request), person, person.tenant, row)


async def _found(request: Request) -> tuple[Person, SubmissionRow]:
    """A submission of one's own agency. Raises Refused (REQUEST-003)."""
    person = await visitor(request, Power.REPORT)
    row = await services_of(request).reader.submission(person.scope, request.path_params["submission_id"])
    if row is None or row.tenant_id != person.tenant.id:
        raise Refused(problems.NOT_FOUND)
    return person, row


async def letter_page(request: Request) -> Response:
    """A rejected record as a form, the values at fault first."""
    person = await visitor(request, Power.REPORT)
    letter = await _letter(request, person)
    return await _shown(request, person, letter, await _tried(request, letter))


async def correct(request: Request) -> Response:
    """What was typed is kept with the record, which is replayed once it would pass; else it is told what is wrong yet.

    A form that changes nothing is tried all the same: what was in the way may be gone.
    """
    person, body = await own_body(request, _LONGEST_FORM, Power.REPORT)
    letter, replays = await _letter(request, person), services_of(request).replays
    tried = await _tried(request, letter)
    values = changed(await _form(request, letter, tried), _typed(body))
    if values:
        await replays.edit(person, letter, values)
        letter = await _letter(request, person)
        tried = await _tried(request, letter)
    if tried.status is ReplayStatus.RESOLVED:
        (done,) = await replays.replay(person, [letter])
        if done.status is ReplayStatus.RESOLVED:
            return RedirectResponse(f"{BASE}/{letter.submission_id}?corrected", 303)
        tried = done
    return await _shown(request, person, letter, tried, is_wrong=True, nothing_typed=not values)


async def _shown(
    request: Request,
    person: Person,
    letter: Letter,
    tried: Replayed,
    *,
    is_wrong: bool = False,
    nothing_typed: bool = False,
) -> Response:
    language = chosen(request).language
    form = await _form(request, letter, tried)
    return await framed(
        request,
        person,
        "rejected_record.html",
        400 if is_wrong else 200,
        here=f"{BASE}/{letter.submission_id}/letters/{letter.ordinal}",
        submission=str(letter.submission_id),
        name=letter.key or letter.locator or str(letter.ordinal),
        place=letter.locator,
        form=shown_form(letter.kind, form, {}, language),
        would_pass=tried.status is ReplayStatus.RESOLVED,
        is_wrong=is_wrong,
        nothing=word(NOTHING_TYPED, language) if nothing_typed else "",
    )


async def _letter(request: Request, person: Person) -> Letter:
    """A record of one's own that may still pass. Raises Refused (REQUEST-003)."""
    submission: UUID = request.path_params["submission_id"]
    ordinal: int = request.path_params["ordinal"]
    if ordinal > _LARGEST_ORDINAL:
        raise Refused(problems.NOT_FOUND)
    wanted = Selection(submission_id=submission, ordinal=ordinal, state=None, limit=1)
    found = await services_of(request).replays.letters(person.scope, wanted)
    if not found or found[0].tenant_id != person.tenant.id or found[0].state not in REPLAYABLE:
        raise Refused(problems.NOT_FOUND)
    return found[0]


async def _tried(request: Request, letter: Letter) -> Replayed:
    """What a replay would do now."""
    (tried,) = await services_of(request).replays.try_out([letter])
    return tried


async def _form(request: Request, letter: Letter, tried: Replayed) -> Form:
    """What can be corrected; of a row that belongs to no record, nothing."""
    if tried.status is ReplayStatus.NOT_REPLAYABLE:
        return Form(faulty=(), others=(), unplaced=letter.findings)
    found: Sequence[Mapping[str, Any]] = ()
    if tried.status is not ReplayStatus.RESOLVED:
        found = tried.answer.get("findings") or letter.findings
    return await services_of(request).replays.form(letter, found)


def _typed(body: bytes) -> dict[str, str]:
    """The values of the form by pointer; an emptied one is there as well."""
    fields = parse_qsl(body.decode("utf-8", "replace").replace("\0", ""), keep_blank_values=True)
    return {name.removeprefix(_FIELD): value for name, value in fields if name.startswith(_FIELD)}


MENU = (Entry(6, BASE, Text("我的报送", "My submissions"), Section.REPORT, Power.REPORT, "dead_letters"),)

router = APIRouter(include_in_schema=False)
_LIST.add_files(router)
framing.add(router, BASE, list_page)
framing.add(router, _ONE, one_page)
framing.add(router, f"{_ONE}/events", events)
framing.add(router, f"{_ONE}/receipt.jws", receipt)
framing.add(router, f"{_ONE}/rejected.xlsx", rejected)
framing.add(router, _LETTER, letter_page)
framing.add(router, _LETTER, correct, "POST")
