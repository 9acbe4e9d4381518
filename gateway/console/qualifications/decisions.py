"""The pages of a kind that is filed: filings, guides and leaders, on which an authority decides by a table; branches
and outlets. All alike.

A decision is shown once more before it counts, and goes through the same use case as the API's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.authority.dossiers import MOST_OF_A_KIND, OUTPOSTS
from gateway.authority.filing_materials import Place
from gateway.authority.qualification_steps import MACHINES
from gateway.base.clock import Clock, day_in_china
from gateway.base.problems import Refused
from gateway.console.qualifications.dossier_words import shown_leaves
from gateway.console.qualifications.material_words import OFFICIAL, shown_materials
from gateway.console.qualifications.records import LONGEST_FORM, joined, mark_of, record_here, shown_page
from gateway.console.qualifications.words import (
    ACTIONS,
    AGENCIES,
    AGENCIES_NEED,
    CHANGED,
    Named,
    choices,
    lines,
    mistakes,
)
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import Check, FormStep, check_answers, must_be_taken
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.record_lists import RecordList, add_files, shown_records
from gateway.console.shell.record_words import address, days_left
from gateway.console.shell.tabular import Row
from gateway.console.shell.visitors import fields_of, own_body, visitor
from gateway.doors.looking_into import looked_into
from gateway.doors.reasons import reason_of
from gateway.doors.requests import Asked, services_of
from gateway.ledger.rows import ListedRecord, RecordRow
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas.findings import Text

_MARK_DIGITS = 12
_RIGHT: Mapping[str, Text] = dict.fromkeys(("decision", "reason"), Text("", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What was written into the form, and what is wrong with it."""

    decision: str
    reason: str
    wrong: Mapping[str, Text]


_EMPTY = _Given(decision="", reason="", wrong={})


