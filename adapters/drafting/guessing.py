"""Of the ways to read a sample and the kinds there are: which fits best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.drafting.apart import with_parts, with_selected
from adapters.drafting.assignment import Assignment, assign
from adapters.drafting.evidence import MOST, profile
from adapters.drafting.likeness import FLOOR, likeness
from adapters.drafting.samples import Layout
from adapters.drafting.sources import Source, of_records, of_table, outside
from adapters.drafting.targets import ROWS, lists, targets
from adapters.drafting.words import concepts
from schemas.catalog import Kind

_KEYS = ("business_no", "contract_no", "group_no")
_SHARE_OF_FIELDS = 0.4
"""A record has at least that share of the fields of the place that has most."""
_CALLED = 1.0
_DEEPER = 0.05
"""Of two places that hold the same the inner one is the record, without what is wrapped around it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A layout and a kind, with the assignment; `runners_up` are other kinds with what they are worth."""

    layout: Layout
    kind: Kind
    found: Assignment
    runners_up: tuple[tuple[str, float], ...] = ()


def guess(layouts: Sequence[Layout], kinds: Sequence[Kind], titles: Mapping[str, str]) -> Guess | None:
    """The kind and the place of its records that most speaks for; None where no layout has fields."""
    best: Guess | None = None
    worth: dict[str, float] = {}
    read = [(layout, sources_of(layout, titles)) for layout in layouts]
    most = max((sum(not source.is_outside for source in sources) for _, sources in read), default=0)
    for layout, sources in read:
        if sum(not source.is_outside for source in sources) < max(2, _SHARE_OF_FIELDS * most):
            continue
        for kind in kinds:
            found = assign(kind, sources, is_table=layout.is_table, varies=varying(layout, sources, kind))
            found.worth += _DEEPER * layout.depth + _called(kind, layout, found)
            value = found.worth
            worth[kind.name] = max(worth.get(kind.name, -1e9), value)
            if best is None or value > best.found.worth:
                best = Guess(layout, kind, found)
    if best is None:
        return None
    others = sorted(
        ((name, value) for name, value in worth.items() if name != best.kind.name), key=lambda each: -each[1]
    )
    return Guess(best.layout, best.kind, best.found, tuple(others[:2]))


def _called(kind: Kind, layout: Layout, found: Assignment) -> float:
    """What the name of the record says for a kind, and the names of what it tells of (`…门市部` is an outlet)."""
    said = kind.schema.get("x-aliases", {})
    step = str(layout.read.get("records", "")).rpartition(".")[2]
    words = [word for language in ("zh", "en") for word in said.get(language, "").split("|") if word]
    own = frozenset(concept for word in words for concept in concepts(word))
    by_record = _CALLED if step and own & concepts(step) else 0.0
    names = [str(value) for pair in found.pairs.values() if pair.target.path == "name" for value in pair.source.said]
    ends = [word for word in said.get("zh", "").split("|") if word]
    by_names = sum(any(word in name for word in ends) for name in names) / len(names) if names else 0.0
    return by_record + _CALLED * by_names


def sources_of(layout: Layout, titles: Mapping[str, str]) -> list[Source]:
    """The fields that a layout has."""
    if layout.is_table:
        columns = of_table(layout.columns, layout.records, layout.labels, titles, has_headings=layout.has_headings)
        return with_parts(columns)
    return with_parts([*of_records(with_selected(layout.records), titles), *outside(layout.around, titles)])


def varying(layout: Layout, sources: Sequence[Source], kind: Kind) -> frozenset[str]:
    """Columns whose values differ between the rows of one record, as the column of its key shows.

    With labels above the table the whole of it is one record, and every column is of its rows.
    """
    if not layout.is_table or not any(each.path == ROWS for each in lists(kind)):
        return frozenset()
    columns = [source for source in sources if source.is_column and not source.whole]
    if len(layout.labels) > 2:
        return frozenset(source.path for source in columns)
    key = key_column(columns, kind)
    if key is None or len(set(map(str, key.values))) == len(key.values):
        return frozenset()
    return frozenset(source.path for source in columns if _differs(source, key))


def key_column(columns: Sequence[Source], kind: Kind) -> Source | None:
    """The column that tells which rows are one record: named like the business key, or, without names, of codes that
    come again."""
    wanted = [target for target in targets(kind) if target.path in (*kind.key, *_KEYS)]
    scored = []
    for at, source in enumerate(columns):
        seen = profile(source.values)
        if not seen.said or seen.said < len(source.values[:MOST]):
            continue
        like = max((likeness(source, target, seen).score for target in wanted), default=0.0)
        comes_again = len(set(map(str, source.values))) < len(source.values)
        if like > FLOOR:
            scored.append((round(like, 2), comes_again, -at))
    return columns[-max(scored)[2]] if scored else None


def _differs(source: Source, key: Source) -> bool:
    first: dict[str, str] = {}
    return any(
        first.setdefault(str(group), str(value)) != str(value)
        for group, value in zip(key.values, source.values, strict=False)
    )
