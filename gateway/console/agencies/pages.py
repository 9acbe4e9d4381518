"""Agencies as pages: the list, one with what is filed of it and what it has reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.authority.self_reports import SELF_REPORTED, mark_of
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.agencies.words import BASE, TABLE, lines, shown_reports
from gateway.console.penalties.words import shown_penalties
from gateway.console.qualifications.dossier_words import shown_dossier
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import must_be_taken
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.lives import life_of
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.record_lists import RecordList, add_files, shown_records
from gateway.console.shell.record_words import shown_record, shown_steps
from gateway.console.shell.visitors import own_form, visitor
from gateway.doors.looking_into import looked_into
from gateway.doors.requests import Asked, services_of
from gateway.ledger.wanted import Order, Wanted
from gateway.persons.person import Person
from gateway.wording.differences import differences
from schemas.findings import Text

_READ = Power.READ_AGENCIES
_LIST = RecordList(kind="agency", needs=_READ, table=TABLE, lines=lines)
_LAST = 5
_REPORTS = (("roster", "/rosters", Power.READ_ROSTERS), ("contract", "/contracts", Power.READ_CONTRACTS))


async def list_page(request: Request) -> Response:
    """The agencies in sight, those that changed last first."""
    principal = await visitor(request, _READ)
    return await framed(request, principal, "agencies.html", table=await shown_records(request, principal, _LIST))


async def one_page(request: Request) -> Response:
    """An agency as its portal keeps it, with its last rosters and contracts. Of several that keep it, the last
    word, that of an authority or its portal before the agency's own.
    """
    principal = await visitor(request, _READ)
    services, language = services_of(request), chosen(request).language
    key = request.path_params["key"].replace("\0", "").upper()
    rows = await services.reader.by_keys(principal.scope, "agency", [key])
    if not rows:
        raise Refused(problems.NOT_FOUND)
    row = max(rows, key=lambda each: (each.state != SELF_REPORTED, each.stored_at))
    call = Asked(services, principal)
    into = await looked_into(call, row)
    may_enter = principal.may(Power.DECIDE_FILINGS) and row.state != SELF_REPORTED
    reports = {}
    for kind, base, power in _REPORTS:
        if not principal.may(power):
            continue
        wanted = Wanted(kind=kind, agency=key, order=Order.NEWEST)
        found = await services.reader.listed(principal.scope, wanted, _LAST)
        reports[kind] = shown_reports(kind, base, found, language)
    return await framed(
        request,
        principal,
        "agency.html",
        row=shown_record(row, into, language),
        body=shown_body("agency", _without_penalties(into.body), into.findings, language),
        versions=shown_steps("agency", into.steps, language),
        life=await life_of(call, row, into.steps, language),
        reports=reports,
        penalties=shown_penalties(
            await services.penalties.on_file(principal, key), language, of=key if may_enter else ""
        ),
        may_enter=may_enter,
        penalty_done=request.query_params.get("penalty", ""),
        report=await _self_report(request, principal, key),
        seen=str(row.submission_id),
        has_moved="moved" in request.query_params,
        dossier=shown_dossier(await services.dossiers.of(principal.scope, key), language, may_open=principal.may),
    )


def _without_penalties(body: Mapping[str, Any]) -> dict[str, Any]:
    """They have a section of their own."""
    return {name: value for name, value in body.items() if name != "penalties"}


async def _self_report(request: Request, person: Person, key: str) -> dict[str, Any] | None:
    """What the agency says of itself beside what is kept; None where it says nothing else."""
    report = await services_of(request).self_reports.of(person, key)
    if report is None:
        return None
    fields = differences("agency", report.differences, chosen(request).language)
    may_take = person.may(Power.DECIDE_FILINGS)
    return {"fields": fields, "is_kept": report.kept is not None, "seen": mark_of(report), "may_take": may_take}


async def take_over(request: Request) -> Response:
    """What the agency says goes into the record that is kept, as it was seen."""
    person, form = await own_form(request, Power.DECIDE_FILINGS)
    key = request.path_params["key"].replace("\0", "").upper()
    try:
        must_be_taken(await services_of(request).self_reports.take_over(person, key, form.get("seen", "")))
    except Refused as refusal:
        if refusal.problem is not problems.VERSION_MOVED:
            raise
        return RedirectResponse(f"{BASE}/{quote(key)}?moved", 303)
    return RedirectResponse(f"{BASE}/{quote(key)}", 303)


MENU = (Entry(50, BASE, Text("旅行社", "Agencies"), Section.RECORDS, _READ),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
add_files(router, _LIST)
framing.add(router, f"{BASE}/{{key}}", one_page)
framing.add(router, f"{BASE}/{{key}}", take_over, "POST")
