"""Places by the sum of weighted ranks, and what lifts an agency by one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.statistics.ranking import Candidate, formula_of, ranked, steps
from gateway.statistics.top100 import WEIGHABLE, read_weights

_WEIGHTS = {"domestic_organised_days": Decimal(1), "revenue": Decimal(2)}


def _candidate(name: str, days: int | None = None, revenue: str | None = None) -> Candidate:
    told = {"domestic_organised_days": None if days is None else Decimal(days), "revenue": revenue and Decimal(revenue)}
    return Candidate(uscc=name, name=name, division="350200", values={k: v for k, v in told.items() if v is not None})


A, B, C, D = _candidate("A", 90, "10"), _candidate("B", 80, "30"), _candidate("C", 80, "20"), _candidate("D", 5)


def test_equal_values_share_a_rank_and_equal_scores_a_place() -> None:
    places = {each.candidate.name: each for each in ranked([A, B, C, D], _WEIGHTS)}
    assert places["B"].ranks == {"domestic_organised_days": 2, "revenue": 1}
    assert places["C"].ranks == {"domestic_organised_days": 2, "revenue": 2}
    assert [(name, each.place, int(each.score)) for name, each in places.items()] == [
        ("B", 1, 4),
        ("C", 2, 6),
        ("A", 3, 7),
        ("D", 4, 12),
    ]
    level = ranked([_candidate("X", 1, "2"), _candidate("Y", 1, "2"), _candidate("Z", 0, "1")], _WEIGHTS)
    assert [each.place for each in level] == [1, 1, 3]


def test_who_tells_nothing_has_the_last_rank_and_is_named() -> None:
    (silent,) = [each for each in ranked([A, B, C, D], _WEIGHTS) if each.candidate is D]
    assert silent.ranks["revenue"] == 4
    assert silent.missing == ["revenue"]


@pytest.mark.parametrize("uscc", ["A", "B", "C", "D"])
def test_a_step_is_the_least_value_that_lifts(uscc: str) -> None:
    everybody = [A, B, C, D]
    own = next(each for each in everybody if each.uscc == uscc)
    before = next(each.place for each in ranked(everybody, _WEIGHTS) if each.candidate is own)

    def place_with(part: str, value: Decimal) -> int:
        changed = Candidate(uscc=uscc, name=uscc, division="350200", values={**own.values, part: value})
        again = ranked([changed if each is own else each for each in everybody], _WEIGHTS)
        return next(each.place for each in again if each.candidate is changed)

    for step in steps(everybody, _WEIGHTS, uscc):
        smallest = Decimal("0.01") if step.part == "revenue" else Decimal(1)
        if step.needed is None:
            assert place_with(step.part, Decimal(10**9)) == before, "no value lifts it"
        else:
            assert step.place == place_with(step.part, step.needed) < before
            assert place_with(step.part, step.needed - smallest) == before, "less does not"


def test_the_rule_of_a_year_weighs_what_is_known() -> None:
    formula = formula_of(2026)
    assert formula is not None
    assert set(formula.weights) <= set(WEIGHABLE)
    assert sorted(map(int, formula.weights.values())) == [1, 1, 1, 1, 1, 1, 2, 2]
    assert formula_of(1999) is None


@pytest.mark.parametrize(
    "text", ["", "luck:1", "revenue", "revenue:-1", "revenue:1,revenue:2", "revenue:101", "revenue:0"]
)
def test_weights_that_nobody_can_use_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_weights(text)


def test_weights_are_read_as_they_are_written() -> None:
    assert read_weights("revenue:2,tax_paid:1,gross_margin:0") == {"revenue": Decimal(2), "tax_paid": Decimal(1)}
