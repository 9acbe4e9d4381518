"""What the pages of figures show, in one language, ready for their templates. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from gateway.access.divisions import NATION, SANDBOX, title_of
from gateway.console.shell.record_words import division_words
from gateway.doors.statistics_tables import percent, place_words
from gateway.statistics.figures import Grouping, Span
from gateway.statistics.ranking import Step
from gateway.statistics.rates import BASES, AgencyRates, Basis, Rate, Rates
from gateway.statistics.rows import FigureRow, Mark, PublicationRow
from gateway.statistics.top100 import MOST_WEIGHT, WEIGHABLE, Ranking, weights_from
from gateway.statistics.trade import MEASURES, Changed, FilledForm, Form, Forms, Line
from gateway.statistics.trade import TITLES as FORM_TITLES
from gateway.statistics.yearly import MONEY, Beside
from gateway.statistics.yearly import TITLES as PART_TITLES
from gateway.wording.dates import day, short_moment
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas.codelists import codelist
from schemas.findings import Text

BASE, OWN = "/statistics", "/own-statistics"
_BEST, _LEAST_GROUPS, _BARS, _LINES = 5, 1, 20, 300
_TIMELINESS: Mapping[str, tuple[Text, str]] = {
    "in_time": (Text("出发前报送", "Before departure"), "good"),
    "late": (Text("途中补报", "While travelling"), "warn"),
    "after": (Text("返回后补报", "After return"), "bad"),
    "unknown": (Text("日期不明", "No dates"), "none"),
}
_TRAVELLERS, _DAYS = Text("人次", "Persons"), Text("人天", "Person-days")
_UNKNOWN = Text("未注明", "Not stated")
_SHORT: Mapping[Basis, Text] = {
    Basis.DECLARED: Text("申报", "Declared"),
    Basis.LAST_YEAR: Text("上年同期", "Year before"),
    Basis.CONTRACTS: Text("合同", "Contracts"),
    Basis.CONNECTOR: Text("对接约定", "Connector"),
}
Shown = dict[str, Any]


def query_of(span: Span, division: str | None = "") -> str:
    """The days and the division as they stand in an address."""
    asked = {"since": span.first.isoformat(), "until": span.last.isoformat()}
    return urlencode(asked | ({"division": division} if division else {}))


def address(path: str, span: Span, division: str | None = "") -> str:
    """A page of figures about these days and that division."""
    return f"{path}?{query_of(span, division)}"


def division_title(division: str, language: str) -> str:
    """A division by its name, the whole country in the reader's language."""
    return word(title_of(NATION), language) if division == NATION else division_words(division)


def shown_totals(rows: Sequence[FigureRow], language: str) -> Shown:
    """Everything together, and how much of it came in time."""
    groups = sum(row.groups for row in rows)
    known = sum(row.groups for row in rows if row.timeliness != "unknown")
    in_time = sum(row.groups for row in rows if row.timeliness == "in_time")
    sums = ("groups", "travellers", "traveller_days", "corrections", "returned")
    return {
        **{name: _number(sum(getattr(row, name) for row in rows)) for name in sums},
        "in_time": percent(in_time / known if known else None) or NOTHING,
        "is_empty": not groups,
        "times": [
            {
                "title": word(title, language),
                "tone": tone,
                "groups": _number(sum(r.groups for r in rows if r.timeliness == name)),
            }
            for name, (title, tone) in _TIMELINESS.items()
        ],
    }


