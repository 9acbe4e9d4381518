"""A dead letter as a form: the values of its source, those at fault first, and back from what somebody typed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.connector import Route
from adapters.envelope import Path
from adapters.mapping.compiler import Mapper
from adapters.mapping.provenance import Origins
from adapters.mapping.runtime import dig
from schemas.findings import Text

MOST_VALUES = 1000
_TRUTHS = {"true": True, "false": False}
_Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of the source by its JSON pointer; `found` is what was found of it, none where nothing was."""

    pointer: str
    title: Text
    value: Any
    found: Sequence[_Found] = ()

    @property
    def text(self) -> str:
        """As it stands in the form."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))
        return str(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`faulty` values with their findings, the `others`, and the findings that belong to no value in particular."""

    faulty: Sequence[Value]
    others: Sequence[Value]
    unplaced: Sequence[_Found] = ()


def form_of(route: Route, source: Mapping[str, Any], findings: Sequence[_Found]) -> Form:
    """The values of a source with what was found of them; what is required and missing is a value without text."""
    ways = _Ways(route, source)
    by_pointer: dict[str, list[_Found]] = {}
    unplaced: list[_Found] = []
    for finding in findings:
        way = ways.of(finding["field"])
        here = by_pointer.setdefault(_pointer(way), []) if way is not None else unplaced
        here.append(finding)
    leaves = {_pointer(path): value for path, value in _leaves(source)}
    values = leaves | {pointer: None for pointer in by_pointer if pointer not in leaves}
    every = [
        Value(pointer=pointer, title=ways.title(pointer), value=value, found=by_pointer.get(pointer, ()))
        for pointer, value in values.items()
    ]
    return Form(
        faulty=[each for each in every if each.found],
        others=[each for each in every if not each.found][:MOST_VALUES],
        unplaced=unplaced,
    )


def changed(form: Form, typed: Mapping[str, str]) -> dict[str, Any]:
    """The values that somebody has typed differently, by pointer, as the kind of value that stood there."""
    found: dict[str, Any] = {}
    for each in (*form.faulty, *form.others):
        text = typed.get(each.pointer)
        if text is not None and text.strip() != each.text:
            found[each.pointer] = _as_before(text.strip(), each.value)
    return found


def _as_before(text: str, before: Any) -> Any:
    """A number stays one, and so does yes or no; nothing is nothing."""
    if not text:
        return None
    if isinstance(before, bool):
        return _TRUTHS.get(text, text)
    is_whole = text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 16
    return int(text) if isinstance(before, int | float) and is_whole else text


class _Ways:
    """From canonical fields to the places of their sources."""

    def __init__(self, route: Route, source: Mapping[str, Any]) -> None:
        self._kind = route.kind
        self._source = source
        self._origins = Origins(source, route.program) if isinstance(route, Mapper) else None
        self._titles: dict[str, Text] = {}

    def of(self, field: str) -> Path | None:
        """Where a field comes from, when one value does: there, or where it could be put; None for anything else."""
        if not field:
            return None
        way = self._origins.of(field) if self._origins else _path(field)
        if not way or isinstance(dig(self._source, way), Mapping | list):
            return None
        around = dig(self._source, way[:-1]) if way[:-1] else self._source
        if not isinstance(around, Mapping) and not (isinstance(around, list) and way[-1] in range(len(around))):
            return None
        self._titles[_pointer(way)] = self._kind.title(field)
        return way

    def title(self, pointer: str) -> Text:
        """By the field, or as the partner calls it."""
        if pointer in self._titles:
            return self._titles[pointer]
        if self._kind.field(pointer) is not None:
            return self._kind.title(pointer)
        name = str(next((step for step in reversed(_path(pointer)) if isinstance(step, str)), pointer))
        return Text(name, name)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, (*path, str(name)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _pointer(path: Path) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _path(pointer: str) -> Path:
    steps = pointer.split("/")[1:]
    return tuple(int(step) if step.isdecimal() else step.replace("~1", "/").replace("~0", "~") for step in steps)
