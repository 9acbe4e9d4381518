"""What generated mappings call: finding a value, and saying that a value was refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple

from adapters.formats.outside import OUTSIDE
from adapters.mapping.chain import Chain, number_text
from adapters.mapping.problems import FORMULA, NOT_AN_OBJECT, SHEET_ERROR, Dirty
from adapters.mapping.spec import ACCOUNT, Field
from schemas.plain_text import normalised


class Select(NamedTuple):
    """A step to the one element of a list whose sibling `key` has a value: `Extend[Key=TourCode]`."""

    key: str
    value: str


Step = str | int | Select
Steps = tuple[Step, ...]
Places = tuple[tuple[int, int], ...]
EMPTY: dict[str, Any] = {}
_NO_VALUES = (SHEET_ERROR, FORMULA)
_SELECTS = re.compile(r"\[([^\[\]=]+)=([^\[\]]*)\]")
_STEP = re.compile(rf"{_SELECTS.pattern}|[^.\[\]]+")


class Sort(Enum):
    """Where the items of a list come from: elements, the flat fields of one object, or the pieces of a text."""

    ELEMENTS = auto()
    ONE = auto()
    PIECES = auto()


class Around(NamedTuple):
    """A list around a field: where its items go, and where they come from."""

    target: Steps
    source: Steps
    sort: Sort = Sort.ELEMENTS


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a failure needs to be told: the field, and the lists it stands in.

    `is_item` marks a field that is itself the item of the innermost list.
    """

    field: Field
    lists: tuple[Around, ...]
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that was refused. `places` gives (source index, target index) for every list around it."""

    leaf: Leaf
    places: Places
    value: Any
    dirty: Dirty


def steps(source: str, *, tabular: bool) -> Steps:
    """The way to a value: a heading is one step, a dotted path several.

    Digits index a list, `[Key=TourCode]` chooses from it.
    """
    if tabular or source.startswith((OUTSIDE, ACCOUNT)):
        return (source,)
    if not has_select(source):
        return tuple(int(step) if step.isdecimal() else step for step in source.split("."))
    way: list[Step] = []
    for found in _STEP.finditer(source):
        key, value = found.groups()
        step = found[0]
        way.append(Select(key, plain(value)) if key is not None else int(step) if step.isdecimal() else step)
    return tuple(way)


def has_select(source: str) -> bool:
    """Whether a dotted path chooses elements by a sibling's value."""
    return _SELECTS.search(source) is not None


def plain(value: Any) -> str:
    """A key, or a value that is compared with one, in whichever width and with whatever space around it is written."""
    text = value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)
    if isinstance(value, float):
        text = number_text(value)
    return normalised("NFKC", text).strip()


def chosen(node: Any, select: Select) -> list[tuple[int | None, Any]]:
    """The elements whose sibling has the value, each with its index; one object alone is a list of one."""
    every: Iterable[tuple[int | None, Any]] = enumerate(node) if isinstance(node, list) else [(None, node)]
    return [
        (index, element)
        for index, element in every
        if isinstance(element, dict) and plain(_text_of(element.get(select.key))) == select.value
    ]


def _text_of(value: Any) -> Any:
    """The text of an XML element with attributes; anything else is itself."""
    return value.get("#text") if isinstance(value, dict) else value


def dig(node: Any, way: Steps) -> Any:
    """The value at the end of a way, None where the way ends early or does not tell which of several."""
    for step in way:
        if isinstance(step, str):
            node = node.get(step) if isinstance(node, dict) else None
        elif isinstance(step, Select):
            found = chosen(node, step)
            node = found[0][1] if len(found) == 1 else None
        elif isinstance(node, list):
            node = node[step] if step < len(node) else None
        elif step:
            return None
    return node


def concrete(node: Any, way: Steps) -> tuple[str | int, ...]:
    """A way with the index of each element that it chooses, of several the second, as far as it goes."""
    found: list[str | int] = []
    for step in way:
        if not isinstance(step, Select):
            found.append(step)
            node = dig(node, (step,))
            continue
        elements_there = chosen(node, step)
        if not elements_there:
            break
        index, node = elements_there[min(1, len(elements_there) - 1)]
        found += [] if index is None else [index]
    return tuple(found)


def elements(node: Any) -> list[Any]:
    """A list, whatever the partner made of it: absent and blank are empty, one alone is a list of one."""
    if isinstance(node, list):
        return node
    if node is None or (isinstance(node, str) and not node.strip()):
        return []
    return [node]


def split(node: Any, marks: str = "、，,;；/|\n") -> list[Any]:
    """The single values of a list; text is cut at the marks, by default the usual ones (`法国、意大利`)."""
    if not isinstance(node, str):
        return elements(node)
    first_mark, *others = marks
    for mark in others:
        node = node.replace(mark, first_mark)
    return [part for part in node.split(first_mark) if part.strip()]


def first(values: tuple[Any, ...], plain: Chain) -> Any:
    """The first value that is not blank."""
    for value in values:
        if value is not None and not (isinstance(value, str) and is_blank(value, plain)):
            return value
    return None


def is_blank(text: str, plain: Chain) -> bool:
    """Whether a text says nothing. One that is refused says something: whoever takes it will refuse it."""
    try:
        return plain[text] is None
    except Dirty:
        return False


def refuse(leaf: Leaf, places: Places, value: Any, dirty: Dirty, failures: list[Failure]) -> Any:  # noqa: PLR0917 - generated code calls it
    """Note a refusal; gives what stands in for the value. What is no value at all is never kept."""
    failures.append(Failure(leaf, places, value, dirty))
    if leaf.field.invalid != "warn" or not isinstance(value, str) or dirty.problem in _NO_VALUES:
        return None
    return value


def dropped(leaf: Leaf, places: Places, dirty: Dirty, failures: list[Failure]) -> None:
    """Note that no value could be made of the sources of a field; nothing stands in for it."""
    failures.append(Failure(leaf, places, dirty.value, dirty))


def misfit(node: Any, failures: list[Failure], leaf: Leaf, places: Places) -> dict[str, Any]:
    """Stand-in for something that should have been an object. Nothing at all is no failure."""
    if node is None or (isinstance(node, str) and not node.strip()):
        return EMPTY
    if isinstance(node, list) and len(node) == 1 and isinstance(node[0], dict):
        return node[0]
    failures.append(Failure(leaf, places, node, Dirty(NOT_AN_OBJECT)))
    return EMPTY
