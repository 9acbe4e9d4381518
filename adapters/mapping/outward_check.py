"""What can be known of an outward mapping without a record: fields that exist, words for every code, forms that fit."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.outward import Outgoing, Outward
from adapters.mapping.writers import TAKES
from schemas.catalog import Kind
from schemas.fields import Field


def check_outward(outward: Outward) -> list[str]:
    """Problems with the lines on which they stand, empty when there are none."""
    return [
        f"{outward.name}, line {field.line}: {problem}"
        for field, path in _walked(outward.fields, "")
        if (problem := _problem(field, path, outward.kind))
    ]


def _walked(fields: tuple[Outgoing, ...], above: str) -> Iterator[tuple[Outgoing, str]]:
    for field in fields:
        if field.const is None:
            path = f"{above}/{field.source.replace('.', '/')}"
            yield field, path
            yield from _walked(field.fields, f"{path}/*")


def _problem(field: Outgoing, path: str, kind: Kind) -> str | None:
    found = next((each for each in kind.fields() if each.path == path), None)
    if found is None:
        return f"{kind.id} has no field {path}"
    if (found.type == "array") != bool(field.fields or field.writer == "joined") or found.type == "object":
        return f"{path} is {found.type}: lists of objects are written with each, objects by their fields"
    if missing := _unsaid(field, found):
        return f"the look-up has no word for {', '.join(missing)} of {path}"
    wanted = TAKES.get(field.writer or "")
    fits = wanted in (None, found.type, found.format) or (wanted == "money" and found.type == "string")
    return None if fits else f"{path} cannot be written as {field.writer}"


def _unsaid(field: Outgoing, found: Field) -> list[str]:
    """Codes of a closed list that the look-up cannot say."""
    if field.lookup is None or not found.codelist or found.is_open_list:
        return []
    return sorted(set(by_any_name(found.codelist).values()) - field.lookup.keys() - field.unsaid)
