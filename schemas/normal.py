"""The normal form of a record: what may be written in several ways is stored in one, whichever door it came by.

Identifiers are compared, so full-width letters and composed characters are the same as plain ones, and those written in
capitals (`"x-identifier": "capitals"`) have no small letters; money has two decimals; people's names have one form (see
`schemas.names`). Prose keeps its characters. What was sent is kept as it was, apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from schemas.loading import Schema, assertions
from schemas.names import SURELY_PLAIN, plain_name
from schemas.plain_text import normalised

_LONGEST = 256
Normalise = Callable[[str], str]


def plain_identifier(text: str) -> str:
    """An identifier in plain letters, digits and marks (NFKC); what is far longer than one is left for the schema."""
    return text if text.isascii() or len(text) > _LONGEST else normalised("NFKC", text)


def capital_identifier(text: str) -> str:
    """An identifier that is written in capitals: a plate, a flight, a licence, a printed number."""
    return plain_identifier(text).upper()


def two_decimals(amount: str) -> str:
    """`1980` and `1980.5` as `1980.00` and `1980.50`; anything else as it is, for the schema to judge."""
    whole, point, fraction = amount.partition(".")
    if len(fraction) == 2 or not whole.isdecimal() or not (fraction.isdecimal() if point else True):
        return amount
    return f"{whole}.{fraction:0<2}" if len(fraction) < 2 else amount


class _Form(NamedTuple):
    """What makes a text normal where a schema says `keyword`: `value`, and which texts `surely` are so already."""

    keyword: str
    value: Any
    normalise: Normalise
    surely: str


_FORMS = (
    _Form("x-money", True, two_decimals, r"\.[0-9]{2}$"),
    _Form("x-identifier", True, plain_identifier, r"^[ -~\u4e00-\u9fff]*$"),
    _Form("x-identifier", "capitals", capital_identifier, r"^[ -`{-~\u4e00-\u9fff]*$"),
    _Form("x-name", True, plain_name, SURELY_PLAIN),
)


def _form(schema: Schema) -> _Form | None:
    return next((form for form in _FORMS if schema.get(form.keyword) == form.value), None)


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
    form = _form(schema)
    return narrowed if form is None else narrowed | {"allOf": [{"pattern": form.surely}]}


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


def form_of(schema: Schema) -> Normalise | None:
    """What brings a text of that schema into its normal form; None when it is written in one way only."""
    form = _form(schema)
    return form and form.normalise


def _members(schema: Schema) -> Iterator[tuple[str, Normal | Normalise]]:
    for name, child in schema.get("properties", {}).items():
        if child.get("type") == "string":
            if (form := form_of(child)) is not None:
                yield name, form
        else:
            inner = Normal(child.get("items", child))
            if inner._members:
                yield name, inner
