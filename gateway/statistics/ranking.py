"""Agencies by the sum of their weighted ranks, the lowest first; what lifts one by a place. Pure.

In each part the greatest value has rank 1, equal values share a rank. An agency of which a value is missing has the
last rank there: nobody gains by keeping silent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

import orjson

from schemas.findings import Text

SMALLEST: Mapping[str, Decimal] = {
    "revenue": Decimal("0.01"),
    "gross_profit": Decimal("0.01"),
    "tax_paid": Decimal("0.01"),
    "gross_margin": Decimal("0.0001"),
}
"""The least by which a value can be greater than another; of person-days it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """The rule of some years. `weights` by part."""

    from_year: int
    until_year: int | None
    size: int
    source: Text
    weights: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agency with its values by part; what nobody has told is not among them."""

    uscc: str
    name: str
    division: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A candidate in its place. `ranks` by part; equal scores share a place."""

    place: int
    score: Decimal
    candidate: Candidate
    ranks: Mapping[str, int]

    @property
    def missing(self) -> list[str]:
        """The parts of which nobody has told its value."""
        return [part for part in self.ranks if part not in self.candidate.values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The least value of a part that lifts an agency, if nothing else changes; `needed` is None where none does."""

    part: str
    value: Decimal | None
    needed: Decimal | None
    place: int | None


@cache
def formulas() -> tuple[Formula, ...]:
    """The rules that are known, the newest first."""
    said = orjson.loads((files("schemas") / "rankings" / "top100.json").read_bytes())
    found = [
        Formula(
            from_year=each["from_year"],
            until_year=each["until_year"],
            size=each["size"],
            source=Text(**each["source"]),
            weights={part: Decimal(weight) for part, weight in each["weights"].items()},
        )
        for each in said["formulas"]
    ]
    return tuple(sorted(found, key=lambda each: each.from_year, reverse=True))


def formula_of(year: int) -> Formula | None:
    """The rule in force in a year."""
    return next((e for e in formulas() if e.from_year <= year and (e.until_year is None or year <= e.until_year)), None)


def ranked(candidates: Sequence[Candidate], weights: Mapping[str, Decimal]) -> list[Placed]:
    """All in their order."""
    ranks = [_ranks(candidates, part) for part in weights]
    scored = []
    for at, candidate in enumerate(candidates):
        own = {part: of_part[at] for part, of_part in zip(weights, ranks, strict=True)}
        scored.append((sum((weight * own[part] for part, weight in weights.items()), Decimal(0)), candidate, own))
    scored.sort(key=lambda each: (each[0], each[1].uscc))
    scores = [score for score, _, _ in scored]
    return [
        Placed(place=bisect_left(scores, score) + 1, score=score, candidate=candidate, ranks=own)
        for score, candidate, own in scored
    ]


def _ranks(candidates: Sequence[Candidate], part: str) -> list[int]:
    known = sorted((each.values[part] for each in candidates if part in each.values), reverse=True)
    at = {value: place for place, value in reversed(list(enumerate(known, 1)))}
    return [at[each.values[part]] if part in each.values else len(candidates) for each in candidates]


def steps(candidates: Sequence[Candidate], weights: Mapping[str, Decimal], uscc: str) -> list[Step]:
    """What would lift an agency, part by part: the least value with which it comes into a better place."""
    before = next(each.place for each in ranked(candidates, weights) if each.candidate.uscc == uscc)
    return [_step(candidates, weights, uscc, (part, before)) for part in weights]


def _step(
    candidates: Sequence[Candidate], weights: Mapping[str, Decimal], uscc: str, part_before: tuple[str, int]
) -> Step:
    part, before = part_before
    own = next(each for each in candidates if each.uscc == uscc)
    now = own.values.get(part)
    least = SMALLEST.get(part, Decimal(1))
    others = {each.values[part] for each in candidates if part in each.values and each.uscc != uscc}
    # To be level with another is enough to share its rank; to be above it is better still. More never harms.
    worth = sorted(value for other in others for value in (other, other + least) if now is None or value > now)
    low, high = 0, len(worth)
    while low < high:
        middle = (low + high) // 2
        if _place_with(candidates, weights, own, {part: worth[middle]}) < before:
            high = middle
        else:
            low = middle + 1
    if low == len(worth):
        return Step(part=part, value=now, needed=None, place=None)
    place = _place_with(candidates, weights, own, {part: worth[low]})
    return Step(part=part, value=now, needed=worth[low], place=place)


def _place_with(
    candidates: Sequence[Candidate], weights: Mapping[str, Decimal], own: Candidate, values: Mapping[str, Decimal]
) -> int:
    changed = Candidate(uscc=own.uscc, name=own.name, division=own.division, values={**own.values, **values})
    rest = [changed if each.uscc == own.uscc else each for each in candidates]
    return next(each.place for each in ranked(rest, weights) if each.candidate.uscc == own.uscc)