def shown_parts(rows: Sequence[FigureRow], grouping: Grouping, span: Span, language: str) -> Shown:
    """The parts of a division, the greatest first: bars of groups by timeliness, and the same as a table."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        own = found[_part_of(row, grouping, language)]
        own[row.timeliness or ""] += row.groups
        own["groups"] += row.groups
        own["travellers"] += row.travellers
        own["traveller_days"] += row.traveller_days
    ordered = sorted(found.items(), key=lambda each: (-each[1]["groups"], each[0]))[:_LINES]
    bars = ordered[:_BARS]
    return {
        "figure": {
            "labels": [name for (name, _), _ in bars],
            "series": [
                {"name": word(title, language), "tone": tone, "values": [own[time] for _, own in bars]}
                for time, (title, tone) in _TIMELINESS.items()
                if any(own[time] for _, own in bars)
            ],
        },
        "rows": [
            {
                "name": name,
                "href": address(BASE, span, code) if grouping is not Grouping.AGENCY and code.isdigit() else "",
                "groups": _number(own["groups"]),
                "travellers": _number(own["travellers"]),
                "traveller_days": _number(own["traveller_days"]),
                "in_time": percent(own["in_time"] / own["groups"] if own["groups"] else None) or NOTHING,
                "late": _number(own["late"]),
                "after": _number(own["after"]),
            }
            for (name, code), own in ordered
        ],
        "are_agencies": grouping is Grouping.AGENCY,
        "is_cut": len(found) > _LINES,
    }


def _part_of(row: FigureRow, grouping: Grouping, language: str) -> tuple[str, str]:
    """What a part is called, and its code."""
    if grouping is Grouping.AGENCY:
        return row.agency_name or word(_UNKNOWN, language), row.uscc or ""
    code = row.division or ""
    if not code or code == SANDBOX:
        return code or word(_UNKNOWN, language), ""
    return division_words(code), code if code in codelist("divisions") else ""


def shown_months(rows: Sequence[FigureRow], language: str) -> Shown:
    """The months one after another, as lines and as a table."""
    return {
        "figure": {
            "labels": [row.month for row in rows],
            "are_lines": True,
            "series": [
                {"name": word(_TRAVELLERS, language), "values": [row.travellers for row in rows]},
                {"name": word(_DAYS, language), "values": [row.traveller_days for row in rows]},
            ],
        },
        "rows": [
            {
                "month": row.month,
                "groups": _number(row.groups),
                "travellers": _number(row.travellers),
                "traveller_days": _number(row.traveller_days),
                "corrections": _number(row.corrections),
            }
            for row in rows
        ],
    }


def shown_best(rates: Rates, language: str, *, is_best: bool) -> list[Shown]:
    """Those who report most of their groups in time, or least."""
    known = [each for each in rates.agencies if each.reported >= _LEAST_GROUPS]
    ordered = sorted(known, key=lambda e: ((e.timely or 0) * (-1 if is_best else 1), -e.reported, e.agency.uscc))
    return [
        {"name": each.agency.title, "share": percent(each.timely), "groups": _number(each.reported)}
        for each in ordered[:_BEST]
    ]


def shown_silent(rates: Rates, language: str) -> list[Shown]:
    """Those who report no more, with what is expected of them."""
    return [
        {
            "name": each.agency.title,
            "uscc": each.agency.uscc,
            "since": NOTHING if each.last_day is None else day(each.last_day, language),
            "expected": _expected(each, language),
        }
        for each in rates.silent[:_LINES]
    ]


def _expected(each: AgencyRates, language: str) -> str:
    told = [f"{word(_SHORT[basis], language)} {rate.expected:,}" for basis, rate in each.rates.items() if rate.expected]
    return word(Text("；", "; "), language).join(told) or NOTHING


def shown_mark(mark: Mark, language: str) -> str:
    """When the figures were last brought up to date."""
    return short_moment(mark.moved_at, language)


def shown_forms(forms: Forms, language: str) -> list[Shown]:
    """The trade's forms; an outbound one has nothing received."""
    return [_form(form, forms[form], language) for form in Form]


def _form(form: Form, filled: FilledForm, language: str) -> Shown:
    measures = [name for name in MEASURES if form is not Form.OUTBOUND or not name.startswith("received")]

    def line(each: Line, name: str) -> Shown:
        return {"place": name, "numbers": [_number(each.value(measure)) for measure in measures]}

    longest = sorted(filled.lines, key=lambda each: (-each.organised - each.received, each.place))[:_BARS]
    shown = [("organised", "good"), ("received", "warn")] if form is not Form.OUTBOUND else [("organised", "good")]
    return {
        "name": form.value,
        "title": word(FORM_TITLES[form], language),
        "is_outbound": form is Form.OUTBOUND,
        "headings": [word(MEASURES[name], language) for name in measures],
        "lines": [line(each, _place(each.place, language)) for each in filled.lines],
        "total": line(filled.total, ""),
        "figure": {
            "labels": [_place(each.place, language) for each in longest],
            "are_beside": True,
            "series": [
                {"name": word(MEASURES[name], language), "tone": tone, "values": [each.value(name) for each in longest]}
                for name, tone in shown
            ],
        },
    }


def _place(place: str, language: str) -> str:
    return word(place_words(place), language)


def shown_publications(rows: Sequence[PublicationRow], language: str) -> list[Shown]:
    """What was published."""
    return [
        {
            "id": str(row.id),
            "href": f"{BASE}/publications/{row.id}",
            "place": division_title(row.division, language),
            "days": f"{day(row.first_day, language)} – {day(row.last_day, language)}",
            "version": row.version,
            "by": row.published_by,
            "at": short_moment(row.published_at, language),
        }
        for row in rows
    ]


def shown_changes(changes: Sequence[Changed], language: str) -> list[Shown]:
    """What is otherwise now than it was published."""
    total = Text("合计", "Total")
    return [
        {
            "form": word(FORM_TITLES[each.form], language),
            "place": word(total, language) if each.is_total else _place(each.place, language),
            "measure": word(MEASURES[each.measure], language),
            "published": _number(each.published),
            "now": _number(each.now),
            "difference": f"{each.now - each.published:+,}",
        }
        for each in changes[:_LINES]
    ]


