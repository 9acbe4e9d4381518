"""Figures of what was reported, over REST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.requests import Call, DirectRoute, Json, authenticated, empowered, json_object
from gateway.doors.rest.statistics import words
from gateway.doors.statistics_requests import (
    agency_of,
    day_given,
    division_of,
    format_of,
    question_of,
    span_of,
    span_within,
    weights_of,
    year_of,
)
from gateway.doors.statistics_tables import file_response, ranking_lines, rate_lines, trade_lines
from gateway.statistics.figures import Span, must_read
from gateway.statistics.ranking import Placed
from gateway.statistics.rates import BASES, AgencyRates, Rate
from gateway.statistics.rows import PublicationRow
from gateway.statistics.trade import as_json, as_reported
from gateway.statistics.yearly import beside

router = APIRouter(route_class=DirectRoute, tags=["statistics"])


async def _reader(request: Request) -> Call:
    call = await authenticated(request)
    must_read(call.principal)
    return call


@router.get("/v1/statistics/figures", **words.figures())
async def figures(request: Request) -> Response:
    call = await _reader(request)
    scope = call.principal.scope
    question = await question_of(request, scope)
    rows = await call.services.figures.of(scope, question)
    mark = await call.services.figures.mark(scope)
    shown = [_shown(row.columns()) for row in rows]
    return Json(_days(question.span) | {"counted_at": mark.moved_at, "rows": shown})


@router.get("/v1/statistics/trade", **words.trade())
async def trade(request: Request) -> Response:
    call = await _reader(request)
    scope, span, extension = call.principal.scope, span_of(request), format_of(request)
    division, agency = division_of(request), await agency_of(request, scope)
    forms = await call.services.trade.forms(scope, span, division, agency)
    if extension != "json":
        return await file_response(trade_lines(forms), f"trade-{span.first}-{span.last}", extension)
    return Json(_days(span) | {"division": division, "forms": as_json(forms)})


@router.post("/v1/statistics/publications", **words.published())
async def publish(request: Request) -> Response:
    call = await empowered(request, Power.PUBLISH_STATISTICS, with_body=True)
    given = json_object(call.body, "since", "until")
    span = span_within(day_given(given.get("since"), "since"), day_given(given.get("until"), "until"))
    row = await call.services.trade.publish(call.principal, span)
    return Json(_publication(row), 201)


@router.get("/v1/statistics/publications", **words.publications())
async def list_publications(request: Request) -> Response:
    call = await empowered(request, Power.READ_STATISTICS)
    rows = await call.services.trade.publications(call.principal.scope)
    return Json({"publications": [{k: v for k, v in _publication(row).items() if k != "forms"} for row in rows]})


@router.get("/v1/statistics/publications/{publication_id:uuid}", **words.publication())
async def show_publication(request: Request, publication_id: UUID) -> Response:
    call = await empowered(request, Power.READ_STATISTICS)
    scope = call.principal.scope
    row = await call.services.trade.publication(scope, publication_id)
    changes = await call.services.trade.changed_since(scope, row)
    return Json(_publication(row) | {"changes": [asdict(each) for each in changes]})


@router.get("/v1/statistics/rates", **words.rates())
async def rates(request: Request) -> Response:
    call = await _reader(request)
    scope, span, extension = call.principal.scope, span_of(request), format_of(request)
    division, agency = division_of(request), await agency_of(request, scope)
    found = await call.services.rates.of(scope, span, division, agency)
    if extension != "json":
        return await file_response(rate_lines(found), f"rates-{span.first}-{span.last}", extension)
    return Json(
        _days(span)
        | {
            "bases": {basis.value: words._asdict() for basis, words in BASES.items()},
            "totals": {basis.value: _rate(each) for basis, each in found.totals.items()},
            "agencies": [_agency(each) for each in found.agencies],
            "silent": [each.agency.uscc for each in found.silent],
        }
    )


@router.get("/v1/statistics/ranking", **words.ranking())
async def ranking(request: Request) -> Response:
    call = await empowered(request, Power.READ_STATISTICS)
    scope, extension = call.principal.scope, format_of(request)
    found = await call.services.top100.of(scope, year_of(request), weights_of(request), division_of(request))
    if extension != "json":
        return await file_response(ranking_lines(found), f"ranking-{found.year}", extension)
    uscc = request.query_params.get("agency")
    steps = call.services.top100.steps(found, uscc) if uscc else []
    return Json(
        {
            "year": found.year,
            "source": found.formula.source._asdict(),
            "is_synthetic": True,
            "is_simulated": found.is_simulated,
            "size": found.formula.size,
            "weights": _numbers(found.weights),
            "places": [_placed(each) for each in found.places],
            "steps": [_numbers(asdict(step)) for step in steps],
        }
    )


@router.put("/v1/statistics/reports/{year:whole}", **words.handed_in())
async def hand_in_report(request: Request, year: int) -> Response:
    call = await empowered(request, Power.REPORT, with_body=True)
    agency = await _agency_named(request, call)
    await call.services.yearly_reports.hand_in(call.principal, agency, year, json_object(call.body))
    return Json(await _beside(call, agency, year))


@router.get("/v1/statistics/reports/{year:whole}", **words.report())
async def show_report(request: Request, year: int) -> Response:
    call = await _reader(request)
    return Json(await _beside(call, await _agency_named(request, call), year))


async def _agency_named(request: Request, call: Call) -> int:
    """The agency that is named, or whoever asks. Raises Refused (REQUEST-003)."""
    named = await agency_of(request, call.principal.scope)
    if named is None and not call.principal.tenant.uscc:
        raise Refused(problems.NOT_FOUND)
    return named or call.principal.tenant.id


async def _beside(call: Call, agency: int, year: int) -> dict[str, Any]:
    if not 1 <= year <= 9999:
        raise Refused(problems.NOT_FOUND)
    scope = call.principal.scope
    report = await call.services.yearly_reports.of(scope, agency, year)
    counted = as_reported(await call.services.trade.forms(scope, Span.year(year), agency=agency))
    return {
        "year": year,
        "handed_in_at": None if report is None else report.handed_in_at,
        "figures": {
            each.name: _numbers({"reported": each.reported, "counted": each.counted, "difference": each.difference})
            for each in beside(report, counted)
        },
    }


def _days(span: Span) -> dict[str, Any]:
    return {"since": span.first, "until": span.last}


def _shown(columns: dict[str, Any]) -> dict[str, Any]:
    """A row without what it is not grouped by; an agency is told by its credit code."""
    hidden = {"agency"} if columns["uscc"] or columns["agency"] is None else set[str]()
    return {name: value for name, value in columns.items() if value is not None and name not in hidden}


def _publication(row: PublicationRow) -> dict[str, Any]:
    return row.columns()


def _rate(rate: Rate) -> dict[str, Any]:
    return {"reported": rate.reported, "expected": rate.expected, "rate": rate.rate, "agencies": rate.agencies}


def _agency(each: AgencyRates) -> dict[str, Any]:
    return {
        "uscc": each.agency.uscc,
        "name": each.agency.title,
        "division": each.agency.division,
        "reported": each.reported,
        "timeliness": {"in_time": each.in_time, "late": each.late, "after": each.after},
        "contracts_without_roster": each.contracts_alone,
        "rosters_without_contract": each.rosters_alone,
        "rates": {basis.value: _rate(rate) for basis, rate in each.rates.items()},
        "last_day": each.last_day,
        "is_silent": each.is_silent,
    }


def _placed(each: Placed) -> dict[str, Any]:
    return {
        "place": each.place,
        "score": str(each.score),
        "uscc": each.candidate.uscc,
        "name": each.candidate.name,
        "division": each.candidate.division,
        "values": _numbers(each.candidate.values),
        "ranks": dict(each.ranks),
        "missing": each.missing,
    }


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Decimals as text: no program reads them as binary fractions."""
    return {
        name: value if value is None or isinstance(value, int | str) else str(value) for name, value in values.items()
    }
