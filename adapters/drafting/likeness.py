"""How likely a source is a target: its names, whose it is, and what its values say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from adapters.drafting.evidence import Profile, fit
from adapters.drafting.nameless import by_values
from adapters.drafting.sources import Source
from adapters.drafting.targets import Alias, Target, TargetList
from adapters.drafting.words import concepts, mass, meanings, owners, plain
from schemas.vocabulary import vocabulary

FLOOR = 0.5
"""A pair below it is none."""
_EXACT, _BY_CONCEPTS, _SHORT, _FUZZY = 1.0, 0.93, 0.9, 0.8
_STRANGER, _MISSING, _UNSAID, _DEEP, _ELSEWHERE = 0.4, 0.14, 0.05, 0.05, 0.12
_STRANGE, _CERTAIN = 0.62, 0.85
_OF_INITIALS = 0.5
"""Initials say less of whose a value is than words; what they leave out counts less."""
_SAYING = 0.5
_OF_THE_RECORD = frozenset({"agency", "traveller"})
"""Whose a field is that says nothing: the agency's that sends it, or a traveller's."""
_FEW, _TWO_LETTERS, _TAKEN = 2, 0.82, 0.25
_LIKE = 82.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` from 0 to 1, and what speaks for it: the `name` that is like it and how, what the values say."""

    score: float
    by_name: float
    name: str
    fit: float


_NOT_ALIKE = Likeness(0.0, 0.0, "", 0.0)


def likeness(source: Source, target: Target, seen: Profile) -> Likeness:
    """How likely a source is a target, each taken by itself."""
    if source.is_nameless:
        values = by_values(seen, source, target)
        return Likeness(values, 0.0, "", values)
    by_name, name = max((_named(each, _around(source, target), target) for each in source.names), default=(0.0, ""))
    by_name = max(0.0, by_name - _foreign(source, target)) if by_name else 0.0
    if not by_name:
        return _by_values_alone(source, target, seen)
    values = fit(seen, source.values, target)
    score = by_name * (0.85 + 0.15 * max(values, 0.0)) if values >= 0 else by_name * (1.0 + 0.55 * values)
    return Likeness(score, by_name, name, values)


def _around(source: Source, target: Target) -> frozenset[str]:
    """What a source stands in; a field of the record itself stands in what the record is: `code` of a group."""
    if source.above or target.depth or target.lists:
        return source.around
    return target.above


def _by_values_alone(source: Source, target: Target, seen: Profile) -> Likeness:
    """What a name that says nothing leaves: values that hardly anything else has."""
    if not all(_is_strange(name) for name in source.names):
        return _NOT_ALIKE
    values = by_values(seen, source, target)
    return Likeness(_STRANGE * values, 0.0, "", values) if values >= _CERTAIN else _NOT_ALIKE


def list_likeness(path: str, target: TargetList) -> float:
    """How like the name of a list is to a canonical one."""
    best = 0.0
    steps = path.rpartition("/")[2].split(".")
    for name in steps:
        own = concepts(name)
        if plain(name) in target.short:
            return _SHORT
        for alias in target.aliases:
            if alias.text == plain(name):
                return _EXACT
            best = max(best, _shared(own, alias.means, frozenset(), frozenset()) * _BY_CONCEPTS)
    return best


@lru_cache(maxsize=200_000)
def _named(name: str, around: frozenset[str], target: Target) -> tuple[float, str]:
    """(how like, the name of the target that is most like it)."""
    bare, means = plain(name), concepts(name)
    best, which = 0.0, ""
    if means.isdisjoint(target.means) and bare not in target.short and not _is_strange(name):
        return best, which
    if len(bare) > 1 and bare in target.short:
        best, which = _by_initials(bare, means, target), f"{bare} = {target.field.title.zh}"
    for alias in target.aliases:
        found = _alike(bare, means, alias, around=around, above=target.above)
        if found > best:
            best, which = found, alias.written
    return best, which


def _by_initials(bare: str, means: frozenset[str], target: Target) -> float:
    """How like initials are: two letters are those of many words, and some are known to say something else."""
    known = vocabulary().weights.keys() & means
    elsewhere = _TAKEN if known and known.isdisjoint(target.means) else 0.0
    return (_SHORT if len(bare) > _FEW else _TWO_LETTERS) - elsewhere


@lru_cache(maxsize=16384)
def _is_strange(name: str) -> bool:
    """Whether the vocabulary knows no word of a name, so that only its letters can tell what it is like."""
    return vocabulary().weights.keys().isdisjoint(concepts(name))


def _alike(bare: str, means: frozenset[str], alias: Alias, *, around: frozenset[str], above: frozenset[str]) -> float:
    if bare == alias.text:
        return _EXACT
    found = _BY_CONCEPTS * _shared(means, alias.means, around, above)
    if found < _FUZZY and len(bare) > 3 and len(alias.text) > 3:
        like = fuzz.ratio(bare, alias.text)
        if like > _LIKE:
            found = max(found, _FUZZY * like / 100)
    return found


def _shared(means: frozenset[str], wanted: frozenset[str], around: frozenset[str], above: frozenset[str]) -> float:
    """The part of two names' meaning that they share; what the surroundings of the other side say is no difference."""
    both = means & wanted
    if not both:
        return 0.0
    ours = mass(means - both - above) + 0.15 * mass((means - both) & above)
    theirs = mass(wanted - both - around) + 0.1 * mass((wanted - both) & around)
    common = mass(both)
    return common / (common + ours + theirs)


@lru_cache(maxsize=16384)
def _owners(names: tuple[str, ...]) -> frozenset[str]:
    return owners(meanings(names))


def _foreign(source: Source, target: Target) -> float:
    """What it costs that a source says it is somebody else's, or does not say whose it is."""
    whose = _owners((*source.above, *source.names))
    strangers = whose - target.may_be - target.whose
    missing = target.whose - whose
    unsaid = 0.0 if not missing else (_UNSAID if missing <= _OF_THE_RECORD else _MISSING)
    if any(plain(name) in target.short for name in source.names):
        unsaid *= _OF_INITIALS
    means = meanings(source.names) | source.around
    deep = 0.0
    if target.inside and not means & target.inside:
        deep = _DEEP * target.depth + (_ELSEWHERE if _says_where(source) else 0.0)
    return _STRANGER * min(len(strangers), 2) + unsaid + deep


def _says_where(source: Source) -> bool:
    """Whether a source stands in an object of its own record whose name means something."""
    inner = source.around_it
    return bool(inner) and mass(concepts(inner.rpartition(".")[2])) > _SAYING
