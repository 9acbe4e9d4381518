"""Penalties against an agency as forms: entered, corrected, withdrawn; shown once more before it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.authority.penalties import Penalty
from gateway.authority.penalty_book import Book
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.console.penalties.words import (
    AGENCIES,
    BASE,
    CHANGED,
    TITLES,
    Deed,
    answers,
    given_of,
    item_of,
    mistakes,
    shown_form,
    shown_penalty,
)
from gateway.console.qualifications.records import LONGEST_FORM, mark_of
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import Check, FormStep, check_answers, must_be_taken
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.visitors import fields_of, own_body, visitor
from gateway.doors.requests import services_of
from gateway.ledger.values import Answer
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

_DECIDE = Power.DECIDE_FILINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is to be done, to which decision against which agency, in which record."""

    deed: Deed
    of: str
    uscc: str
    book: Book


async def form_page(request: Request) -> Response:
    """The form; of what is corrected, filled in with what is entered."""
    person = await visitor(request, _DECIDE)
    asked = await _asked(request, person, request.query_params)
    given = given_of(asked.book.item(asked.of)) if asked.deed is Deed.CORRECT else {}
    return await _form(request, person, asked, given, wrong={})


async def send(request: Request) -> Response:
    """What was filled in: with what is wrong beside it, shown once more, or changed in the agency's record."""
    person, body = await own_body(request, LONGEST_FORM, _DECIDE)
    given = fields_of(body)
    asked, step = await _asked(request, person, given), FormStep.of(given)
    if step is FormStep.EDIT:
        return await _form(request, person, asked, given, wrong={})
    if wrong := mistakes(asked.deed, given, Clock.china_today()):
        return await _form(request, person, asked, given, wrong=wrong)
    if step is FormStep.FILLED:
        return await check_answers(request, person, _check(request, asked, given))
    try:
        if given.get("seen") != mark_of(asked.book.record):
            raise Refused(problems.VERSION_MOVED, CHANGED)
        must_be_taken(await _done(request, person, asked, given))
    except Refused as refusal:
        return await _form(request, person, asked, given, wrong={}, refusal=refusal)
    return RedirectResponse(f"{AGENCIES}/{quote(asked.uscc)}?penalty={asked.deed}#penalties", 303)


async def _asked(request: Request, person: Person, given: Mapping[str, str]) -> _Asked:
    """Raises Refused (AUTH-005, REQUEST-003, STATE-001)."""
    uscc, of = request.path_params["uscc"].replace("\0", "").upper(), given.get("of", "").replace("\0", "")
    if given.get("deed", Deed.ENTER) not in tuple(Deed):
        raise Refused(problems.NOT_FOUND)
    deed = Deed(given.get("deed", Deed.ENTER))
    book = await services_of(request).penalty_book.book(person, uscc, of)
    if deed is not Deed.ENTER:
        book.item(of)
    return _Asked(deed=deed, of=of, uscc=uscc, book=book)


async def _done(request: Request, person: Person, asked: _Asked, given: Mapping[str, str]) -> Answer:
    penalties, reason = services_of(request).penalty_book, given.get("reason", "").strip()
    match asked.deed:
        case Deed.ENTER:
            return await penalties.enter(person, asked.book, item_of(given))
        case Deed.CORRECT:
            return await penalties.correct(person, asked.book, asked.of, item=item_of(given), reason=reason)
        case Deed.WITHDRAW:
            return await penalties.withdraw(person, asked.book, asked.of, reason=reason)


async def _form(
    request: Request,
    person: Person,
    asked: _Asked,
    given: Mapping[str, str],
    *,
    wrong: Mapping[str, Text],
    refusal: Refused | None = None,
) -> Response:
    language = chosen(request).language
    fields = shown_form(asked.deed, given, wrong, language)
    status = refusal.problem.status if refusal else 400 if wrong else 200
    is_told = asked.deed is not Deed.ENTER
    return await framed(
        request,
        person,
        "penalty.html",
        status,
        uscc=asked.uscc,
        name=asked.book.record.agency_name,
        title=word(TITLES[asked.deed], language),
        deed=asked.deed,
        of=asked.of,
        told=shown_penalty(Penalty.read(asked.book.item(asked.of)), language) if is_told else None,
        fields=fields,
        mistakes=[(field["id"], field["title"], field["wrong"]) for field in fields if field["wrong"]],
        wrong=explained(refusal, language),
        seen=mark_of(asked.book.record),
    )


def _check(request: Request, asked: _Asked, given: Mapping[str, str]) -> Check:
    language = chosen(request).language
    agency = ((word(Text("旅行社", "Agency"), language), asked.book.record.agency_name),)
    of = ((word(Text("处罚决定", "Decision"), language), asked.of),) if asked.deed is not Deed.ENTER else ()
    return Check(
        title=word(TITLES[asked.deed], language),
        list_path=f"{AGENCIES}/{quote(asked.uscc)}",
        list_title=asked.book.record.agency_name or word(Text("旅行社", "Agencies"), language),
        key=asked.of or asked.uscc,
        action=f"{BASE}/{quote(asked.uscc)}",
        lines=(*agency, *of, *answers(asked.deed, given, language)),
        fields=given,
        confirm=word(Text("确认提交", "Send it"), language),
        warning=word(
            Text(
                "写入旅行社在案记录，核实出境业务承诺时以此为准。",
                "It goes into the record; pledges are verified by it.",
            ),
            language,
        ),
    )


router = APIRouter(include_in_schema=False)
framing.add(router, f"{BASE}/{{uscc}}", form_page)
framing.add(router, f"{BASE}/{{uscc}}", send, "POST")
