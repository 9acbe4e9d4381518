"""Retention as pages, for the security officer: what is due, purges with their reports, what a case holds back."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.base.problems import Refused
from gateway.console.retention.words import (
    BASE,
    REPORT,
    kinds_to_hold,
    purge_check,
    report_lines,
    shown_hold,
    shown_plan,
    shown_run,
)
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import FormStep, check_answers
from gateway.console.shell.explaining import explained
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import Row
from gateway.console.shell.visitors import Endpoint, own_form, visitor
from gateway.doors.requests import Asked, services_of
from gateway.doors.retention_requests import MOST_AT_ONCE, hold_asked
from gateway.persons.person import Person
from schemas.findings import Text

_NEEDED = Power.MANAGE_RETENTION
_HOLD = ("partner", "kind", "key", "reason")
_RUN = f"{BASE}/runs/{{run_id:uuid}}"


async def first_page(request: Request) -> Response:
    """What is due today, the purges of before, and what is held."""
    return await _first_page(request, await visitor(request, _NEEDED), {})


async def _first_page(
    request: Request, person: Person, written: dict[str, str], refusal: Refused | None = None
) -> Response:
    services, language = services_of(request), chosen(request).language
    return await framed(
        request,
        person,
        "retention.html",
        200 if refusal is None else refusal.problem.status,
        plan=shown_plan(await services.purging.plan(person), services.settings.retention, language),
        runs=[shown_run(row, language) for row in await services.purging.reports(person)],
        holds=[shown_hold(row, language) for row in await services.holds.listed(person)],
        kinds=kinds_to_hold(language),
        written={name: written.get(name, "") for name in _HOLD},
        wrong=explained(refusal, language),
    )


async def purge(request: Request) -> Response:
    """Remove what is due, once it was shown what that is: nothing of it comes back. A large purge goes on with the next
    press, or with the schedule.
    """
    person, form = await own_form(request, _NEEDED)
    purging, step = services_of(request).purging, FormStep.of(form)
    if step is FormStep.EDIT:
        return RedirectResponse(BASE, 303)
    if step is FormStep.FILLED:
        plan = await purging.plan(person)
        return await check_answers(request, person, purge_check(plan, chosen(request).language))
    report = await purging.run(person, MOST_AT_ONCE)
    return RedirectResponse(f"{BASE}/runs/{report.run.id}", 303)


async def report_page(request: Request) -> Response:
    """What a purge has removed."""
    person, language = await visitor(request, _NEEDED), chosen(request).language
    report = await services_of(request).purging.report(person, request.path_params["run_id"])
    lines = report_lines(report, language)
    return await framed(request, person, "retention_report.html", run=shown_run(report.run, language), lines=lines)


def _file(extension: str) -> Endpoint:
    async def file(request: Request) -> Response:
        person, language = await visitor(request, _NEEDED), chosen(request).language
        report = await services_of(request).purging.report(person, request.path_params["run_id"])

        async def rows(limit: int, offset: int) -> Sequence[Row]:
            return report_lines(report, language)[offset : offset + limit]

        return await file_of(request, person, REPORT, rows, extension=extension)

    return file


async def place_hold(request: Request) -> Response:
    person, form = await own_form(request, _NEEDED)
    services = services_of(request)
    try:
        agency, record, reason = await hold_asked(Asked(services, person), form)
        await services.holds.place(person, agency, reason, record)
    except Refused as refusal:
        return await _first_page(request, person, form, refusal)
    return RedirectResponse(f"{BASE}#holds", 303)


async def lift_hold(request: Request) -> Response:
    person, _ = await own_form(request, _NEEDED)
    await services_of(request).holds.lift(person, request.path_params["hold_id"])
    return RedirectResponse(f"{BASE}#holds", 303)


MENU = (Entry(105, BASE, Text("保存期限", "Retention"), Section.OVERSIGHT, _NEEDED),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, first_page)
framing.add(router, f"{BASE}/runs", purge, "POST")
framing.add(router, _RUN, report_page)
for _extension in REPORT.file_formats:
    framing.add(router, f"{_RUN}/report.{_extension}", _file(_extension))
framing.add(router, f"{BASE}/holds", place_hold, "POST")
framing.add(router, f"{BASE}/holds/{{hold_id:uuid}}/lift", lift_hold, "POST")
