"""What a template asks of a contract: its part of the schema, and what a complete contract looks like."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

from adapters.word.meanings import contract
from schemas import samples
from schemas.loading import Schema

_SAMPLE = 7
"""Which of the sample contracts stands in filled samples."""


def schema_of(fields: Collection[str]) -> Schema:
    """The contract's JSON Schema, of the fields of a template only (JSON pointers, `*` for any item).

    What contracts need is required here too where the template takes it.
    """
    return _part(contract().schema, "", frozenset(_with_parents(fields)))


def _with_parents(fields: Collection[str]) -> Iterator[str]:
    for pointer in fields:
        steps = pointer.split("/")
        yield from ("/".join(steps[:end]) for end in range(2, len(steps) + 1))


def _part(schema: Schema, at: str, wanted: frozenset[str]) -> Schema:
    part = {key: value for key, value in schema.items() if key not in ("properties", "required", "items")}
    if "items" in schema:
        part["items"] = _part(schema["items"], f"{at}/*", wanted)
    if "properties" in schema:
        below = any(each.startswith(f"{at}/") for each in wanted)
        names = [name for name in schema["properties"] if f"{at}/{name}" in wanted or not below]
        part["properties"] = {name: _part(schema["properties"][name], f"{at}/{name}", wanted) for name in names}
        if required := [name for name in schema.get("required", ()) if name in part["properties"]]:
            part["required"] = required
    return part


def not_asked_for(fields: Collection[str]) -> list[str]:
    """Pointers of what every contract needs and the template does not take."""
    taken = frozenset(_with_parents(fields))
    return [f"/{name}" for name in contract().schema["required"] if f"/{name}" not in taken]


def complete_sample(fields: Collection[str]) -> dict[str, Any]:
    """A contract of nobody in which every field of a template has a value."""
    sample = deepcopy(samples.contract(_SAMPLE))
    for pointer in sorted(fields):
        _fill(sample, pointer.strip("/").split("/"), "")
    return sample


def _fill(into: Any, steps: list[str], at: str) -> None:
    step, *rest = steps
    if step == "*":
        for item in into:
            if rest:
                _fill(item, rest, f"{at}/*")
        return
    pointer = f"{at}/{step}"
    field = contract().field(pointer)
    if field is None or not isinstance(into, dict):
        return
    if step not in into:
        into[step] = _empty(field.type, field.example)
    if isinstance(into[step], list) and rest and not into[step]:
        into[step].append({})
    if rest:
        _fill(into[step], rest, pointer)
    elif field.type == "object":
        for name in field.schema.get("properties", {}):
            _fill(into[step], [name], pointer)


def _empty(kind: str, example: Any) -> Any:
    if kind == "object":
        return {}
    if kind == "array":
        return [example] if isinstance(example, (str, Mapping)) else []
    return example
