"""The fields of a kind as places that a source may go to, with everything they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from adapters.drafting.words import concepts, initials, owners, plain, spelt
from schemas.catalog import Kind
from schemas.fields import Field
from schemas.loading import Schema

ROWS = "travellers"
"""The list whose items are the rows of a table."""
SIGNATORIES = "signatories"
NOT_A_PARTNERS = frozenset({"unconfirmed"})
"""Fields that only we fill."""


MAIN = frozenset({("number", "document"), ("detail", "address")})
"""Fields by which an object goes: who writes `证件` means its number; so are names, and the city of a place."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of a target: letter by letter, as concepts, and as it is written."""

    text: str
    means: frozenset[str]
    written: str


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """`path` is what a mapping calls it: `travellers/document.type`, with a `/` behind each list.

    `lists` are those it stands in (`travellers`). `means` are the concepts of all its names together, `short` the
    initials by which it may go, `claims` those of them that say what it stands in: `dyzh`. `above` are the concepts of
    what it stands in, `inside` those of the nearest object inside its list, `whose` those that say an owner, `may_be`
    the owners that its names allow. `depth` counts the objects around it inside its list.
    """

    path: str
    field: Field
    lists: tuple[str, ...]
    aliases: tuple[Alias, ...]
    means: frozenset[str]
    short: frozenset[str]
    claims: frozenset[str]
    above: frozenset[str]
    inside: frozenset[str]
    whose: frozenset[str]
    may_be: frozenset[str]
    depth: int
    is_required: bool

    @property
    def inner(self) -> str:
        """The path inside the innermost list."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, eq=False)
class TargetList:
    """A canonical list: `path` as a mapping would call its place, with all its names."""

    path: str
    parent: str
    aliases: tuple[Alias, ...]
    short: frozenset[str]
    is_required: bool


@cache
def targets(kind: Kind) -> tuple[Target, ...]:
    """Every value that a record of a kind can hold."""
    return tuple(each for each in _leaves(kind) if each.inner not in NOT_A_PARTNERS)


@cache
def lists(kind: Kind) -> tuple[TargetList, ...]:
    """Every list of objects that a record of a kind can hold."""
    found = []
    for field in kind.fields():
        if field.type == "array" and field.schema["items"]["type"] == "object":
            path = _path(field.path)
            parent = path.rpartition("/")[0]
            found.append(TargetList(path, parent, _aliases(field.schema), _short(field.schema, ()), field.required))
    return tuple(found)


def _leaves(kind: Kind) -> Iterator[Target]:
    chain: dict[str, Field] = {}
    for field in kind.fields():
        chain[field.path] = field
        above = [chain[path] for path in _parents(field.path) if path in chain]
        if field.type == "object" or (field.type == "array" and field.schema["items"]["type"] == "object"):
            continue
        if field.path.endswith("/*"):
            continue  # a list of plain values is one place
        yield _target(field, above, kind.schema)


def _target(field: Field, above: list[Field], whole: Schema) -> Target:
    aliases = _aliases(field.schema)
    is_main = bool(above) and _is_main(field, above[-1])
    if is_main:
        aliases = tuple(dict.fromkeys([*aliases, *_aliases(above[-1].schema)]))
    outer = [each.schema for each in above] or [whole]
    around = frozenset(concept for each in outer for alias in _aliases(each) for concept in alias.means)
    titled = frozenset(concept for each in above for concept in concepts(each.title.zh))
    own = frozenset(concept for alias in aliases for concept in alias.means)
    lists = tuple(_path(each.path) for each in above if each.type == "array")
    return Target(
        path=_path(field.path),
        field=field,
        lists=lists,
        aliases=aliases,
        means=frozenset(concept for alias in aliases for concept in alias.means),
        short=_short(field.schema, tuple(each.schema for each in above[-2:]) or (whole,))
        | (_short(above[-1].schema, ()) if is_main else frozenset()),
        claims=_claims(field.schema, tuple(each.schema for each in above[-2:]), owners(titled)),
        above=around,
        inside=_inside(above),
        whose=owners(titled),
        may_be=owners(_in_chinese(outer) | own),
        depth=_path(field.path).rpartition("/")[2].count("."),
        is_required=field.required and all(each.required for each in above),
    )


def _is_main(field: Field, above: Field) -> bool:
    """Whether the object around goes by this field."""
    if field.name == "city":
        return above.type == "object" and above.name != "address"
    return field.name == "name" or (field.name, above.name) in MAIN


def _in_chinese(schemas: list[Schema]) -> frozenset[str]:
    """What fields are called in Chinese, which is said more carefully than in English."""
    names = (name for schema in schemas for name in schema.get("x-aliases", {}).get("zh", "").split("|") if name)
    return frozenset(concept for name in names for concept in concepts(name))


def _inside(above: list[Field]) -> frozenset[str]:
    if not above or above[-1].type != "object":
        return frozenset()
    return frozenset(concept for alias in _aliases(above[-1].schema) for concept in alias.means)


def _parents(path: str) -> Iterator[str]:
    steps = path.split("/")
    for end in range(2, len(steps)):
        if steps[end - 1] != "*":
            yield "/".join(steps[:end])


def _path(pointer: str) -> str:
    """`/travellers/*/document/type` as `travellers/document.type`."""
    return "/".join(part.strip("/").replace("/", ".") for part in pointer.split("/*") if part)


def names_of(schema: Schema) -> Iterator[str]:
    """Titles and aliases of a field, in both languages."""
    said = schema.get("x-aliases", {})
    yield schema["title"]
    yield schema["title:en"]
    for language in ("zh", "en"):
        yield from said[language].split("|") if language in said else ()


@cache
def _names(text: str) -> Alias:
    return Alias(plain(text), concepts(text), text)


def _aliases(schema: Schema) -> tuple[Alias, ...]:
    return tuple(dict.fromkeys(_names(name) for name in names_of(schema)))


def _claims(schema: Schema, above: tuple[Schema, ...], whose: frozenset[str]) -> frozenset[str]:
    """Initials and pinyin of those names that say whose the value is, alone or behind the name of what it stands in."""
    own = [name for name in names_of(schema) if whose & concepts(name)]
    said = schema.get("x-aliases", {}).get("short", "").split("|")
    behind = _short(schema, above) - _short(schema, ())
    return frozenset((*behind, *filter(None, said), *filter(None, map(initials, own)), *filter(None, map(spelt, own))))


def _short(schema: Schema, above: tuple[Schema, ...]) -> frozenset[str]:
    """Initials of the Chinese names, also behind those of what it stands in: `yk` + `xb`; and their whole pinyin."""
    own = [name for name in names_of(schema) if initials(name)]
    said = schema.get("x-aliases", {}).get("short", "")
    found = {*filter(None, said.split("|")), *map(initials, own), *map(spelt, own)}
    for outer in above:
        before = {initials(name) for name in names_of(outer) if len(initials(name)) > 1}
        found |= {first + initials(name) for first in before for name in own}
    return frozenset(each for each in found if len(each) > 1)