def shown_rates(rates: Rates, language: str) -> Shown:
    """Every basis for all together, then each agency."""
    return {
        "totals": [
            {
                "basis": word(_SHORT[basis], language),
                "words": word(words, language),
                **_rate(rates.totals.get(basis)),
                "agencies": _number(rates.totals[basis].agencies) if basis in rates.totals else "",
            }
            for basis, words in BASES.items()
        ],
        "count": _number(len(rates.agencies)),
        "bases": [word(_SHORT[basis], language) for basis in BASES],
        "agencies": [
            {
                "name": each.agency.title,
                "uscc": each.agency.uscc,
                "reported": _number(each.reported),
                "in_time": percent(each.timely) or NOTHING,
                "contracts_alone": _number(each.contracts_alone),
                "rosters_alone": _number(each.rosters_alone),
                "rates": [_rate(each.rates.get(basis)) for basis in BASES],
                "is_silent": each.is_silent,
            }
            for each in rates.agencies[:_LINES]
        ],
        "is_cut": len(rates.agencies) > _LINES,
    }


def _rate(rate: Rate | None) -> Shown:
    if rate is None:
        return {"rate": NOTHING, "of": "", "is_known": False}
    return {
        "rate": percent(rate.rate) or NOTHING,
        "of": f"{rate.reported:,} / {rate.expected:,}",
        "is_known": True,
    }


def shown_ranking(ranking: Ranking, language: str) -> Shown:
    """The places with their parts, and the form that tries other weights out."""
    parts = list(ranking.weights)
    weights = ",".join(f"{part}:{weight}" for part, weight in ranking.weights.items())
    query = {"year": str(ranking.year)} | ({"weights": weights} if ranking.is_simulated else {})
    return {
        "year": str(ranking.year),
        "source": word(ranking.formula.source, language),
        "is_simulated": ranking.is_simulated,
        "size": ranking.formula.size,
        "query": urlencode(query),
        "parts": [{"title": word(PART_TITLES[part], language), "weight": str(ranking.weights[part])} for part in parts],
        "places": [
            {
                "place": each.place,
                "name": each.candidate.name,
                "href": f"{BASE}/ranking?{urlencode(query | {'agency': each.candidate.uscc})}#steps",
                "score": str(each.score),
                "by_part": [
                    {"value": _value(part, each.candidate.values.get(part)), "rank": each.ranks[part]} for part in parts
                ],
                "missing": word(Text("、", ", "), language).join(word(PART_TITLES[p], language) for p in each.missing),
            }
            for each in ranking.places[: ranking.formula.size]
        ],
        "count": _number(len(ranking.places)),
        "weighable": [
            {
                "name": f"w.{name}",
                "title": word(PART_TITLES[name], language),
                "value": str(ranking.weights.get(name, 0)),
            }
            for name in WEIGHABLE
        ],
        "most": MOST_WEIGHT,
    }


def shown_steps(ranking: Ranking, uscc: str, steps: Sequence[Step], language: str) -> Shown:
    """What would lift an agency."""
    own = next(each for each in ranking.places if each.candidate.uscc == uscc)
    return {
        "name": own.candidate.name,
        "place": own.place,
        "is_first": own.place == 1,
        "steps": [
            {
                "title": word(PART_TITLES[step.part], language),
                "value": _value(step.part, step.value),
                "needed": NOTHING if step.needed is None else _value(step.part, step.needed),
                "place": "" if step.place is None else step.place,
            }
            for step in steps
        ],
    }


def weights_of_form(given: Mapping[str, str]) -> dict[str, Decimal]:
    """Weights, a field each; an empty one is none. Raises ValueError."""
    return weights_from([(name, text.strip() or "0") for name, text in given.items()])


def shown_report(figures: Sequence[Beside], written: Mapping[str, str], language: str) -> list[Shown]:
    """The fields of a yearly report, beside what was counted."""
    return [
        {
            "name": each.name,
            "title": word(PART_TITLES[each.name], language),
            "value": written.get(each.name, "" if each.reported is None else str(each.reported)),
            "counted": "" if each.counted is None else _number(int(each.counted)),
            "difference": f"{int(each.difference):+,}" if each.difference else "",
            "is_money": each.name in MONEY,
        }
        for each in figures
    ]


def _value(part: str, value: Decimal | None) -> str:
    if value is None:
        return NOTHING
    if part == "gross_margin":
        return percent(value)
    return f"{value:,.2f}" if part in MONEY else f"{value:,.0f}"


def _number(value: int) -> str:
    return f"{value:,}"
