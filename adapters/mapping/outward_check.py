"""What can be known of an outward mapping without a record: fields that exist, words for every code, forms that fit."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.outward import Outgoing, Outward
from adapters.mapping.strict_yaml import at_line
from adapters.mapping.writers import TAKES
from schemas.catalog import Kind
from schemas.fields import Field
from schemas.findings import Text


def check_outward(outward: Outward) -> list[Text]:
    """Problems with the lines on which they stand, empty when there are none."""
    return [
        at_line(outward.name, field.line, problem)
        for field, path in _walked(outward.fields, "")
        if (problem := _problem(field, path, outward.kind))
    ]


def _walked(fields: tuple[Outgoing, ...], above: str) -> Iterator[tuple[Outgoing, str]]:
    for field in fields:
        if field.const is None:
            path = f"{above}/{field.source.replace('.', '/')}"
            yield field, path
            yield from _walked(field.fields, f"{path}/*")


def _problem(field: Outgoing, path: str, kind: Kind) -> Text | None:
    found = next((each for each in kind.fields() if each.path == path), None)
    if found is None:
        name = kind.id
        return Text(f"{name} 没有字段“{path}”", f"{name} has no field {path}")
    if (found.type == "array") != bool(field.fields or field.writer == "joined") or found.type == "object":
        type_ = found.type
        return Text(
            f"“{path}”是“{type_}”：对象的列表用 `each` 写，对象逐字段写",
            f"{path} is {type_}: lists of objects are written with each, objects by their fields",
        )
    if missing := _unsaid(field, found):
        codes = ", ".join(missing)
        return Text(f"对照表没有“{path}”的“{codes}”", f"the look-up has no word for {codes} of {path}")
    wanted = TAKES.get(field.writer or "")
    fits = wanted in (None, found.type, found.format) or (wanted == "money" and found.type == "string")
    name = field.writer
    return None if fits else Text(f"“{path}”不能写成“{name}”", f"{path} cannot be written as {name}")


def _unsaid(field: Outgoing, found: Field) -> list[str]:
    """Codes of a closed list that the look-up cannot say."""
    if field.lookup is None or not found.codelist or found.is_open_list:
        return []
    return sorted(set(by_any_name(found.codelist).values()) - field.lookup.keys() - field.unsaid)
