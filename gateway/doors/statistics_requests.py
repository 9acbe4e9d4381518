"""What programs and pages ask of the statistics: days, divisions, agencies, groupings. All refusals are problems."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from starlette.requests import Request

from gateway.access.divisions import NATION, level_of
from gateway.base.clock import Clock
from gateway.doors.requests import bad_parameter, day_of, services_of, whole_number
from gateway.doors.statistics_tables import FORMATS
from gateway.statistics.deriving import KINDS
from gateway.statistics.figures import Grouping, Part, Question, Span
from gateway.statistics.top100 import MOST_WEIGHT, WEIGHABLE, read_weights
from gateway.statistics.yearly import YEARS
from gateway.store.database import Scope
from schemas.codelists import codelist

_SUBKINDS = {"contract": "contract_types", "roster": "roster_types"}

_LONGEST_DAYS = 3660


def span_of(request: Request) -> Span:
    """`since` and `until`, both in it; by default this year so far. Raises Refused (REQUEST-001)."""
    since, until = (day_of(request.query_params.get(name) or None, name) for name in ("since", "until"))
    return span_within(since, until)


def span_within(since: date | None, until: date | None) -> Span:
    """The days from one to another; what is not given is this year so far. Raises Refused (REQUEST-001)."""
    last = until or max(Clock.china_today(), since or date.min)
    first = since or last.replace(month=1, day=1)
    if not 0 <= (last - first).days <= _LONGEST_DAYS or not YEARS[0] <= first.year <= last.year <= YEARS[1]:
        raise bad_parameter("until", f"{first} .. {_LONGEST_DAYS} d")
    return Span(first=first, last=last)


def day_given(given: object, name: str) -> date:
    """A day that must be told. Raises Refused (REQUEST-001)."""
    day = day_of(given, name) if isinstance(given, str) else None
    if day is None:
        raise bad_parameter(name, "YYYY-MM-DD")
    return day


def division_of(request: Request) -> str | None:
    """`division`, None where none is given or it is the whole country. Raises Refused (REQUEST-001)."""
    division = request.query_params.get("division") or None
    if division is None or division == NATION:
        return None
    try:
        level_of(division)
    except KeyError:
        raise bad_parameter("division", "GB/T 2260") from None
    return division


async def agency_of(request: Request, scope: Scope) -> int | None:
    """The account of `agency`, a credit code. Raises Refused (REQUEST-003) for one that is not in sight."""
    uscc = request.query_params.get("agency") or None
    return None if uscc is None else (await services_of(request).figures.agency(scope, uscc)).id


async def question_of(request: Request, scope: Scope) -> Question:
    """What is asked for. Raises Refused (REQUEST-001, REQUEST-003)."""
    kind = choice_of(request, "kind", KINDS, "roster")
    return Question(
        span=span_of(request),
        kind=kind,
        part=Part(choice_of(request, "part", tuple(Part), Part.ORGANISED)),
        by=groupings_of(request),
        subkinds=subkinds_of(request, kind),
        division=division_of(request),
        agency=await agency_of(request, scope),
    )


def subkinds_of(request: Request, kind: str) -> tuple[str, ...]:
    """`subkind`, types of that kind parted by commas. Raises Refused (REQUEST-001)."""
    given = tuple(filter(None, request.query_params.get("subkind", "").split(",")))
    known = codelist(_SUBKINDS[kind])
    if not set(given) <= set(known):
        raise bad_parameter("subkind", ", ".join(known))
    return given


def groupings_of(request: Request) -> tuple[Grouping, ...]:
    """`by`, parted by commas. Of the levels of divisions one at most. Raises Refused (REQUEST-001)."""
    names = [name for name in request.query_params.get("by", "").split(",") if name]
    levels = {Grouping.PROVINCE, Grouping.CITY, Grouping.COUNTY}
    if not set(names) <= set(Grouping) or len(levels & set(names)) > 1 or len(set(names)) != len(names):
        raise bad_parameter("by", ", ".join(Grouping))
    return tuple(map(Grouping, names))


def choice_of(request: Request, name: str, choices: tuple[str, ...], default: str) -> str:
    """One of some words. Raises Refused (REQUEST-001)."""
    given = request.query_params.get(name) or default
    if given not in choices:
        raise bad_parameter(name, " | ".join(choices))
    return given


def format_of(request: Request) -> str:
    """`format`: json, csv or xlsx. Raises Refused (REQUEST-001)."""
    return choice_of(request, "format", FORMATS, FORMATS[0])


def year_of(request: Request) -> int:
    """`year`, by default the last one that is over. Raises Refused (REQUEST-001)."""
    return whole_number(request, "year", Clock.china_today().year - 1, YEARS[0], most=YEARS[1])


def weights_of(request: Request) -> dict[str, Decimal] | None:
    """`weights` of a simulation, None where none are given. Raises Refused (REQUEST-001)."""
    given = request.query_params.get("weights")
    try:
        return read_weights(given) if given else None
    except ValueError:
        raise bad_parameter("weights", f"{WEIGHABLE[0]}:0..{MOST_WEIGHT},…: {', '.join(WEIGHABLE)}") from None
