"""Figures of what was reported, as pages for officials and for agencies."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import audit
from gateway.access.divisions import NATION, Level, above, below, level_of
from gateway.access.powers import Power
from gateway.base.problems import Refused
from gateway.console.shell import framing
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import Endpoint, own_form, visitor
from gateway.console.statistics import words
from gateway.console.statistics.words import BASE, OWN
from gateway.doors.requests import bad_parameter, services_of
from gateway.doors.statistics_requests import (
    day_given,
    division_of,
    span_of,
    span_within,
    weights_of,
    year_of,
)
from gateway.doors.statistics_tables import Lines, file_response, ranking_lines, rate_lines, trade_lines
from gateway.persons.person import Person
from gateway.statistics.figures import Grouping, Question, Span
from gateway.statistics.trade import as_reported, from_json
from gateway.statistics.yearly import YEARS, beside
from schemas.findings import Text

_READ, _PUBLISH = Power.READ_STATISTICS, Power.PUBLISH_STATISTICS
_BELOW = {Level.CITY: Grouping.CITY, Level.COUNTY: Grouping.COUNTY, Level.PROVINCE: Grouping.PROVINCE}


async def overview_page(request: Request) -> Response:
    """What was reported in a division, by what lies in it and by month; who reports well, and who no more."""
    person, language = await visitor(request, _READ), chosen(request).language
    services, span = services_of(request), span_of(request)
    division = division_of(request) or (None if person.tenant.division == NATION else person.tenant.division)
    grouping = _grouping(division or NATION)

    async def figures(*by: Grouping) -> Any:
        return await services.figures.of(person.scope, Question(span=span, by=by, division=division))

    rates = await services.rates.of(person.scope, span, division)
    return await framed(
        request,
        person,
        "statistics.html",
        **_asked(request, person, span),
        totals=words.shown_totals(await figures(Grouping.TIMELINESS), language),
        parts=words.shown_parts(await figures(grouping, Grouping.TIMELINESS), grouping, span, language),
        months=words.shown_months(await figures(Grouping.MONTH), language),
        best=words.shown_best(rates, language, is_best=True),
        worst=words.shown_best(rates, language, is_best=False),
        silent=words.shown_silent(rates, language),
        mark=words.shown_mark(await services.figures.mark(person.scope), language),
    )


def _grouping(division: str) -> Grouping:
    """By what a division is parted: what lies directly below it, or the agencies of a county."""
    inner = below(division)
    return _BELOW[level_of(inner[0])] if inner else Grouping.AGENCY


def _asked(request: Request, person: Person, span: Span) -> dict[str, Any]:
    """The days and the division that a page is about, and the way up from there."""
    own, language = person.tenant.division, chosen(request).language
    division = division_of(request) or own
    up = above(division) if division != own else None
    return {
        "since": span.first.isoformat(),
        "until": span.last.isoformat(),
        "division": "" if division == own else division,
        "place": words.division_title(division, language),
        "up": words.address(request.url.path, span, "" if up == own else up) if up is not None else "",
        "up_to": "" if up is None else words.division_title(up, language),
        "here": request.url.path,
        "query": words.query_of(span, "" if division == own else division),
    }


async def trade_page(request: Request) -> Response:
    """The trade's forms as they are now, and those that were published."""
    person, language = await visitor(request, _READ), chosen(request).language
    services, span = services_of(request), span_of(request)
    forms = await services.trade.forms(person.scope, span, division_of(request))
    return await framed(
        request,
        person,
        "statistics_trade.html",
        **_asked(request, person, span),
        forms=words.shown_forms(forms, language),
        publications=words.shown_publications(await services.trade.publications(person.scope), language),
        may_publish=person.may(_PUBLISH),
    )


async def publish(request: Request) -> Response:
    """Freeze the forms of the days that the form names."""
    person, form = await own_form(request, _PUBLISH)
    span = span_within(day_given(form.get("since"), "since"), day_given(form.get("until"), "until"))
    row = await services_of(request).trade.publish(person, span)
    return RedirectResponse(f"{BASE}/publications/{row.id}", 303)


async def publication_page(request: Request) -> Response:
    """The forms as they were published, and what is otherwise now."""
    person, language = await visitor(request, _READ), chosen(request).language
    trade = services_of(request).trade
    row = await trade.publication(person.scope, request.path_params["publication_id"])
    return await framed(
        request,
        person,
        "statistics_publication.html",
        forms=words.shown_forms(from_json(row.forms), language),
        changes=words.shown_changes(await trade.changed_since(person.scope, row), language),
        publication=words.shown_publications([row], language)[0],
    )


async def rates_page(request: Request) -> Response:
    """Reporting rates, each with its basis."""
    person, language = await visitor(request, _READ), chosen(request).language
    span = span_of(request)
    rates = await services_of(request).rates.of(person.scope, span, division_of(request))
    asked = _asked(request, person, span)
    return await framed(request, person, "statistics_rates.html", **asked, **words.shown_rates(rates, language))


async def ranking_page(request: Request) -> Response:
    """The Top-100 of a year, by its rule or by weights that somebody tries out."""
    person, language = await visitor(request, _READ), chosen(request).language
    top100, year = services_of(request).top100, year_of(request)
    ranking = await top100.of(person.scope, year, _weights_of(request))
    uscc = request.query_params.get("agency")
    steps = top100.steps(ranking, uscc) if uscc else None
    shown = words.shown_ranking(ranking, language)
    detail = None if steps is None else words.shown_steps(ranking, uscc or "", steps, language)
    return await framed(request, person, "statistics_ranking.html", **shown, detail=detail)


