"""Sealing anew what lies in the database under a data key that was changed: some rows at a time, beside all else.

A row is renewed only as it was read; what somebody changes meanwhile is sealed by the new key anyway, and what somebody
holds is left for the next pass. It may be stopped at any time: what is done stays done, and is passed over.
"""

# ruff: noqa: S608 - every statement is built from the constants of a Column

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base.errors import UserError
from gateway.store.blobs import Blobs, blob_name
from gateway.store.database import Database

_ROWS = 50
_PAUSE_SECONDS = 0.2
_MOST_PASSES = 25
"""Without a row renewed, before it is told."""

Row = Mapping[str, Any]


class Resealer(Protocol):
    """What seals anew; None for what the present key has sealed."""

    def resealed(self, sealed: bytes, place: bytes) -> bytes | None: ...


class Witness(Protocol):
    """Who must see that rows are sealed anew."""

    async def agreeing(self, connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
        """Those that may be."""
        ...

    async def renewed(self, connection: AsyncConnection, rows: Sequence[Row]) -> None: ...


class NotRenewed(UserError):
    """Rows cannot be sealed anew: somebody holds them, or they are not what the log attests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A sealed column. `keys` find a row, in their order; `place` is what it is bound to.

    `of` says whose rows they are, with `:tenant`; `also` gives further columns of a row that is renewed. `read` and
    `write` are for a value that is not bytes. `witness` sees the rows before and after, with their `shown` columns.
    """

    table: str
    name: str
    keys: tuple[str, ...]
    place: Callable[[Row], bytes]
    of: str = "tenant_id = :tenant"
    also: Callable[[Row, bytes, bytes], Mapping[str, Any]] | None = None
    read: Callable[[Any], bytes | None] = bytes
    write: Callable[[bytes], Any] = bytes
    sets: str | None = None
    """How the column is set to `:sealed_anew`, where it is none but a part of one."""
    witness: Witness | None = None
    shown: tuple[str, ...] = ()


Note = Callable[[int], None]
"""Hears of rows that were looked at."""


async def count(database: Database, tenant_id: int, column: Column) -> int:
    """How many rows a tenant has there."""
    async with database.writing() as connection:
        found = await connection.execute(text(f"SELECT count(*) FROM {column.table} WHERE {column.of}"), _of(tenant_id))
        return found.scalar_one()


async def reseal(database: Database, seal: Resealer, tenant_id: int, column: Column, *, note: Note) -> int:
    """How many rows were renewed, once none is left. Raises SealBroken, NotRenewed."""
    resealing, renewed, passes = _Resealing(database, seal, tenant_id, column), 0, 0
    while True:
        done, held = await resealing.over_all(note)
        renewed += done
        if not held:
            return renewed
        passes = 0 if done else passes + 1
        if passes == _MOST_PASSES:
            raise NotRenewed(
                f"{column.table} 中有 {held} 行未能重新加密：正被占用，或与存证日志不符，请运行 yizhan audit verify / "
                f"{held} rows of {column.table} were not sealed anew: somebody holds them, or they are not what the "
                "log attests; run yizhan audit verify"
            )
        await asyncio.sleep(_PAUSE_SECONDS)


class _Resealing:
    """One column of one tenant."""

    def __init__(self, database: Database, seal: Resealer, tenant_id: int, column: Column) -> None:
        self._database, self._seal, self._tenant_id, self._column = database, seal, tenant_id, column
        listed, marks = ", ".join(column.keys), ", ".join(f":{key}" for key in column.keys)
        read = ", ".join((*column.keys, *column.shown))
        wanted = f"SELECT {read}, {column.name} AS sealed FROM {column.table} WHERE {column.of}"
        self._first = text(f"{wanted} ORDER BY {listed} LIMIT {_ROWS}")
        self._following = text(f"{wanted} AND ({listed}) > ({marks}) ORDER BY {listed} LIMIT {_ROWS}")

    async def over_all(self, note: Note) -> tuple[int, int]:
        """How many rows were renewed, and how many somebody held or changed."""
        renewed = held = 0
        last: dict[str, Any] = {}
        while True:
            async with self._database.writing() as connection:
                statement = self._following if last else self._first
                rows = (await connection.execute(statement, _of(self._tenant_id) | last)).all()
                went = await self._renew_all(connection, [row._asdict() for row in rows])
            renewed, held = renewed + went.count(True), held + went.count(False)
            note(len(rows))
            if len(rows) < _ROWS:
                return renewed, held
            last = {key: getattr(rows[-1], key) for key in self._column.keys}

    async def _renew_all(self, connection: AsyncConnection, rows: Sequence[Row]) -> list[bool | None]:
        witness = self._column.witness
        if witness is None:
            return [await self._renew(connection, row) for row in rows]
        agreeing = await witness.agreeing(connection, rows)
        went = [await self._renew(connection, row) for row in agreeing]
        await witness.renewed(connection, [row for row, done in zip(agreeing, went, strict=True) if done])
        return went + [False] * (len(rows) - len(agreeing))

    async def _renew(self, connection: AsyncConnection, row: Row) -> bool | None:
        """Whether a row was renewed; None when it need not be."""
        column = self._column
        sealed = None if row["sealed"] is None else column.read(row["sealed"])
        place = column.place(row)
        new = await asyncio.to_thread(self._seal.resealed, sealed, place) if sealed else None
        if new is None:
            return None
        others = {} if column.also is None else column.also(row, new, place)
        where = " AND ".join(f"{key} = :{key}" for key in column.keys)
        changes = ", ".join((column.sets or f"{column.name} = :sealed_anew", *(f"{name} = :{name}" for name in others)))
        statement = text(f"""
            UPDATE {column.table} SET {changes} WHERE {where} AND {column.name} = :sealed
              AND EXISTS (SELECT FROM {column.table} WHERE {where} FOR UPDATE SKIP LOCKED)
        """)
        keys = {key: row[key] for key in column.keys}
        values = {**keys, **others, "sealed": row["sealed"], "sealed_anew": column.write(new)}
        return (await connection.execute(statement, values)).rowcount == 1


def _of(tenant_id: int) -> dict[str, Any]:
    return {"tenant": tenant_id}


_BLOBS = text("SELECT DISTINCT blob FROM submission WHERE tenant_id = :tenant AND blob IS NOT NULL")
_PARTS = text("""
    SELECT p.upload_id, p.sha256 FROM upload_part p JOIN upload u ON u.id = p.upload_id
    WHERE u.tenant_id = :tenant AND u.submission_id IS NULL
""")


async def blobs_of(database: Database, blobs: Blobs, tenant_id: int) -> list[tuple[Blobs, str]]:
    """Large documents, and the parts of uploads that are not complete: the folder and the name of each."""
    async with database.writing() as connection:
        found = [(blobs, name) for name in (await connection.execute(_BLOBS, _of(tenant_id))).scalars()]
        for upload_id, digest in (await connection.execute(_PARTS, _of(tenant_id))).all():
            found.append((blobs.within(f"uploads/{upload_id}"), blob_name(digest, tenant_id)))
    return found
