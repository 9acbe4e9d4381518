"""Which source is which target: lists first, then fields one to one, so that siblings stay together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy
from scipy.optimize import linear_sum_assignment

from adapters.drafting.evidence import Profile, profile
from adapters.drafting.internal_ids import internal_ids
from adapters.drafting.likeness import FLOOR, Likeness, likeness, list_likeness
from adapters.drafting.sources import Source
from adapters.drafting.targets import ROWS, SIGNATORIES, Target, TargetList, lists, targets
from adapters.drafting.trip_dates import NOT_AT, trip_ends
from adapters.drafting.words import meanings, owners, plain, weight
from schemas.catalog import Kind

_ONE, _TOGETHER, _ROW_OF_RECORD, _RECORD_OF_ROW = 0.08, 0.08, 0.3, 0.06
_LIST_FLOOR = 0.55
_WRONG_END = 0.3
_INTERNAL = 0.08
_TELLING = 1.35
_REQUIRED, _KEY = 0.03, 0.08
_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and the target it is taken for, with what speaks for it."""

    source: Source
    target: Target
    like: Likeness
    score: float


@dataclass(slots=True)
class Assignment:
    """What a sample was taken for. `others` are the next candidates of every source, `lists` canonical lists by source.

    `worth` tells how well the whole fits: it compares kinds, and places where records may lie.
    """

    kind: Kind
    sources: list[Source]
    pairs: dict[str, Pair] = field(default_factory=dict)
    others: dict[str, list[Pair]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    worth: float = 0.0

    def missing(self) -> list[Target]:
        """Required targets that nothing fills."""
        filled = {pair.target.path for pair in self.pairs.values()}
        used = set(self.lists.values())
        return [
            target
            for target in targets(self.kind)
            if target.field.required and target.path not in filled and _is_wanted(target, filled, used)
        ]


def _is_wanted(target: Target, filled: set[str], used: set[str]) -> bool:
    """Whether a required field has to be there: its parents are, or are required themselves."""
    if target.is_required:
        return True
    if target.lists and target.lists[-1] not in used:
        return False
    parent = target.inner.rpartition(".")[0]
    prefix = f"{target.lists[-1]}/" if target.lists else ""
    if not parent:
        return bool(target.lists)
    return any(path.startswith(f"{prefix}{parent}.") for path in filled)


def assign(
    kind: Kind, sources: Sequence[Source], *, is_table: bool = False, varies: frozenset[str] = frozenset()
) -> Assignment:
    """The best one-to-one assignment of the sources of a sample to the fields of a kind.

    In a table (`is_table`) a column belongs to the record or to its travellers; `varies` are columns whose values
    differ between the rows of one record.
    """
    seen = {source.path: profile(source.values) for source in sources}
    matcher = _Matcher(
        kind, seen, is_table=is_table, varies=varies, ends=trip_ends(sources), internal=internal_ids(sources)
    )
    kept = list(sources) if is_table else matcher.with_objects_as_items(sources)
    chosen = {} if is_table else matcher.lists(kept)
    first = matcher.pairs(kept, chosen, {})
    pairs = matcher.pairs(kept, chosen, _neighbourhoods(first))
    found = Assignment(kind, kept, {pair.source.path: pair for pair in pairs}, {}, chosen)
    for source in kept:
        found.others[source.path] = matcher.candidates(source, chosen, found.pairs.get(source.path))
    found.worth = _worth(found, is_table=is_table)
    return found


def _worth(found: Assignment, *, is_table: bool) -> float:
    total = sum(pair.like.score - 0.3 for pair in found.pairs.values())
    missing = sum(1 for target in found.missing() if target.is_required)
    required = sum(1 for target in targets(found.kind) if target.is_required)
    strange = sum(
        1
        for source in found.sources
        if source.path not in found.pairs and source.said and not source.is_outside and not source.whole
    )
    return total + 0.4 * (required - 2 * missing) - 0.15 * strange


Neighbours = dict[tuple[tuple[str, ...], str], str]
"""For an object of the source, with the lists it stands in, the canonical object that its fields went to."""


def _above(path: str) -> str:
    """The object that a field stands in, inside its list."""
    return path.rpartition("/")[2].rpartition(".")[0]


def _neighbourhoods(pairs: Sequence[Pair]) -> Neighbours:
    """For every object of the source the canonical object that most of its fields went to."""
    votes: dict[tuple[tuple[str, ...], str], Counter[str]] = {}
    for pair in pairs:
        inner = pair.source.around_it
        if inner:
            votes.setdefault((pair.source.lists, inner), Counter())[_above(pair.target.path)] += 1
    return {key: count.most_common(1)[0][0] for key, count in votes.items() if count.most_common(1)[0][1] > 1}


class _Matcher:
    def __init__(
        self,
        kind: Kind,
        seen: dict[str, Profile],
        *,
        is_table: bool,
        varies: frozenset[str],
        ends: Mapping[str, str],
        internal: frozenset[str],
    ) -> None:
        self._ends = ends
        self._kind = kind
        self._seen = seen
        self._is_table = is_table
        self._varies = varies
        self._targets = targets(kind)
        self._lists = {each.path: each for each in lists(kind)}
        self._known: dict[tuple[str, str], Likeness] = {}
        self._internal = internal

    def like(self, source: Source, target: Target) -> Likeness:
        key = (source.path, target.path)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = likeness(source, target, self._seen[source.path])
        return found

    def lists(self, sources: Sequence[Source]) -> dict[str, str]:
        """The canonical list for each list of the source, from the outermost inwards."""
        chosen: dict[str, str] = {}
        by_parent: dict[str, list[str]] = {}
        for path in dict.fromkeys(path for source in sources if not source.is_piece for path in source.lists):
            by_parent.setdefault(_parent_list(path, sources), []).append(path)
        level = [""]
        while level:
            below = []
            for parent in level:
                inside = by_parent.get(parent, [])
                above = chosen.get(parent, "") if parent else ""
                if inside and (above or not parent):
                    matched = self._matched_lists(inside, above, sources)
                    chosen |= matched
                    below += list(matched)
            level = below
        return chosen

    def _matched_lists(self, paths: list[str], above: str, sources: Sequence[Source]) -> dict[str, str]:
        wanted = [each for each in self._lists.values() if each.parent == above]
        if not wanted:
            return {}
        scores = numpy.zeros((len(paths), len(wanted) + len(paths)))
        for row, path in enumerate(paths):
            for column, target in enumerate(wanted):
                scores[row, column] = self._list_score(path, target, sources)
            scores[row, len(wanted) :] = _LIST_FLOOR
        rows, columns = linear_sum_assignment(scores, maximize=True)
        return {
            paths[row]: wanted[column].path
            for row, column in zip(rows, columns, strict=True)
            if column < len(wanted) and scores[row, column] > _LIST_FLOOR
        }

    def _list_score(self, path: str, target: TargetList, sources: Sequence[Source]) -> float:
        own = [source for source in sources if source.lists and source.lists[-1] == path]
        inside = [each for each in self._targets if each.lists and each.lists[-1] == target.path]
        pairs = self._best(own, inside, lambda source, place: self.like(source, place).score)
        fields = sum(score - 0.3 for _, _, score in pairs)
        return fields * (0.5 + 0.5 * len(pairs) / max(len(own), 1)) + 1.2 * list_likeness(path, target)

    def with_objects_as_items(self, sources: Sequence[Source]) -> list[Source]:
        """Sources, of which an object that holds one item of a canonical list (the only guide) has become that list."""
        objects = dict.fromkeys(
            source.path.rpartition("/")[2].rpartition(".")[0] for source in sources if not source.lists
        )
        moved: dict[str, str] = {}
        for path in sorted(filter(None, objects), key=lambda each: (-each.count("."), each)):
            inside = [source for source in sources if not source.lists and source.path.startswith(f"{path}.")]
            if len(inside) < 2 or any(f"{other}.".startswith(f"{path}.") for other in moved):
                continue
            if any(each.startswith(f"{path}.") for source in sources for each in source.lists):
                continue  # what it holds is a list already
            if self._is_item(path, inside):
                moved[path] = path
        return [_moved(source, moved) for source in sources]

    def _is_item(self, path: str, inside: Sequence[Source]) -> bool:
        listed = [replace(source, lists=(path,), path=f"{path}/{source.path[len(path) + 1 :]}") for source in inside]
        for source, before in zip(listed, inside, strict=True):
            self._seen[source.path] = self._seen[before.path]
        scores = [
            (self._list_score(path, target, listed), target)
            for target in self._lists.values()
            if not target.parent and list_likeness(path, target) > 0.7
        ]
        best = max((score for score, _ in scores), default=0.0)
        plain_targets = [each for each in self._targets if not each.lists]
        flat = self._best(list(inside), plain_targets, lambda source, place: self.like(source, place).score)
        return best > 1.2 + sum(score - 0.3 for _, _, score in flat)

    def pairs(self, sources: Sequence[Source], chosen: dict[str, str], near: Neighbours) -> list[Pair]:
        """The fields one to one, each in the list that its list was taken for."""
        best = self._best(sources, self._targets, lambda source, target: self._score(source, target, chosen, near))
        return [Pair(source, target, self.like(source, target), score) for source, target, score in best]

    def candidates(self, source: Source, chosen: dict[str, str], taken: Pair | None) -> list[Pair]:
        """The targets that come next for a source, the best first."""
        scored = [(self._score(source, target, chosen, {}), at, target) for at, target in enumerate(self._targets)]
        scored.sort(key=lambda each: (-each[0], each[1]))
        found = [
            Pair(source, target, self.like(source, target), score)
            for score, _, target in scored[: _CANDIDATES + 1]
            if score > 0.2 and (taken is None or target.path != taken.target.path)
        ]
        return found[:_CANDIDATES]

    def _score(self, source: Source, target: Target, chosen: dict[str, str], near: Neighbours) -> float:
        like = self.like(source, target).score
        place = self._place(source, target, chosen) if like > 0.0 else None
        if place is None:
            return 0.0
        inner = source.around_it
        wanted = near.get((source.lists, inner))
        together = 0.0 if wanted is None else (_TOGETHER if wanted == _above(target.path) else -_TOGETHER / 2)
        wrong = _WRONG_END if self._ends.get(source.path) == NOT_AT.get(target.path) is not None else 0.0
        inside = _INTERNAL if source.path in self._internal else 0.0
        return like + place + together - wrong - inside - source.discount + self._wanted(target)

    def _wanted(self, target: Target) -> float:
        """What it is worth that a required target is filled, and the business key above all."""
        if target.path in self._kind.key:
            return _KEY
        return _REQUIRED if target.is_required else 0.0

    def _place(self, source: Source, target: Target, chosen: dict[str, str]) -> float | None:
        """What the place of a source says for a target: None when it cannot go there."""
        own = target.lists[-1] if target.lists else ""
        if source.is_outside:
            return -_ONE if target.path.startswith("agency.") and self._is_of_an_agency(source) else None
        if source.is_piece:
            return 0.0 if own == ROWS and len(target.lists) == 1 else None
        if self._is_table:
            return self._place_in_table(source, target, own)
        if source.lists:
            return 0.0 if chosen.get(source.lists[-1]) == own and own else None
        if not own:
            return 0.0
        if len(target.lists) == 1 and own != ROWS and own not in chosen.values():
            return -_ONE if self._says(source, target) or _is_signer(source, own, chosen) else None
        return None

    def _place_in_table(self, source: Source, target: Target, own: str) -> float | None:
        if own == ROWS and len(target.lists) == 1:
            if source.is_label:
                return None
            return -_RECORD_OF_ROW if self._varies and source.path not in self._varies else 0.0
        if own:
            return -_ONE if len(target.lists) == 1 and self._says(source, target) else None
        return -_ROW_OF_RECORD if source.path in self._varies else 0.0

    def _is_of_an_agency(self, source: Source) -> bool:
        """Whether what stands around the records says that it is an agency's."""
        whose = owners(meanings((*source.above, *source.names)))
        return "agency" in whose or self._seen[source.path].looks("uscc", "license_no", "agency") > 0.5

    def _says(self, source: Source, target: Target) -> bool:
        """Whether a source says that it is of a list: `导游证号` of guides, `车牌` of vehicles, `DYZH` of guides."""
        means = meanings((*source.above, *source.names))
        if target.whose & owners(means) or any(plain(name) in target.claims for name in source.names):
            return True
        telling = {concept for concept in means if weight(concept) >= _TELLING}
        return any(telling & alias.means for alias in target.aliases)

    def _best(
        self, sources: Sequence[Source], places: Sequence[Target], score: Callable[[Source, Target], float]
    ) -> list[tuple[Source, Target, float]]:
        """The pairs of the assignment that is worth most, one to one, without those that are not alike enough."""
        if not sources or not places:
            return []
        scores = numpy.array([[score(source, place) for place in places] for source in sources])
        wide = numpy.hstack([scores, numpy.full((len(sources), len(sources)), FLOOR)])
        rows, columns = linear_sum_assignment(wide, maximize=True)
        return [
            (sources[row], places[column], float(scores[row, column]))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if column < len(places) and scores[row, column] > FLOOR
        ]


def _is_signer(source: Source, own: str, chosen: Mapping[str, str]) -> bool:
    """Whether a source tells of the customer who signs: one of the record itself, whose travellers are listed apart."""
    is_listed_apart = own == SIGNATORIES and ROWS in chosen.values()
    return is_listed_apart and "traveller" in owners(meanings((*source.above, *source.names)))


def _parent_list(path: str, sources: Sequence[Source]) -> str:
    for source in sources:
        if path in source.lists:
            at = source.lists.index(path)
            return source.lists[at - 1] if at else ""
    return ""


def _moved(source: Source, moved: dict[str, str]) -> Source:
    """A source that lies in an object which is taken for the only item of a list, as one of that list."""
    for path in moved:
        if source.path.startswith((f"{path}.",)):
            return replace(
                source,
                path=f"{path}/{source.path[len(path) + 1 :]}",
                lists=(path, *(each for each in source.lists)),
            )
    return source
