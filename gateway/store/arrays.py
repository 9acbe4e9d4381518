"""Sets of rows on their way in: one binary array a column, however many rows there are.

The columns of a table come from the types of the values that are stored, so that names, order and PostgreSQL's types
stand once:

    class NewSeal(NamedTuple):
        id: UUID
        name: str
        size: Annotated[int, "bigint"]

    SEALS = Arrays.of(NewSeal)
    INSERT_SEALS = f"INSERT INTO seal ({SEALS.names}) SELECT * FROM unnest({SEALS.unnest()})"
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Parameters = dict[str, list[Any]]

_TYPES: dict[Any, str] = {
    bool: "boolean",
    bytes: "bytea",
    date: "date",
    datetime: "timestamptz",
    int: "int",
    str: "text",
    UUID: "uuid",
}


@dataclass(frozen=True, slots=True)
class Arrays:
    """A set of rows handed to PostgreSQL as one binary array a column. `columns` gives each its type, in order."""

    columns: dict[str, str]

    @classmethod
    def of(cls, *values: type[Any]) -> Arrays:
        """The columns of classes of values, one after another: a field each, its type by annotation."""
        return cls({name: type_ for each in values for name, type_ in columns_of(each).items()})

    def unnest(self) -> str:
        return ", ".join(f"%({name})b::{type_}[]" for name, type_ in self.columns.items())

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    def parameters(self, rows: Iterable[Sequence[Any]]) -> Parameters:
        """`rows` in the order of `columns`; at least one."""
        return dict(zip(self.columns, map(list, zip(*rows, strict=True)), strict=True))


def columns_of(values: type[Any]) -> dict[str, str]:
    """The fields of a class and their PostgreSQL types. `Annotated[int, "bigint"]` names a type of its own."""
    return {name: _type_of(hint) for name, hint in get_type_hints(values, include_extras=True).items()}


def _type_of(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is Annotated:
        return hint.__metadata__[0]
    if origin in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not type(None))
        return _type_of(hint)
    if isinstance(hint, type) and issubclass(hint, str):  # enumerations are stored as their words
        return "text"
    return _TYPES[hint]
