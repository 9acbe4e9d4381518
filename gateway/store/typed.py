"""Rows with types: one frozen, keyword-only class a query, beside its SQL, whose fields are the query's columns.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Batch(TypedRow):
        id: UUID
        state: BatchState

    batches = await fetch(connection, sql.BATCHES, {"tenant_id": 7}, Batch)

A query and its class that differ in a column are a TypeError at the first row, not a wrong value later.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection

Found = TypeVar("Found", bound="TypedRow")
Statement = Executable | str
"""A `text(...)`, or SQL in the driver's own paramstyle, `%(name)s`."""


class TypedRow:
    """Base of the classes of rows. Columns of an enumeration become its members (ValueError for an unknown word)."""

    __slots__ = ()

    def columns(self) -> dict[str, Any]:
        """The values by column."""
        return {name: getattr(self, name) for name in get_type_hints(type(self))}

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        values = dict(row._mapping)
        for name, member in _enumerations(cls):
            if values[name] is not None:
                values[name] = member(values[name])
        return cls(**values)


async def fetch(
    connection: AsyncConnection, statement: Statement, parameters: Mapping[str, Any], into: type[Found]
) -> list[Found]:
    """All rows of a query."""
    result = await _execute(connection, statement, parameters)
    return [into.from_row(row) for row in result.all()]


async def fetch_first(
    connection: AsyncConnection, statement: Statement, parameters: Mapping[str, Any], into: type[Found]
) -> Found | None:
    """The first row of a query, None when it has none."""
    row = (await _execute(connection, statement, parameters)).first()
    return None if row is None else into.from_row(row)


async def fetch_one(
    connection: AsyncConnection, statement: Statement, parameters: Mapping[str, Any], into: type[Found]
) -> Found:
    """The only row of a query. Raises NoResultFound and MultipleResultsFound."""
    return into.from_row((await _execute(connection, statement, parameters)).one())


async def _execute(connection: AsyncConnection, statement: Statement, parameters: Mapping[str, Any]) -> Any:
    if isinstance(statement, str):
        return await connection.exec_driver_sql(statement, dict(parameters))
    return await connection.execute(statement, parameters)


@cache
def _enumerations(cls: type[TypedRow]) -> tuple[tuple[str, Callable[[Any], Enum]], ...]:
    """The fields of a class that hold members of an enumeration, or None."""
    found = []
    for name, hint in get_type_hints(cls).items():
        choices = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        found += [(name, choice) for choice in choices if isinstance(choice, type) and issubclass(choice, Enum)]
    return tuple(found)
