"""The way back: from a canonical field to the place in the partner's document it came from.

Worked out only when there is something to tell, by walking the mapping again; accepted records never pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from typing import Any

from adapters.envelope import Path
from adapters.mapping.chain import Chain
from adapters.mapping.generator import Program
from adapters.mapping.runtime import Failure, Select, Sort, concrete, dig, elements, is_blank, steps
from adapters.mapping.spec import Each, Field

Entries = tuple[Field | Each, ...]


def pointer(failure: Failure) -> str:
    """JSON pointer of the canonical field that a refused value was meant for."""
    way: list[str] = []
    for around, (_, index) in zip(failure.leaf.lists, failure.places, strict=False):
        way += [*map(str, around.target), str(index)]
    if not failure.leaf.is_item:
        way += failure.leaf.field.target.split(".")
    return "".join(f"/{step}" for step in way)


def origin(failure: Failure, data: ReadOnly[str, Any], program: Program) -> Path:
    """The way to a refused value inside the partner's record."""
    way: Path = ()
    node: Any = data
    for around, (index, _) in zip(failure.leaf.lists, failure.places, strict=False):
        if around.sort is Sort.ONE:
            continue
        source = concrete(node, around.source)
        if around.sort is Sort.PIECES:
            return way + source
        way += (*source, index)
        found = elements(dig(node, source))
        node = found[index] if index < len(found) else None
    if failure.dirty.way is not None:
        return way + failure.dirty.way
    return way if failure.leaf.is_item else way + _chosen(failure.leaf.field, node, program)


@lru_cache(maxsize=4096)
def _split(target: str) -> tuple[str, ...]:
    return tuple(target.split("."))


class Origins:
    """Where the canonical fields of one record came from. The lists of the record are walked once, not once a field."""

    def __init__(self, data: ReadOnly[str, Any], program: Program) -> None:
        self._data = data
        self._program = program
        self._items: dict[tuple[int, int], list[int]] = {}

    def of(self, field: str) -> Path:
        """The way to the source of the canonical field at a JSON pointer; as far as the mapping can tell."""
        return self._trace(tuple(field.split("/")[1:]), self._program.mapping.fields, self._data)

    def _trace(self, target: tuple[str, ...], entries: Entries, node: Any) -> Path:
        for entry in entries:
            mapped = _split(entry.target)
            if target[: len(mapped)] != mapped:
                continue
            if isinstance(entry, Field):
                return _chosen(entry, node, self._program)
            return self._trace_list(entry, target[len(mapped) :], node)
        below = [entry for entry in entries if target and _split(entry.target)[: len(target)] == target]
        return _shared(below, self._program) if below else ()

    def _trace_list(self, entry: Each, rest: tuple[str, ...], node: Any) -> Path:
        if entry.is_one:
            return self._trace(rest[1:], entry.fields, node)
        way = concrete(node, steps(entry.source, tabular=self._program.mapping.tabular))
        if not rest or not rest[0].isdecimal() or entry.pattern is not None:
            return way
        found = elements(dig(node, way))
        index = self._source_index(entry, int(rest[0]), found)
        if index is None:
            return way
        return (*way, index, *self._trace(rest[1:], entry.fields, found[index]))

    def _source_index(self, entry: Each, wanted: int, found: list[Any]) -> int | None:
        """Which element became item `wanted`: elements that are blank throughout become no item."""
        item = self._program.items.get(id(entry))
        if item is None:
            return wanted if wanted < len(found) else None
        at = id(entry), id(found)
        made = self._items.get(at)
        if made is None:
            made = [
                index
                for index, element in enumerate(found)
                if isinstance(element, dict) and item(element, [], (), 0, [])
            ]
            if len(found) > 1:  # else it may be a list of our own, whose number another has after it
                self._items[at] = made
        return made[wanted] if wanted < len(made) else None


def _chosen(field: Field, node: Any, program: Program) -> Path:
    """The alternative that counted: the first that is not blank, or else the first."""
    ways = [steps(source, tabular=program.mapping.tabular) for source in field.sources]
    if len(ways) == 1:
        return concrete(node, ways[0])
    plain = Chain(program.mapping.clean, program.mapping.blank)
    for way in ways:
        value = dig(node, way)
        if value is not None and not (isinstance(value, str) and is_blank(value, plain)):
            return concrete(node, way)
    return concrete(node, ways[0]) if ways else ()


def _shared(entries: list[Field | Each], program: Program) -> Path:
    """The common beginning of the ways of several fields: where an object as a whole came from."""
    ways = [
        steps(source, tabular=program.mapping.tabular)
        for entry in entries
        for source in (entry.sources if isinstance(entry, Field) else (entry.source,))
    ]
    shared: list[str | int] = []
    for level in zip(*(way[:-1] for way in ways), strict=False):
        step = level[0]
        if len(set(level)) > 1 or isinstance(step, Select):
            break
        shared.append(step)
    return tuple(shared)