class DecidedPages:
    """The list of a kind, one record of it, and the decision."""

    def __init__(self, named: Named, needs: Power) -> None:
        self._named = named
        self._needs = needs
        self._list = RecordList(kind=named.kind, needs=needs, table=named.table(), lines=self._lines)

    def add(self, router: APIRouter) -> None:
        one = f"{self._named.base}/{{key:path}}"
        framing.add(router, self._named.base, self.list_page)
        add_files(router, self._list)
        framing.add(router, one, self.one_page)
        if self._named.kind in MACHINES:
            framing.add(router, one, self.decide, "POST")

    async def list_page(self, request: Request) -> Response:
        """What is in sight, what waits before the rest."""
        person, language = await visitor(request, self._needs), chosen(request).language
        left, today = services_of(request).pledges.left, Clock.china_today()

        def counted(rows: Sequence[ListedRecord], now: datetime, language: str) -> list[Row]:
            days = {row.due_on: left(row.due_on, today) for row in rows if row.due_on is not None}
            return lines(rows, language, base=self._named.base, days=days)

        table = await shown_records(request, person, self._list, counted)
        title, nothing_yet = word(self._named.title, language), word(self._named.nothing_yet, language)
        return await framed(request, person, "qualifications.html", table=table, title=title, nothing_yet=nothing_yet)

    async def one_page(self, request: Request) -> Response:
        """A record with its people masked, its history, and what may be done."""
        person = await visitor(request, self._needs)
        return await self._shown(request, person, await record_here(request, person, self._named.kind))

    async def decide(self, request: Request) -> Response:
        """A decision: shown once more first, taken when it is sent again for good."""
        person, body = await own_body(request, LONGEST_FORM, Power.DECIDE_FILINGS)
        form, row = fields_of(body), await record_here(request, person, self._named.kind)
        seen = await self._mark(request, person, row)
        given = _given(row, form, seen)
        step = FormStep.of(form)
        if step is FormStep.EDIT:
            return await self._shown(request, person, row, given)
        wrong = given.wrong
        if not wrong and step is FormStep.FILLED:
            return await check_answers(request, person, self._check(request, row, given, seen))
        if not wrong:
            wrong = await self._decided(request, person, row, given)
        if wrong:
            again = _Given(decision=given.decision, reason=given.reason, wrong=wrong)
            return await self._shown(request, person, row, again, status=400)
        return RedirectResponse(joined(address(self._named.base, row), f"decided={given.decision}"), 303)

    def _lines(self, rows: Sequence[ListedRecord], now: datetime, language: str) -> list[Row]:
        return lines(rows, language, base=self._named.base)

    async def _shown(
        self, request: Request, person: Person, row: RecordRow, given: _Given = _EMPTY, *, status: int = 200
    ) -> Response:
        services, language, kind = services_of(request), chosen(request).language, self._named.kind
        into = await looked_into(Asked(services, person), row)
        what = choices(kind, row.state, language)
        left = services.pledges.left(row.due_on, day_in_china(Clock.now())) if what else None
        return await framed(
            request,
            person,
            "qualification.html",
            status,
            **await shown_page(request, person, row, into, base=self._named.base)
            | {"seen": await self._mark(request, person, row)},
            title=word(self._named.title, language),
            base=self._named.base,
            name=into.body["name"] if kind in OUTPOSTS else "",
            agency=f"{AGENCIES}/{quote(row.agency_uscc)}" if row.agency_uscc and person.may(AGENCIES_NEED) else "",
            materials=await self._materials(request, person, row),
            **await self._filings(request, person, row),
            due_on=row.due_on.isoformat() if row.due_on else "",
            left=days_left(left, language),
            is_late=left is not None and left < 0,
            choices=what if person.may(Power.DECIDE_FILINGS) else [],
            decision=given.decision,
            reason=given.reason,
            is_wrong=status != 200,
            wrong={name: word(words, language) for name, words in {**_RIGHT, **given.wrong}.items()},
            is_decided=request.query_params.get("decided") == row.state,
        )

    async def _filings(self, request: Request, person: Person, row: RecordRow) -> dict[str, Any]:
        """Those about a branch or an outlet; None for what nothing is filed about."""
        if row.kind not in OUTPOSTS:
            return {"filings": None}
        found = await services_of(request).dossiers.filings_about(person.scope, row)
        shown = shown_leaves(found.filings, chosen(request).language, may_open=person.may)
        return {"filings": shown, "most_filings": MOST_OF_A_KIND if found.is_cut else 0}

    async def _materials(self, request: Request, person: Person, row: RecordRow) -> list[Any] | None:
        """Those of a filing, to be opened; None for what has none."""
        if row.kind != "filing":
            return None
        query = f"?{urlencode({'agency_uscc': row.agency_uscc})}" if row.agency_uscc else ""
        found = await services_of(request).materials.listed(person, row)
        return shown_materials(found, chosen(request).language, base=OFFICIAL, key=row.key, query=query)

    async def _mark(self, request: Request, person: Person, row: RecordRow) -> str:
        """What somebody has seen: the version, and which materials lay beside it."""
        if row.kind != "filing":
            return mark_of(row)
        found = await services_of(request).materials.listed(person, row)
        here = "".join(sorted(each.sha256 for each in found if each.place is Place.HERE))
        return f"{mark_of(row)}.{sha256(here.encode()).hexdigest()[:_MARK_DIGITS]}"

    def _check(self, request: Request, row: RecordRow, given: _Given, seen: str) -> Check:
        def said(zh: str, en: str) -> str:
            return word(Text(zh, en), chosen(request).language)

        reason = ((said("理由或意见", "Reason or opinion"), given.reason),) if given.reason else ()
        return Check(
            title=said("提交前核对", "Check before you send it"),
            list_path=self._named.base,
            list_title=word(self._named.title, chosen(request).language),
            key=row.key,
            action=address(self._named.base, row),
            lines=(
                (word(self._named.key_title, chosen(request).language), row.key),
                (said("旅行社", "Agency"), row.agency_name),
                (said("办理结果", "Decision"), word(ACTIONS[row.kind][given.decision], chosen(request).language)),
                *reason,
            ),
            fields={"decision": given.decision, "reason": given.reason, "seen": seen},
            confirm=said("确认提交", "Send it"),
        )

    async def _decided(self, request: Request, person: Person, row: RecordRow, given: _Given) -> Mapping[str, Text]:
        """Nothing when it is decided; else what stood in its way."""
        try:
            reason = reason_of(given.reason or None)
            qualifications = services_of(request).qualifications
            must_be_taken(await qualifications.move(person, row, given.decision, row.version, reason=reason))
        except Refused as refusal:
            place = "reason" if refusal.members.get("parameter") == "reason" else "decision"
            return {place: refusal.detail or refusal.problem.title}
        return {}


def _given(row: RecordRow, form: Mapping[str, str], seen: str) -> _Given:
    """What was written, on the version that was seen."""
    decision, reason = form.get("decision", ""), form.get("reason", "").strip()
    wrong = mistakes(row.kind, row.state, decision, reason)
    if form.get("seen") != seen:
        wrong = {"decision": CHANGED}
    return _Given(decision=decision, reason=reason, wrong=wrong)
