"""For every field of a kind the sources of a sample that it may be taken from, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.drafting.assignment import Assignment, Pair
from adapters.drafting.entries import body_of, codelist_of, list_place
from adapters.drafting.evidence import profile, text_of
from adapters.drafting.guessing import guess
from adapters.drafting.likeness import likeness
from adapters.drafting.lookups import Tables
from adapters.drafting.samples import layouts
from adapters.drafting.sources import Source
from adapters.drafting.targets import Target, targets
from adapters.drafting.writing import flow, scalar
from schemas.catalog import Kind
from schemas.findings import Text

MOST = 6
_LEAST, _OTHER_LIST = 0.15, 0.35
_TAKEN = 1.0
_MOST_SAMPLES, _LONGEST_SAMPLE = 3, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source for a field: where it stands, what it holds, and the entry that a draft would write.

    `each` are the sources of the lists around it as a mapping writes them, by the list of the field:
    {"travellers": "pax.list"}; "" for a list whose only item stands in the record itself.
    """

    source: str
    score: float
    samples: tuple[str, ...]
    entry: str
    each: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "score": self.score,
            "samples": list(self.samples),
            "entry": self.entry,
            "each": dict(self.each),
        }


@dataclass(frozen=True, slots=True)
class Ranked:
    """A field of a kind by what a mapping calls it (`travellers/document.type`), with its candidates."""

    target: str
    title: Text
    is_required: bool
    candidates: Sequence[Candidate]

    def as_dict(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "title": self.title._asdict(),
            "required": self.is_required,
            "candidates": [each.as_dict() for each in self.candidates],
        }


def ranked(sample: Path, kind: Kind) -> list[Ranked]:
    """Every field of `kind`, in the order of its schema. Raises Unreadable for a sample that cannot be read."""
    best = guess(layouts(sample), [kind], {})
    if best is None:
        return [Ranked(target.path, target.field.title, target.is_required, ()) for target in targets(kind)]
    found, is_table = best.found, best.layout.is_table
    return [
        Ranked(target.path, target.field.title, target.is_required, _candidates(target, found, is_table=is_table))
        for target in targets(kind)
    ]


def _candidates(target: Target, found: Assignment, *, is_table: bool) -> list[Candidate]:
    pairs = [_pair(source, target, found, is_table=is_table) for source in found.sources if not source.whole]
    pairs = sorted((pair for pair in pairs if pair.score > _LEAST), key=lambda pair: -pair.score)
    return [_candidate(pair, found, is_table=is_table) for pair in pairs[:MOST]]


def _pair(source: Source, target: Target, found: Assignment, *, is_table: bool) -> Pair:
    """What speaks for a source, its place among it; the one that the whole was best with comes first."""
    like = likeness(source, target, profile(source.values))
    taken = found.pairs.get(source.path)
    score = like.score + (_TAKEN if taken is not None and taken.target is target else 0.0)
    own = target.lists[-1] if target.lists else ""
    at = found.lists.get(source.lists[-1], "") if source.lists else ""
    if at != own and not is_table:
        score -= _OTHER_LIST
    return Pair(source, target, like, score)


def _candidate(pair: Pair, found: Assignment, *, is_table: bool) -> Candidate:
    by_target = {each.target.path: each for each in found.pairs.values()} | {pair.target.path: pair}
    body = body_of(pair, Tables(), by_target, order=None)
    if "lookup" in body:
        body["lookup"] = codelist_of(pair.target)  # the list itself, until the partner's codes are known
    places = {path: list_place(pair, depth, is_table=is_table) for depth, path in enumerate(pair.target.lists)}
    each = {path: scalar(place) if place else "" for path, place in places.items()}
    return Candidate(
        source=pair.source.path,
        score=round(min(max(pair.like.score, 0.0), 1.0), 2),
        samples=tuple(dict.fromkeys(text_of(value)[:_LONGEST_SAMPLE] for value in pair.source.said))[:_MOST_SAMPLES],
        entry=flow(body),
        each=each,
    )
