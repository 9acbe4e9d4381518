"""Does every source of a mapping stand in some document? A misspelt one reads as absent from every record, for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from adapters.envelope import Note, Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats.outside import OUTSIDE
from adapters.mapping.compiler import Mapper
from adapters.mapping.runtime import Select, Steps, chosen, dig, elements, steps
from adapters.mapping.spec import Each, Field, Mapping
from adapters.mapping.strict_yaml import at_line
from adapters.registry import reader
from schemas.findings import Text


def check_sources(mapper: Mapper, examples: Iterable[Path]) -> list[Text]:
    """Sources that stand in no golden example and are not listed as `unseen`; entries of that list that are wrong.

    A source counts as soon as its name stands there, with or without a value.
    """
    mapping = mapper.mapping
    name, lines = mapping.name, absent_sources(mapping, [*_records(mapper, examples)])
    missing = [
        at_line(
            mapping.name,
            line,
            Text(
                f"没有示例含有“{place}”：请改正，或增加含有它的示例；对方文档中有的，列入 `unseen`",
                f"no golden example has {place!r}: correct it, or add an example that has it, or "
                f"list it under `unseen` if the partner's description has it",
            ),
        )
        for place, line in lines.items()
        if place not in mapping.unseen
    ]
    idle = [
        Text(
            f"{name}：“{place}”列在 `unseen` 中，但示例含有它，或没有字段读取它",
            f"{name}: {place!r} is listed under `unseen`, but a golden example has it, or no field reads it",
        )
        for place in mapping.unseen
        if place not in lines
    ]
    read = read_ways(mapping)
    needed = [
        Text(
            f"{name}：“{way}”列在 `ignored` 中，但有字段读取它",
            f"{name}: {way!r} is listed under `ignored`, but a field reads it",
        )
        for way in sorted(mapping.ignored)
        if without_lists(way) in read
    ]
    return missing + idle + needed


def absent_sources(mapping: Mapping, records: Sequence[Any]) -> dict[str, int]:
    """Sources that none of `records` has, each with the lists that it stands in (`tourists/phone`), and their lines."""
    return dict(_unseen(mapping, mapping.fields, [*records], ""))


def read_ways(mapping: Mapping) -> frozenset[str]:
    """Ways to whatever some field of a mapping reads, without the lists on it: `tourists.phone`, a column's heading.

    Where an element is chosen by a sibling's value that stands on the way: `Extend[Key=TourCode].Value`.
    """
    beside = (*mapping.read.group_by, *mapping.read.labels) if mapping.tabular else ()
    return frozenset((*beside, *_ways(mapping, mapping.fields, "")))


def _ways(mapping: Mapping, entries: Sequence[Field | Each], above: str) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, Field):
            yield from (_way(mapping, source, above) for source in entry.sources)
        elif entry.is_one:
            yield from _ways(mapping, entry.fields, above)
        else:
            below = _way(mapping, entry.source, above)
            yield below
            if entry.pattern is None:
                yield from _ways(mapping, entry.fields, below)


def _way(mapping: Mapping, source: str, above: str) -> str:
    if mapping.tabular:
        return source
    way = above
    for step in steps(source, tabular=False):
        if isinstance(step, Select):
            way += chosen_by(step.key, step.value)
        elif isinstance(step, str):
            way = f"{way}.{step}" if way else step
    return way


def without_lists(way: str) -> str:
    """A way as `read_ways` gives it, from one that marks the lists on it: `tourists[].phone`."""
    return way.replace("[]", "")


def chosen_by(key: str, value: str) -> str:
    """How a way says which element of a list is meant."""
    return f"[{key}={value}]"


def _records(mapper: Mapper, examples: Iterable[Path]) -> Iterator[Any]:
    for example in examples:
        try:
            for record in reader(mapper.read.format)(example, mapper.read):
                match record:
                    case SourceRecord(data=data):
                        yield data
                    case Rejection(source=source):
                        yield source
                    case Note():
                        continue
        except Unreadable:
            continue  # an example of just that


def _unseen(
    mapping: Mapping, entries: Sequence[Field | Each], nodes: list[Any], above: str
) -> Iterator[tuple[str, int]]:
    """(place, line) of sources that none of `nodes` has. A list that is always empty is one place with all in it."""
    for entry in entries:
        if isinstance(entry, Each) and entry.is_one:
            yield from _unseen(mapping, entry.fields, nodes, above)
            continue
        for source in (entry.source,) if isinstance(entry, Each) else entry.sources:
            way = steps(source, tabular=mapping.tabular)
            below = [item for node in nodes for item in elements(dig(node, way))] if isinstance(entry, Each) else nodes
            if source.startswith("$") and isinstance(entry, Field):
                continue  # what the partner says beside its document
            if not below or not any(_stands(node, way) for node in nodes):
                yield f"{above}{source}", entry.line
            elif isinstance(entry, Each) and entry.pattern is None:
                yield from _unseen(mapping, entry.fields, below, f"{above}{source}/")


def _stands(node: Any, way: Steps) -> bool:
    *before, last = way
    around = dig(node, tuple(before))
    if isinstance(last, Select):
        return bool(chosen(around, last))
    if isinstance(last, str) and last.startswith(OUTSIDE):  # the reader always says it, None where it is not there
        return isinstance(around, dict) and around.get(last) is not None
    if isinstance(last, int):
        return last == 0 or (isinstance(around, list) and last < len(around))
    return isinstance(around, dict) and last in around