def _weights_of(request: Request) -> Any:
    """Weights as the form of the page sends them, a field each, or as a program does. Raises Refused (REQUEST-001)."""
    given = {name[2:]: value for name, value in request.query_params.items() if name.startswith("w.")}
    if not given:
        return weights_of(request)
    try:
        return words.weights_of_form(given)
    except ValueError:
        raise bad_parameter("weights", "0 .. 100") from None


async def own_page(request: Request) -> Response:
    """An agency's own figures, rates and report of a year."""
    return await _own_page(request, await visitor(request, Power.REPORT), {})


async def _own_page(
    request: Request, person: Person, written: dict[str, str], refusal: Refused | None = None
) -> Response:
    language, services = chosen(request).language, services_of(request)
    told = written.get("year", "")
    year = int(told) if told in map(str, range(YEARS[0], YEARS[1] + 1)) else year_of(request)
    span = Span.year(year)
    own = person.tenant.id
    rates = await services.rates.of(person.scope, span, agency=own)
    forms = await services.trade.forms(person.scope, span, agency=own)
    report = await services.yearly_reports.of(person.scope, own, year)
    months = await services.figures.of(person.scope, Question(span=span, by=(Grouping.MONTH,), agency=own))
    return await framed(
        request,
        person,
        "own_statistics.html",
        200 if refusal is None else refusal.problem.status,
        year=str(year),
        name=person.tenant.title,
        months=words.shown_months(months, language),
        rates=words.shown_rates(rates, language),
        forms=words.shown_forms(forms, language),
        fields=words.shown_report(beside(report, as_reported(forms)), written, language),
        is_saved=request.query_params.get("saved") == "1",
        wrong=explained(refusal, language),
    )


async def hand_in(request: Request) -> Response:
    """What an agency says of a year."""
    person, form = await own_form(request, Power.REPORT)
    year = form.pop("year", "")
    try:
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise bad_parameter("year", "2000 .. 2100")
        await services_of(request).yearly_reports.hand_in(person, person.tenant.id, int(year), form)
    except Refused as refusal:
        return await _own_page(request, person, form | {"year": year}, refusal)
    return RedirectResponse(f"{OWN}?year={year}&saved=1", 303)


async def _trade_lines(request: Request, person: Person, language: str) -> Lines:
    forms = await services_of(request).trade.forms(person.scope, span_of(request), division_of(request))
    return trade_lines(forms, language)


async def _rate_lines(request: Request, person: Person, language: str) -> Lines:
    return rate_lines(
        await services_of(request).rates.of(person.scope, span_of(request), division_of(request)), language
    )


async def _ranking_lines(request: Request, person: Person, language: str) -> Lines:
    ranking = await services_of(request).top100.of(person.scope, year_of(request), _weights_of(request))
    return ranking_lines(ranking, language)


async def _publication_lines(request: Request, person: Person, language: str) -> Lines:
    row = await services_of(request).trade.publication(person.scope, request.path_params["publication_id"])
    return trade_lines(from_json(row.forms), language)


def _file(lines: Any, name: str, extension: str) -> Endpoint:
    async def file(request: Request) -> Response:
        person = await visitor(request, _READ)
        found = await lines(request, person, chosen(request).language)
        async with services_of(request).database.writing() as connection:
            await audit.record(connection, person, "list.export", name, rows=len(found) - 1, format=extension)
        return await file_response(found, name, extension)

    return file


MENU = (
    Entry(92, BASE, Text("统计概览", "Statistics"), Section.OVERSIGHT, _READ),
    Entry(93, f"{BASE}/trade", Text("行业报表", "Trade forms"), Section.OVERSIGHT, _READ),
    Entry(94, f"{BASE}/rates", Text("填报率", "Reporting rates"), Section.OVERSIGHT, _READ),
    Entry(95, f"{BASE}/ranking", Text("百强排名", "Top-100"), Section.OVERSIGHT, _READ),
    Entry(8, OWN, Text("本社统计", "Own figures"), Section.REPORT, Power.REPORT),
)
_PUBLICATION = f"{BASE}/publications/{{publication_id:uuid}}"

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, overview_page)
framing.add(router, f"{BASE}/trade", trade_page)
framing.add(router, f"{BASE}/publications", publish, "POST")
framing.add(router, _PUBLICATION, publication_page)
framing.add(router, f"{BASE}/rates", rates_page)
framing.add(router, f"{BASE}/ranking", ranking_page)
framing.add(router, OWN, own_page)
framing.add(router, OWN, hand_in, "POST")
for _extension in ("xlsx", "csv"):
    framing.add(router, f"{BASE}/trade.{_extension}", _file(_trade_lines, "trade", _extension))
    framing.add(router, f"{BASE}/rates.{_extension}", _file(_rate_lines, "rates", _extension))
    framing.add(router, f"{BASE}/ranking.{_extension}", _file(_ranking_lines, "ranking", _extension))
    framing.add(router, f"{_PUBLICATION}/trade.{_extension}", _file(_publication_lines, "trade", _extension))
