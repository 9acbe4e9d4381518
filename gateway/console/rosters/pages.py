"""Rosters as pages: the list of what waits, the audit of many at once, one with its people, its audit or return."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base.problems import Refused
from gateway.console.revealing.words import reveal_choices
from gateway.console.rosters.words import (
    BASE,
    CHANGED,
    GONE,
    NOT_WAITING,
    TABLE,
    Choice,
    Outcome,
    decision_check,
    lines,
    mistakes,
    shown_outcomes,
)
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import FormStep, check_answers
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.lives import life_of
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.record_lists import RecordList, add_files, shown_records
from gateway.console.shell.record_words import address, shown_record, shown_steps
from gateway.console.shell.tabular import A_PAGE
from gateway.console.shell.visitors import every_field_of, fields_of, own_body, own_form, visitor
from gateway.doors.looking_into import looked_into
from gateway.doors.lookup import record_by_key
from gateway.doors.reasons import reason_of
from gateway.doors.requests import Asked, Inquiry, bad_parameter, services_of
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import RosterState
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

_READ, _AUDIT = Power.READ_ROSTERS, Power.AUDIT_ROSTERS
_LIST = RecordList(kind="roster", needs=_READ, table=TABLE, lines=lines)
_LONGEST_BATCH = 65_536
_RIGHT = dict.fromkeys(("decision", "reason"), Text("", ""))
_ONE = f"{BASE}/{{key:path}}"


async def list_page(request: Request) -> Response:
    """What waits, the oldest first, unless something else is asked for."""
    principal = await visitor(request, _READ)
    shown = partial(lines, may_audit=principal.may(_AUDIT))
    table = await shown_records(request, principal, _LIST, shown)
    return await framed(request, principal, "rosters.html", table=table)


async def audit_many(request: Request) -> Response:
    """What was chosen is shown first; asked again with `sure`, it is audited, one by one, and told which were not."""
    principal, body = await own_body(request, _LONGEST_BATCH, _AUDIT)
    call, language = Asked(services_of(request), principal), chosen(request).language
    outcomes = [await _outcome(call, choice) for choice in _choices(every_field_of(body, "row"))]
    is_sure = "sure" in fields_of(body)
    if is_sure:
        outcomes = [await _audited(call, outcome) for outcome in outcomes]
    good = [each for each in outcomes if each.why_not is None]
    return await framed(
        request,
        principal,
        "rosters_audited.html" if is_sure else "rosters_preview.html",
        good=shown_outcomes(good, language),
        bad=shown_outcomes([each for each in outcomes if each.why_not is not None], language),
        people=sum(each.row.headcount for each in good if each.row is not None),
    )


def _choices(given: list[str]) -> list[Choice]:
    """Raises Refused (REQUEST-001)."""
    try:
        return [Choice.read(text) for text in dict.fromkeys(given)][:A_PAGE]
    except ValueError:
        raise bad_parameter("row", "version/agency/number") from None


async def _outcome(call: Inquiry, choice: Choice) -> Outcome:
    """What would become of a choice."""
    try:
        row = await record_by_key(call, "roster", choice.key, choice.agency_uscc or None)
    except Refused:
        return Outcome(choice=choice, row=None, why_not=GONE)
    if row.version != choice.version:
        return Outcome(choice=choice, row=row, why_not=CHANGED)
    if row.state != RosterState.SUBMITTED:
        return Outcome(choice=choice, row=row, why_not=NOT_WAITING)
    return Outcome(choice=choice, row=row)


async def _audited(call: Inquiry, outcome: Outcome) -> Outcome:
    """What has become of a choice: audited, or why not. One that cannot be audited does not hold the others."""
    if outcome.row is None or outcome.why_not is not None:
        return outcome
    try:
        await call.services.transitions.move(call.principal, outcome.row, RosterState.AUDITED)
    except Refused as refusal:
        return Outcome(choice=outcome.choice, row=outcome.row, why_not=refusal.detail or refusal.problem.title)
    return outcome


async def one_page(request: Request) -> Response:
    """A roster with its people, masked, what was found in it, its versions, and what may be decided."""
    principal = await visitor(request, _READ)
    return await _shown(request, principal, await _row(request, principal))


async def _row(request: Request, principal: Person) -> RecordRow:
    """The roster of the address. Raises Refused (REQUEST-001, REQUEST-003)."""
    call = Asked(services_of(request), principal)
    key = request.path_params["key"].replace("\0", "")
    return await record_by_key(call, "roster", key, request.query_params.get("agency_uscc"))


async def _shown(
    request: Request,
    principal: Person,
    row: RecordRow,
    wrong: dict[str, Text] | None = None,
    *,
    decision: str = "",
    reason: str = "",
) -> Response:
    language = chosen(request).language
    call = Asked(services_of(request), principal)
    into = await looked_into(call, row)
    return await framed(
        request,
        principal,
        "roster.html",
        400 if wrong else 200,
        row=shown_record(row, into, language),
        here=address(BASE, row),
        body=shown_body("roster", into.body, into.findings, language),
        reveal=reveal_choices(principal, row, into.body, back=address(BASE, row), language=language),
        versions=shown_steps("roster", into.steps, language),
        life=await life_of(call, row, into.steps, language),
        may_decide=principal.may(_AUDIT) and row.state == RosterState.SUBMITTED,
        is_wrong=bool(wrong),
        wrong={name: word(words, language) for name, words in (_RIGHT | (wrong or {})).items()},
        decision=decision,
        reason=reason,
        is_decided="decided" in request.query_params and row.state != RosterState.SUBMITTED,
    )


async def decide(request: Request) -> Response:
    """Audit a roster, or return it with a reason, once it was shown again; what is wrong is told on the same page, with
    what was written.
    """
    principal, form = await own_form(request, _AUDIT)
    row, step = await _row(request, principal), FormStep.of(form)
    decision, reason = form.get("decision", ""), form.get("reason", "").strip()
    if step is FormStep.EDIT:
        return await _shown(request, principal, row, decision=decision, reason=reason)
    wrong = dict(mistakes(decision, reason))
    if not wrong and form.get("version") != str(row.version):
        wrong = {"decision": CHANGED}
    if not wrong:
        try:
            why = reason_of(reason or None)
            if step is FormStep.FILLED:
                check = decision_check(row, decision, reason, chosen(request).language)
                return await check_answers(request, principal, check)
            await services_of(request).transitions.move(principal, row, decision, why)
        except Refused as refusal:
            place = "reason" if refusal.members.get("parameter") == "reason" else "decision"
            wrong = {place: refusal.detail or refusal.problem.title}
    if wrong:
        return await _shown(request, principal, row, wrong, decision=decision, reason=reason)
    joined = "&" if "?" in address(BASE, row) else "?"
    return RedirectResponse(f"{address(BASE, row)}{joined}decided", 303)


MENU = (Entry(10, BASE, Text("名单表", "Rosters"), Section.DECIDE, _READ, "rosters", "?state=submitted"),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
framing.add(router, BASE, audit_many, "POST")
add_files(router, _LIST)
framing.add(router, _ONE, one_page)
framing.add(router, _ONE, decide, "POST")
