"""What does not agree with a portal as pages: the list, and a decision about what is chosen of it, with its reason.

What was chosen is shown first, then once more with the decision and the reason; asked again for sure, it is decided,
one by one, and told which was not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.divisions import NATION, below, title_of
from gateway.access.powers import Power
from gateway.authority.open_differences import Decidable, DifferenceName, OpenConflict
from gateway.authority.rows import About
from gateway.authority.waiting import MOST_COUNTED
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.console.differences.words import (
    BASE,
    CHANGED,
    DECISION,
    FILE_FORMATS,
    GONE,
    NOT_ALLOWED,
    Shown,
    Title,
    Words,
    line_of,
    table_of,
)
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import FormStep, must_be_taken
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE, Row, offset_of, shown_table
from gateway.console.shell.visitors import Endpoint, every_field_of, fields_of, own_body, visitor
from gateway.doors.reasons import required_reason
from gateway.doors.requests import bad_parameter, services_of
from gateway.doors.sought_differences import sought_of
from gateway.ledger.conflicts import ConflictChoice
from gateway.persons.person import Person
from gateway.reconcile.classes import Decision
from gateway.wiring.services import Services
from gateway.wording.languages import word
from schemas.findings import Text

_LONGEST_BATCH = 65_536
_RIGHT: dict[str, Text] = dict.fromkeys(("decision", "reason"), Text("", ""))
_CHOOSE_DECISION = Text("请选择如何核定", "Choose what to decide")


async def list_page(request: Request) -> Response:
    """What is known longest first."""
    person = await visitor(request, Power.RECONCILE)
    services, language = services_of(request), chosen(request).language
    sought = sought_of(request.query_params)
    found = await services.differences.listed(
        person.scope, sought, offset=offset_of(request, MOST_COUNTED), limit=A_PAGE
    )
    counted = await services.differences.counted(person.scope, sought, MOST_COUNTED + 1)
    words = _words(request, person)
    rows = [words.shown(each) for each in found]
    table = table_of(_portals(services), _divisions(person))
    operates = person.may(Power.OPERATE)
    shown = shown_table(request, language, table, (), count=counted.every, most=MOST_COUNTED)
    return await framed(request, person, "open_differences.html", table=shown | {"rows": rows}, operates=operates)


def _file(extension: str) -> Endpoint:
    """The list as a file, by the same criteria."""

    async def file(request: Request) -> Response:
        person = await visitor(request, Power.RECONCILE)
        services, sought, words = services_of(request), sought_of(request.query_params), _words(request, person)

        async def rows(limit: int, offset: int) -> Sequence[Row]:
            found = await services.differences.listed(person.scope, sought, offset=offset, limit=limit)
            return [line_of(words.shown(each)) for each in found]

        table = table_of(_portals(services), _divisions(person))
        return await file_of(request, person, table, rows, extension=extension)

    return file


def _portals(services: Services) -> Mapping[str, Text]:
    return {name: connector.title for name, connector in services.connectors.items()}


def _divisions(person: Person) -> Mapping[str, Text]:
    own = person.tenant.division or NATION
    return {code: title_of(code) for code in below(own)}


def _words(request: Request, person: Person) -> Words:
    return Words(person, _portals(services_of(request)), Clock.now(), chosen(request).language)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What somebody chose, by the mark and the name that the page gave; `found` is None where it is there no more."""

    text: str
    seen: str
    name: DifferenceName
    found: Decidable | None

    @property
    def why_not(self) -> Text | None:
        """Why it is not decided."""
        if self.found is None or not self.found.allowed:
            return GONE
        if self.found.seen == self.seen:
            return None
        return CHANGED if isinstance(self.found, OpenConflict) else GONE


async def _chosen(request: Request, person: Person, given: Sequence[str]) -> list[_Chosen]:
    """Raises Refused (REQUEST-001)."""
    try:
        marks = [text.partition("/") for text in dict.fromkeys(given)][:A_PAGE]
        named = [(seen, DifferenceName.read(name)) for seen, _, name in marks]
    except ValueError:
        raise bad_parameter("row", "mark/name") from None
    found = await services_of(request).differences.named(person.scope, [name for _, name in named])
    return [_Chosen(text=f"{seen}/{name}", seen=seen, name=name, found=found.get(str(name))) for seen, name in named]


async def one_page(request: Request) -> Response:
    """What is to be decided, and what may be."""
    person = await visitor(request, Power.RECONCILE)
    given = request.query_params.getlist("row")
    return await _form(request, person, await _chosen(request, person, given), {})


async def decide(request: Request) -> Response:
    """A step of a decision: what was chosen, the decision with its reason, the same for sure."""
    person, body = await own_body(request, _LONGEST_BATCH, Power.RECONCILE)
    form, picked = fields_of(body), await _chosen(request, person, every_field_of(body, "row"))
    step = FormStep.of(form)
    if step is FormStep.EDIT or "choose" in form:
        return await _form(request, person, picked, form)
    wrong = _mistakes(form)
    if wrong:
        return await _form(request, person, picked, form, wrong=wrong)
    decision, reason = Decision(form["decision"]), required_reason(form["reason"])
    if step is FormStep.SURE:
        return await _decided(request, person, picked, decision=decision, reason=reason)
    shown = await _shown(request, person, [each for each in picked if each.why_not is None])
    if not shown:
        return await _form(request, person, picked, form)
    return await framed(
        request,
        person,
        "difference_check.html",
        rows=shown,
        left=len(picked) - len(shown),
        decision=decision.value,
        decision_words=dict(_words(request, person).choices(frozenset({decision})))[decision.value],
        reason=reason,
    )


