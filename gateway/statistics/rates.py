"""Reporting rates: groups reported against groups expected, each with the basis of what is expected.

Nobody knows how many groups there are. Four things say how many there should be, and none is taken for another: what
the agency declares of its year, what it reported in the same days of the year before, the groups that it has contracts
for, and what its connector expects. A rate over several agencies is of those of which that basis is known, and says how
many they are.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from adapters.connector import Connector, Frequency
from gateway.access.accounts import Accounts, Role
from gateway.access.divisions import pattern_of
from gateway.base.clock import Clock, years_before
from gateway.statistics import statements as sql
from gateway.statistics.figures import Figures, Grouping, Question, Span, seen_by
from gateway.statistics.rows import AgencyRow, LastGroup, MatchRow
from gateway.statistics.yearly import EXPECTED, YearlyReports
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas.findings import Text

SILENT_AFTER = timedelta(days=30)
_REMEMBERED = timedelta(days=400)


class Basis(StrEnum):
    """What says how many groups are expected."""

    DECLARED = "declared"
    LAST_YEAR = "last_year"
    CONTRACTS = "contracts"
    CONNECTOR = "connector"


BASES: Mapping[Basis, Text] = {
    Basis.DECLARED: Text("旅行社申报的年度预计数，按天折算", "What the agency declares of its year, pro rata by days"),
    Basis.LAST_YEAR: Text("上年同期已报团队数", "Groups reported in the same days of the year before"),
    Basis.CONTRACTS: Text(
        "已报名单表的团队，加上有合同而无名单表的团队", "Groups with a roster, and groups under contract without one"
    ),
    Basis.CONNECTOR: Text(
        "对接配置约定的最低报送量，按天折算", "The least that the agency's connector expects, pro rata by days"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Groups reported against expected, by one basis; `agencies` of which it is known."""

    basis: Basis
    reported: int
    expected: int
    agencies: int = 1

    @property
    def rate(self) -> float | None:
        """None where nothing is expected."""
        return self.reported / self.expected if self.expected else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRates:
    """An agency: what it reported and when, how its contracts and rosters match, and its rates."""

    agency: AgencyRow
    reported: int
    in_time: int
    late: int
    after: int
    contracted: int
    contracts_alone: int
    rosters_alone: int
    rates: Mapping[Basis, Rate]
    last_day: date | None
    is_silent: bool

    @property
    def timely(self) -> float | None:
        """Which part was reported in time; None of nothing."""
        return self.in_time / self.reported if self.reported else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The agencies in sight, and the rates of all of them together."""

    span: Span
    agencies: Sequence[AgencyRates]
    totals: Mapping[Basis, Rate] = field(default_factory=dict)

    @property
    def silent(self) -> list[AgencyRates]:
        """Those that have fallen silent, the longest first."""
        return sorted((e for e in self.agencies if e.is_silent), key=lambda e: (e.last_day or date.min, e.agency.uscc))


class ReportingRates:
    """Compares what was reported with what is expected."""

    def __init__(
        self,
        database: Database,
        figures: Figures,
        reports: YearlyReports,
        *,
        accounts: Accounts,
        connectors: Mapping[str, Connector],
    ) -> None:
        self._database = database
        self._figures = figures
        self._reports = reports
        self._accounts = accounts
        self._connectors = connectors

    async def of(self, scope: Scope, span: Span, division: str | None = None, agency: int | None = None) -> Rates:
        """The rates of the agencies in sight: of a division and those below it, or of one agency."""
        agencies = [each for each in await self._figures.agencies(scope, division) if agency in (None, each.id)]
        by_time = await self._by_time(scope, span)
        before = await self._by_time(scope, _year_before(span))
        matched = {row.agency: row for row in await self._matched(scope, span, division)}
        declared = await self._declared(scope, span)
        connected = await self._connected(span)
        last = await self._last(scope, span.last)
        until = min(span.last, Clock.china_today())
        found = []
        for each in agencies:
            times = by_time.get(each.id, {})
            match = matched.get(each.id) or MatchRow(agency=each.id, contracted=0, contracts_alone=0, rosters_alone=0)
            expected = {
                Basis.DECLARED: declared.get(each.id),
                Basis.LAST_YEAR: sum(before.get(each.id, {}).values()) or None,
                Basis.CONTRACTS: sum(times.values()) + match.contracts_alone if match.contracted else None,
                Basis.CONNECTOR: connected.get(each.id),
            }
            found.append(_agency(each, times, match, expected, last=last.get(each.id), until=until))
        return Rates(span=span, agencies=found, totals=_totals(found))

    async def _by_time(self, scope: Scope, span: Span) -> dict[int, dict[str, int]]:
        """Groups by agency and timeliness."""
        asked = Question(span=span, by=(Grouping.AGENCY, Grouping.TIMELINESS))
        found: dict[int, dict[str, int]] = {}
        for row in await self._figures.of(scope, asked):
            if row.agency is not None:
                found.setdefault(row.agency, {})[row.timeliness or ""] = row.groups
        return found

    async def _matched(self, scope: Scope, span: Span, division: str | None) -> list[MatchRow]:
        pattern = None if division is None else pattern_of(division)
        where = {"first": span.first, "last": span.last, "division": pattern}
        async with self._database.reading(seen_by(scope)) as connection:
            return await fetch(connection, sql.MATCHED, where, MatchRow)

    async def _last(self, scope: Scope, until: date) -> dict[int, date]:
        async with self._database.reading(seen_by(scope)) as connection:
            rows = await fetch(connection, sql.LAST_GROUPS, {"until": until}, LastGroup)
        return {row.agency: row.last_day for row in rows}

    async def _declared(self, scope: Scope, span: Span) -> dict[int, int]:
        """What agencies declare; of a span over two years those that declare both."""
        years = range(span.first.year, span.last.year + 1)
        told: dict[int, list[Decimal]] = {}
        for year in years:
            first, last = max(span.first, date(year, 1, 1)), min(span.last, date(year, 12, 31))
            share = Decimal((last - first).days + 1) / (366 if calendar.isleap(year) else 365)
            for row in await self._reports.of_year(scope, year):
                if (value := row.value(EXPECTED)) is not None:
                    told.setdefault(row.tenant_id, []).append(value * share)
        return {agency: _whole(sum(values, Decimal(0))) for agency, values in told.items() if len(values) == len(years)}

    async def _connected(self, span: Span) -> dict[int, int]:
        """What connectors expect of the one agency that sends by them; what several share nobody can part."""
        found: dict[int, int] = {}
        for connector in self._connectors.values():
            if connector.expected is None or "roster" not in connector.expected.volumes:
                continue
            bound = await self._accounts.bound_to(connector.id)
            senders = {each.tenant.id for each in bound if each.role is Role.PARTNER and each.tenant.uscc}
            if len(senders) == 1:
                periods = Decimal(span.days) / _DAYS[connector.expected.frequency]
                found[senders.pop()] = _whole(periods * connector.expected.volumes["roster"].least)
        return found


_DAYS: Mapping[Frequency, Decimal] = {
    Frequency.DAILY: Decimal(1),
    Frequency.WEEKLY: Decimal(7),
    Frequency.MONTHLY: Decimal(365) / 12,
}


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _year_before(span: Span) -> Span:
    return Span(first=years_before(span.first, 1), last=years_before(span.last, 1))


def _agency(
    agency: AgencyRow,
    times: Mapping[str, int],
    match: MatchRow,
    expected: Mapping[Basis, int | None],
    *,
    last: date | None,
    until: date,
) -> AgencyRates:
    reported = sum(times.values())
    rates = {
        basis: Rate(basis=basis, reported=reported, expected=wanted)
        for basis, wanted in expected.items()
        if wanted is not None
    }
    is_awaited = any(rate.expected > 0 for rate in rates.values())
    is_known = last is not None and until - last <= _REMEMBERED
    return AgencyRates(
        agency=agency,
        reported=reported,
        in_time=times.get("in_time", 0),
        late=times.get("late", 0),
        after=times.get("after", 0),
        contracted=match.contracted,
        contracts_alone=match.contracts_alone,
        rosters_alone=match.rosters_alone,
        rates=rates,
        last_day=last,
        is_silent=(is_awaited or is_known) and (last is None or until - last > SILENT_AFTER),
    )


def _totals(agencies: Sequence[AgencyRates]) -> dict[Basis, Rate]:
    """Of each basis those agencies of which it is known, and no others."""
    found: dict[Basis, Rate] = {}
    for basis in Basis:
        known = [each.rates[basis] for each in agencies if basis in each.rates]
        if known:
            found[basis] = Rate(
                basis=basis,
                reported=sum(rate.reported for rate in known),
                expected=sum(rate.expected for rate in known),
                agencies=len(known),
            )
    return found
