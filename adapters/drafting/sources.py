"""The fields of a partner's records, as a sample shows them: names, values, and the lists they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from adapters.drafting.words import meanings

MOST_VALUES = 200
MOST_FIELDS = 600


@dataclass(slots=True)
class Source:
    """One field of a partner's records.

    `path` is what a mapping calls it, with a `/` behind each list: `pax.list/certType`. `lists` are the lists it stands
    in, from the outermost, by their whole paths; `above` the names of what it stands in. `names` are its own name and
    what else is known to be one: a title from a data dictionary, the documentation of a WSDL. `records` says for each
    value in which record it stands.

    Of a part of a text `whole` is the path of the text and `form` how it is taken apart; `is_piece` where that makes
    many items of it, `is_short_day` where a day has no year. `join` are the sources whose texts make this one.
    `discount` is what it costs that it has to be taken apart. `is_nameless` is a column without any name.
    """

    path: str
    lists: tuple[str, ...]
    above: tuple[str, ...]
    names: tuple[str, ...]
    values: list[Any] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    is_listed: bool = False
    is_column: bool = False
    is_label: bool = False
    is_nameless: bool = False
    form: str = ""
    whole: str = ""
    is_piece: bool = False
    is_short_day: bool = False
    join: tuple[str, ...] = ()
    is_outside: bool = False
    discount: float = 0.0

    @property
    def inner(self) -> str:
        """The path inside the innermost list."""
        return self.path.removeprefix(f"{self.lists[-1]}/") if self.lists else self.path

    @property
    def around_it(self) -> str:
        """The path of the object that it stands in, inside the innermost list; headings stand in none."""
        return "" if self.is_column or self.is_label else self.inner.rpartition(".")[0]

    @property
    def said(self) -> list[Any]:
        """The values that say something."""
        return [value for value in self.values if not is_blank(value)]

    @property
    def around(self) -> frozenset[str]:
        """The concepts of what it stands in."""
        return meanings(self.above)


def is_blank(value: Any) -> bool:
    return value is None or (
        isinstance(value, str) and value.strip() in ("", "无", "-", "—", "/", "暂无", "N/A", "null")
    )


def of_records(records: Iterable[Mapping[str, Any]], titles: Mapping[str, str] | None = None) -> list[Source]:
    """The fields of nested records, in the order in which they come first."""
    found: dict[str, Source] = {}
    kept = list(records)
    several = frozenset(way for record in kept for way in _lists(record, ()))
    for number, record in enumerate(kept):
        for way, value in _leaves(_listed(record, (), several), _Way((), ())):
            _keep(found, way, value, number, titles=titles or {})
    return [source for source in found.values() if source.said or not source.path.endswith("#text")]


def of_table(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    labels: Mapping[str, Any],
    titles: Mapping[str, str],
    *,
    has_headings: bool = True,
) -> list[Source]:
    """The columns of a table, and the labels above it. A heading of two rows says what it stands under: `证件/号码`."""
    found = [_labelled(name, value, titles) for name, value in labels.items()]
    kept = list(rows)
    for column in columns:
        over, _, own = column.rpartition("/")
        over = "" if over == own else over
        source = Source(column, (), (over,) if over else (), _titled(own, titles.get(column)), is_column=True)
        source.is_nameless = not has_headings and column not in titles
        source.values = [row.get(column) for row in kept][:MOST_VALUES]
        source.records = list(range(len(source.values)))
        found.append(source)
    return found


def outside(around: Mapping[str, Any], titles: Mapping[str, str]) -> list[Source]:
    """What stands around the records, once for all of them: `^head.agency.name`."""
    found = [source for source in of_records([around], titles) if not source.lists and not source.is_listed]
    for source in found:
        source.path = f"^{source.path}"
        source.is_outside = True
    return found


def _labelled(name: str, value: Any, titles: Mapping[str, str]) -> Source:
    source = Source(name, (), (), _titled(name, titles.get(name)), [value], [0])
    source.is_label = True
    return source


def _titled(name: str, title: str | None) -> tuple[str, ...]:
    return (name, title) if title and title != name else (name,)


def _lists(node: Any, steps: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The places of lists of objects."""
    if isinstance(node, Mapping):
        for name, child in node.items():
            yield from _lists(child, (*steps, str(name)))
    elif isinstance(node, list) and any(isinstance(item, Mapping) for item in node):
        yield steps
        for item in node:
            yield from _lists(item, steps)


def _listed(node: Any, steps: tuple[str, ...], several: frozenset[tuple[str, ...]]) -> Any:
    """A record in which what is a list in another one is a list too: XML has no lists of one."""
    if isinstance(node, list):
        return [_listed(item, steps, several) if isinstance(item, Mapping) else item for item in node]
    if not isinstance(node, Mapping):
        return node
    inner = {name: _listed(child, (*steps, str(name)), several) for name, child in node.items()}
    return {
        name: [child] if isinstance(child, Mapping) and (*steps, str(name)) in several else child
        for name, child in inner.items()
    }


class _Way(NamedTuple):
    """The steps to a value inside the innermost list, those to each list, and whether it is one of a list of values."""

    steps: tuple[str, ...]
    lists: tuple[tuple[str, ...], ...]
    is_listed: bool = False


def _leaves(node: Any, way: _Way) -> Iterator[tuple[_Way, Any]]:
    if isinstance(node, Mapping):
        for name, child in node.items():
            yield from _leaves(child, way._replace(steps=(*way.steps, str(name))))
    elif isinstance(node, list):
        if any(isinstance(item, Mapping) for item in node):
            for item in node:
                if isinstance(item, Mapping):
                    yield from _leaves(item, _Way((), (*way.lists, way.steps)))
        else:
            for item in node or [None]:
                yield way._replace(is_listed=True), item
    else:
        yield way, node


_KEY = re.compile(r"([^\[\]]+)\[[^=\]]+=([^\]]+)\]\.\S+")


def _own(step: str) -> str:
    """The name that a step says: `TourCode` of `Extend[Key=TourCode].Value`."""
    match = _KEY.fullmatch(step)
    return match[2] if match else step.lstrip("@")


def _keep(found: dict[str, Source], way: _Way, value: Any, number: int, *, titles: Mapping[str, str]) -> None:
    """Add a value to its source, which is begun when it is the first."""
    if not way.steps:
        return
    lists, before = [], ""
    for each in way.lists:
        before = f"{before}/{'.'.join(each)}" if before else ".".join(each)
        lists.append(before)
    path = f"{before}/{'.'.join(way.steps)}" if before else ".".join(way.steps)
    source = found.get(path)
    if source is None:
        if len(found) >= MOST_FIELDS:
            return
        names = [name for each in (*way.lists, way.steps) for name in each]
        own = _own(names[-1])
        if own == "#text" and len(names) > 1:
            own = names[-2]
        title = titles.get(names[-1].lstrip("@"))
        source = found[path] = Source(path, tuple(lists), tuple(names[:-1]), _titled(own, title))
    source.is_listed |= way.is_listed
    if len(source.values) < MOST_VALUES:
        source.values.append(value)
        source.records.append(number)