def _mistakes(form: Mapping[str, str]) -> dict[str, Text]:
    """What is wrong with a decision, by its field."""
    wrong: dict[str, Text] = {}
    if form.get("decision") not in tuple(Decision):
        wrong["decision"] = _CHOOSE_DECISION
    try:
        required_reason(form.get("reason"))
    except Refused as refusal:
        given = form.get("reason", "").strip()
        wrong["reason"] = refusal.detail if given and refusal.detail else Text("请写明理由", "Say why")
    return wrong


async def _form(
    request: Request,
    person: Person,
    picked: Sequence[_Chosen],
    form: Mapping[str, str],
    *,
    wrong: dict[str, Text] = _RIGHT,
) -> Response:
    good = [each.found for each in picked if each.found is not None and each.why_not is None]
    allowed = frozenset[Decision](Decision).intersection(*(each.allowed for each in good)) if good else frozenset()
    words, language = _words(request, person), chosen(request).language
    titles = await _titles(request, person, picked)
    return await framed(
        request,
        person,
        "difference_decision.html",
        400 if wrong is not _RIGHT else 200 if good or not picked else 409,
        rows=await _shown(request, person, [each for each in picked if each.why_not is None]),
        bad=[(titles[each.name], word(each.why_not, language)) for each in picked if each.why_not],
        is_empty=not picked,
        choices=words.choices(allowed),
        decision=form.get("decision", ""),
        reason=form.get("reason", ""),
        is_wrong=wrong is not _RIGHT,
        wrong={name: word(words, language) for name, words in (_RIGHT | wrong).items()},
    )


async def _shown(request: Request, person: Person, picked: Sequence[_Chosen]) -> list[Shown]:
    services, words = services_of(request), _words(request, person)
    found = [each.found for each in picked if each.found is not None]
    records = await services.differences.records(person.scope, [each.record_key for each in found])
    shown = []
    for each in found:
        shown.append(words.decidable(each, records.get(each.record_key), await _connector(services, person, each)))
    return shown


async def _titles(request: Request, person: Person, picked: Sequence[_Chosen]) -> dict[DifferenceName, Title]:
    """What each is called, also once it is decided."""
    names = [each.name for each in picked]
    records = await services_of(request).differences.concerned(person.scope, names)
    words = _words(request, person)
    return {name: words.title(records.get(str(name)), name.key) for name in names}


async def _connector(services: Services, person: Person, each: Decidable) -> str | None:
    if isinstance(each, OpenConflict):
        return each.conflict.connector
    return (await services.reconciliations.find(person.scope, each.discrepancy.reconciliation_id)).connector


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of a choice: the number of its entry in the audit log, or why it was not decided."""

    title: Title
    number: int | None = None
    why_not: str = ""


async def _decided(
    request: Request, person: Person, picked: Sequence[_Chosen], *, decision: Decision, reason: str
) -> Response:
    services, language = services_of(request), chosen(request).language
    titles = await _titles(request, person, picked)
    outcomes: list[_Outcome] = []
    runs: set[str] = set()
    for each in picked:
        try:
            number = await _concluded(services, person, each, decision=decision, reason=reason)
            outcomes.append(_Outcome(title=titles[each.name], number=number))
            if not isinstance(each.found, OpenConflict) and decision is not Decision.IGNORE:
                runs.add(str(each.name.id))
        except Refused as refusal:
            why_not = word(refusal.detail or refusal.problem.title, language)
            outcomes.append(_Outcome(title=titles[each.name], why_not=why_not))
    good = [each for each in outcomes if each.number is not None]
    return await framed(
        request,
        person,
        "differences_decided.html",
        200 if good or not outcomes else 409,
        good=good,
        bad=[each for each in outcomes if each.number is None],
        decision=dict(_words(request, person).choices(frozenset({decision})))[decision.value],
        reason=reason,
        runs=sorted(runs),
    )


async def _concluded(
    services: Services, person: Person, each: _Chosen, *, decision: Decision, reason: str
) -> int | None:
    """The number of the entry in the audit log. Raises Refused."""
    if each.name.about is About.CONFLICT:
        conflict = await services.desk.must_be_undecided(person.scope, each.name.id)
        if decision is Decision.IGNORE:
            raise Refused(problems.STATE_REFUSED, NOT_ALLOWED)
        choice = ConflictChoice(decision.value)
        concluded = await services.desk.decide(person, conflict, choice, each.seen, reason=reason)
        must_be_taken(concluded.answer)
        return concluded.number
    run = await services.reconciliations.find(person.scope, each.name.id)
    return await services.repairs.decide(
        person, run, each.name.kind, each.name.key, decision=decision, reason=reason, seen=each.seen
    )


MENU = (Entry(20, BASE, Text("门户差异", "Differences"), Section.DECIDE, Power.RECONCILE, "differences"),)

router = APIRouter(include_in_schema=False)
for _extension in FILE_FORMATS:
    framing.add(router, f"{BASE}.{_extension}", _file(_extension))
framing.add(router, BASE, list_page)
framing.add(router, DECISION, one_page)
framing.add(router, DECISION, decide, "POST")
