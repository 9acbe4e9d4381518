"""Outbound pledges as pages: what waits with its days, one beside the penalties on file, the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.authority.desk import is_theirs
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.console.penalties.words import shown_penalties
from gateway.console.pledges.words import (
    BASE,
    CHANGED,
    FILES,
    PICTURES,
    TABLE,
    VERDICTS,
    lines,
    mistakes,
    shown_file,
)
from gateway.console.qualifications.records import LONGEST_FORM, joined, mark_of, record_here, shown_page
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import Check, FormStep, check_answers, must_be_taken
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.record_lists import RecordList, add_files, shown_records
from gateway.console.shell.record_words import address, days_left
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import fields_of, own_body, visitor
from gateway.contracts.page_pictures import PICTURE_TYPE
from gateway.doors.looking_into import looked_into
from gateway.doors.requests import Asked, services_of
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import PledgeState
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

_DECIDE = Power.DECIDE_FILINGS
_LIST = RecordList(kind="pledge", needs=_DECIDE, table=TABLE, lines=lines)
_ONE = f"{BASE}/{{key:path}}"
_RIGHT: Mapping[str, Text] = dict.fromkeys(("verdict", "evidence"), Text("", ""))
_TITLE = Text("出境业务承诺", "Outbound pledges")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What was written into the form, and what is wrong with it."""

    verdict: str = ""
    evidence: str = ""
    wrong: Mapping[str, Text]


_EMPTY = _Given(wrong={})


async def list_page(request: Request) -> Response:
    """What waits for its verdict, the most urgent first, unless something else is asked for."""
    person = await visitor(request, _DECIDE)
    left = partial(services_of(request).pledges.left, today=Clock.china_today())
    table = await shown_records(request, person, _LIST, partial(lines, left=left))
    return await framed(request, person, "pledges.html", table=table)


async def one_page(request: Request) -> Response:
    """A pledge with its PDF beside the penalties on file, and the form of the verdict for the province."""
    person = await visitor(request, _DECIDE)
    return await _shown(request, person, await record_here(request, person, "pledge"))


async def _shown(request: Request, person: Person, row: RecordRow, given: _Given = _EMPTY) -> Response:
    services, language = services_of(request), chosen(request).language
    into = await looked_into(Asked(services, person), row)
    on_file = await services.penalties.on_file(person, row.agency_uscc)
    file = await services.reader.document(person.scope, row)
    is_waiting = row.state == PledgeState.WAITING
    left = services.pledges.left(row.due_on, Clock.china_today()) if is_waiting else None
    return await framed(
        request,
        person,
        "pledge.html",
        400 if given.wrong else 200,
        **await shown_page(request, person, row, into, base=BASE),
        due_on=row.due_on.isoformat() if row.due_on else "",
        left=days_left(left, language),
        is_late=left is not None and left < 0,
        penalties=shown_penalties(on_file, language, received_on=date.fromisoformat(into.body["received_on"])),
        file=shown_file(file, row),
        is_waiting=is_waiting,
        may_verify=is_waiting and is_theirs(person, row),
        verdicts=[(verdict, word(words, language)) for verdict, words in VERDICTS.items()],
        verdict=given.verdict,
        evidence=given.evidence,
        is_wrong=bool(given.wrong),
        wrong={name: word(words, language) for name, words in {**_RIGHT, **given.wrong}.items()},
        is_decided="decided" in request.query_params and not is_waiting,
    )


async def verify(request: Request) -> Response:
    """The verdict: shown once more first, given when it is sent again for good."""
    person, body = await own_body(request, LONGEST_FORM, _DECIDE)
    form, row = fields_of(body), await record_here(request, person, "pledge")
    verdict, evidence, step = form.get("verdict", ""), form.get("evidence", "").strip(), FormStep.of(form)
    given = partial(_Given, verdict=verdict, evidence=evidence)
    if step is FormStep.EDIT:
        return await _shown(request, person, row, given(wrong={}))
    wrong = mistakes(verdict, evidence)
    if not wrong and form.get("seen") != mark_of(row):
        wrong = {"verdict": CHANGED}
    if not wrong and step is FormStep.FILLED:
        return await check_answers(request, person, _check(request, row, form))
    if not wrong:
        wrong = await _verified(request, person, row, verdict=verdict, evidence=evidence)
    if wrong:
        return await _shown(request, person, row, given(wrong=wrong))
    return RedirectResponse(joined(address(BASE, row), "decided"), 303)


def _check(request: Request, row: RecordRow, form: Mapping[str, str]) -> Check:
    def said(zh: str, en: str) -> str:
        return word(Text(zh, en), chosen(request).language)

    return Check(
        title=said("提交核实结论前核对", "Check the verdict before you give it"),
        list_path=BASE,
        list_title=word(_TITLE, chosen(request).language),
        key=row.key,
        action=address(BASE, row),
        lines=(
            (said("旅行社", "Agency"), row.agency_name),
            (said("核实结论", "Verdict"), word(VERDICTS[form["verdict"]], chosen(request).language)),
            (said("核实依据", "Evidence"), form["evidence"].strip()),
        ),
        fields=form,
        confirm=said("确认提交", "Give this verdict"),
        warning=said("结论提交后不能更改，并告知申请单位。", "A verdict is final, and told to the applicant."),
    )


async def _verified(
    request: Request, person: Person, row: RecordRow, *, verdict: str, evidence: str
) -> dict[str, Text]:
    """Nothing when the verdict is given; else what stood in its way."""
    try:
        answer = await services_of(request).pledges.verify(
            person,
            row,
            verdict=verdict,
            evidence=evidence,
            verifier=person.contact.name,
            today=Clock.china_today(),
        )
        must_be_taken(answer)
    except Refused as refusal:
        return {"verdict": refusal.detail or refusal.problem.title}
    return {}


async def file_page(request: Request) -> Response:
    """The PDF of a pledge, to be read in the browser; that it was read is kept."""
    person = await visitor(request, _DECIDE)
    row = await record_here(request, person, "pledge")
    pdf = await services_of(request).pledge_files.read(person, row)
    return unkept_file(pdf, "application/pdf", name="pledge.pdf")


async def picture_page(request: Request) -> Response:
    """A page of that PDF as a picture; that it was read is kept."""
    person = await visitor(request, _DECIDE)
    row = await record_here(request, person, "pledge")
    picture = await services_of(request).pledge_files.picture(person, row, request.path_params["number"])
    return unkept_file(picture, PICTURE_TYPE)


MENU = (Entry(14, BASE, _TITLE, Section.DECIDE, _DECIDE, "pledges", "?state=waiting"),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
add_files(router, _LIST)
framing.add(router, f"{FILES}/{{key:path}}", file_page)
framing.add(router, f"{PICTURES}/{{number:whole}}/{{key:path}}", picture_page)
framing.add(router, _ONE, one_page)
framing.add(router, _ONE, verify, "POST")
