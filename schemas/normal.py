"""The normal form of a record: what may be written in several ways is stored in one, whichever door it came by.

Identifiers are compared, so full-width letters and composed characters are the same as plain ones; money has two
decimals. Prose keeps its characters. What was sent is kept as it was, apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from schemas.loading import Schema, assertions

Normalise = Callable[[str], str]


def plain_identifier(text: str) -> str:
    """An identifier in plain letters, digits and marks (NFKC)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def two_decimals(amount: str) -> str:
    """`1980` and `1980.5` as `1980.00` and `1980.50`; anything else as it is, for the schema to judge."""
    whole, point, fraction = amount.partition(".")
    if len(fraction) == 2 or not whole.isdecimal() or not (fraction.isdecimal() if point else True):
        return amount
    return f"{whole}.{fraction:0<2}" if len(fraction) < 2 else amount


def in_normal_form(schema: Schema) -> Schema:
    """What the validator compiles to tell valid records that are surely in their normal form already."""
    return assertions(_narrowed(schema))


def _narrowed(schema: Any) -> Any:
    """The schema with narrower patterns where several ways of writing are one."""
    if isinstance(schema, list):
        return [_narrowed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    narrowed = {name: _narrowed(child) for name, child in schema.items()}
    if schema.get("x-money") is True:
        narrowed["allOf"] = [{"pattern": r"\.[0-9]{2}$"}]
    elif schema.get("x-identifier") is True:
        narrowed["allOf"] = [{"pattern": r"^[ -~\u4e00-\u9fff]*$"}]
    return narrowed


class Normal:
    """The normal form of records of one schema: a copy where something changes, what was given where nothing does."""

    def __init__(self, schema: Schema) -> None:
        self._members = dict(_members(schema))

    def __call__(self, record: Any) -> Any:
        """The record in its normal form. It need not be valid; what is not where the schema has it stays as it is."""
        if record.__class__ is not dict:
            return record
        changed: dict[str, Any] = {}
        for name, form in self._members.items():
            value = record.get(name)
            if value is None:
                continue
            if value.__class__ is str:
                normal: Any = form(value) if not isinstance(form, Normal) else value
            elif not isinstance(form, Normal):
                continue
            elif value.__class__ is list:
                items = [form(item) for item in value]
                normal = items if any(new is not old for new, old in zip(items, value, strict=True)) else value
            else:
                normal = form(value)
            if normal is not value:
                changed[name] = normal
        return {**record, **changed} if changed else record


def _members(schema: Schema) -> Iterator[tuple[str, Normal | Normalise]]:
    for name, child in schema.get("properties", {}).items():
        if child.get("type") == "string":
            if child.get("x-identifier"):
                yield name, plain_identifier
            elif child.get("x-money"):
                yield name, two_decimals
        else:
            inner = Normal(child.get("items", child))
            if inner._members:
                yield name, inner
