"""What generated mappings call: finding a value, and saying that a value was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.mapping.chain import Chain
from adapters.mapping.problems import FORMULA, NOT_AN_OBJECT, SHEET_ERROR, Dirty
from adapters.mapping.spec import Field

Steps = tuple[str | int, ...]
Places = tuple[tuple[int, int], ...]
EMPTY: dict[str, Any] = {}
_NO_VALUES = (SHEET_ERROR, FORMULA)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a failure needs to be told: the field, and the lists it stands in as (target steps, source steps).

    `is_item` marks a field that is itself the item of the innermost list.
    """

    field: Field
    lists: tuple[tuple[Steps, Steps], ...]
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that was refused. `places` gives (source index, target index) for every list around it."""

    leaf: Leaf
    places: Places
    value: Any
    dirty: Dirty


def steps(source: str, *, tabular: bool) -> Steps:
    """The way to a value: a heading is one step, a dotted path several; digits index a list."""
    if tabular:
        return (source,)
    return tuple(int(step) if step.isdecimal() else step for step in source.split("."))


def dig(node: Any, way: Steps) -> Any:
    """The value at the end of a way, None where the way ends early."""
    for step in way:
        if isinstance(step, str):
            node = node.get(step) if isinstance(node, dict) else None
        elif isinstance(node, list):
            node = node[step] if step < len(node) else None
        elif step:
            return None
    return node


def elements(node: Any) -> list[Any]:
    """A list, whatever the partner made of it: absent and blank are empty, one alone is a list of one."""
    if isinstance(node, list):
        return node
    if node is None or (isinstance(node, str) and not node.strip()):
        return []
    return [node]


def split(node: Any) -> list[Any]:
    """The single values of a list; text is cut at the usual marks (`法国、意大利`)."""
    if not isinstance(node, str):
        return elements(node)
    for mark in "，,;；/|\n":
        node = node.replace(mark, "、")
    return [part for part in node.split("、") if part.strip()]


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


def misfit(node: Any, failures: list[Failure], leaf: Leaf, places: Places) -> dict[str, Any]:
    """Stand-in for something that should have been an object. Nothing at all is no failure."""
    if node is None or (isinstance(node, str) and not node.strip()):
        return EMPTY
    if isinstance(node, list) and len(node) == 1 and isinstance(node[0], dict):
        return node[0]
    failures.append(Failure(leaf, places, node, Dirty(NOT_AN_OBJECT)))
    return EMPTY
