"""The Top-100 of a year: values from figures and agencies' reports, by the rule of the year or by other weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.statistics.figures import Figures, Grouping, Part, Question, Span
from gateway.statistics.ranking import Candidate, Formula, Placed, Step, formula_of, ranked, steps
from gateway.statistics.rows import ReportRow
from gateway.statistics.trade import SUBKINDS, Form
from gateway.statistics.yearly import MONEY, YearlyReports
from gateway.store.database import Scope
from schemas.findings import Text

PARTS: Mapping[str, tuple[Form, Part]] = {
    f"{form}_{part}_days": (form, part)
    for form in Form
    for part in (Part.ORGANISED, Part.RECEIVED)
    if (form, part) != (Form.OUTBOUND, Part.RECEIVED)
}
"""What may be weighed of the figures: person-days."""
_WEIGHT = re.compile(r"\d{1,3}", re.ASCII)
WEIGHABLE = (*PARTS, *MONEY, "gross_margin")
MOST_WEIGHT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All candidates in their order; `is_simulated` under other weights than those of the rule."""

    year: int
    formula: Formula
    weights: Mapping[str, Decimal]
    is_simulated: bool
    places: Sequence[Placed]


class Top100:
    """Ranks the agencies in sight."""

    def __init__(self, figures: Figures, reports: YearlyReports) -> None:
        self._figures = figures
        self._reports = reports

    async def of(
        self, scope: Scope, year: int, weights: Mapping[str, Decimal] | None = None, division: str | None = None
    ) -> Ranking:
        """That of a year. With `weights` a simulation, of which nothing is kept. Raises Refused (REQUEST-003)."""
        formula = formula_of(year)
        if formula is None:
            raise Refused(problems.NOT_FOUND, Text("该年度没有排名规则", "There is no rule for that year"))
        used = weights or formula.weights
        candidates = await self._candidates(scope, year, division)
        return Ranking(
            year=year,
            formula=formula,
            weights=used,
            is_simulated=weights is not None,
            places=ranked(candidates, used),
        )

    def steps(self, ranking: Ranking, uscc: str) -> list[Step]:
        """What would lift an agency. Raises Refused (REQUEST-003) for one that is not ranked."""
        candidates = [each.candidate for each in ranking.places]
        if uscc not in {each.uscc for each in candidates}:
            raise Refused(problems.NOT_FOUND)
        return steps(candidates, ranking.weights, uscc)

    async def _candidates(self, scope: Scope, year: int, division: str | None) -> list[Candidate]:
        """The agencies in sight that have reported anything of the year."""
        span = Span.year(year)
        days: dict[int, dict[str, Decimal]] = {}
        for part in (Part.ORGANISED, Part.RECEIVED):
            asked = Question(span=span, part=part, by=(Grouping.AGENCY, Grouping.SUBKIND))
            for row in await self._figures.of(scope, asked):
                for name, (form, counted) in PARTS.items():
                    if row.agency is not None and counted is part and row.subkind in SUBKINDS[form]:
                        own = days.setdefault(row.agency, {})
                        own[name] = own.get(name, Decimal(0)) + row.traveller_days
        reports = {row.tenant_id: row for row in await self._reports.of_year(scope, year)}
        return [
            Candidate(
                uscc=each.uscc,
                name=each.title,
                division=each.division,
                values={**dict.fromkeys(PARTS, Decimal(0)), **days.get(each.id, {}), **money(reports.get(each.id))},
            )
            for each in await self._figures.agencies(scope, division)
            if each.id in days or each.id in reports
        ]


def money(report: ReportRow | None) -> dict[str, Decimal]:
    """The amounts of a report, with the margin that follows from them."""
    if report is None:
        return {}
    found = {name: value for name in MONEY if (value := report.value(name)) is not None}
    if found.get("revenue") and "gross_profit" in found:
        margin = found["gross_profit"] / found["revenue"]
        found["gross_margin"] = margin.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return found


def read_weights(text: str) -> dict[str, Decimal]:
    """Weights as somebody writes them, `revenue:2,tax_paid:1`. Raises ValueError."""
    parts = [each.partition(":") for each in text.split(",") if each]
    return weights_from([(name, weight) for name, _, weight in parts])


def weights_from(pairs: Iterable[tuple[str, str]]) -> dict[str, Decimal]:
    """Figures with what each weighs; those of no weight are none. Raises ValueError."""
    found: dict[str, Decimal] = {}
    for name, weight in pairs:
        if name not in WEIGHABLE or name in found or not _WEIGHT.fullmatch(weight) or int(weight) > MOST_WEIGHT:
            raise ValueError(name)
        found[name] = Decimal(weight)
    if not any(found.values()):
        raise ValueError("nothing weighs")
    return {name: weight for name, weight in found.items() if weight}
