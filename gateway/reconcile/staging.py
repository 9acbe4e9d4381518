"""A snapshot on its way into the database: pages sealed, rows narrow, nothing piled up in memory.

Rows are staged in a temporary table of one connection. Its lock says that the run is alive; when the connection goes,
however it goes, lock and rows go with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from psycopg import AsyncConnection as Driver
from psycopg.rows import TupleRow
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Outcome, Rejection
from adapters.errors import Retriable
from adapters.reading import read
from gateway.access.tenants import Tenant
from gateway.base.clock import Clock
from gateway.intake.belonging import kept_in
from gateway.ledger.canonical import canonical_of
from gateway.ledger.kinds import BEHAVIOURS
from gateway.reconcile import statements as sql
from gateway.reconcile.exchange import SnapshotPage
from gateway.reconcile.rows import PageRow
from gateway.store.database import Database
from gateway.trust.sealing import content_hash
from schemas.catalog import Kind
from schemas.findings import Text, veiled

_MOST_FINDINGS = 5
_ROWS_AT_ONCE = 1000
_LONGEST_KEY = 64
_AS_WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


class SnapshotRow(NamedTuple):
    """One of their records, as narrow as comparing needs.

    `findings` (JSON) say why it cannot be read; then `content_hash` is that of what they wrote, and `key` a place where
    the key cannot be told.
    """

    key: str
    page: int
    ordinal: int
    revision: int = 0
    content_hash: bytes | None = None
    division: str | None = None
    day: date | None = None
    subkind: str | None = None
    findings: str | None = None


@asynccontextmanager
async def staging(database: Database, series: str, work_memory_mib: int) -> AsyncGenerator[Stage, None]:
    """A stage for the one run of a `series` (connector, partner). Raises Retriable while another is under way."""
    told = Text("同一对账正在进行，请稍后再试", "another run of this reconciliation is under way")
    async with alone(await database.workbench(), f"reconcile/{series}", told) as connection:
        for statement in (sql.PATIENCE, sql.PLAIN, sql.MEMORY.format(mib=work_memory_mib), sql.STAGE):
            await connection.exec_driver_sql(statement)
        yield Stage(connection)


@asynccontextmanager
async def alone(connection: AsyncConnection, what: str, told: Text) -> AsyncGenerator[AsyncConnection, None]:
    """A connection in autocommit that nobody else has for `what`, and its end.

    Raises Retriable while somebody has one, who is `told` why.

    When it goes, however it goes, what was locked is free and all that is temporary gone.
    """
    try:
        if not (await connection.execute(sql.TRY_LOCK, {"name": what})).scalar_one():
            raise Retriable(told)
        yield connection
    finally:
        with suppress(SQLAlchemyError):  # before the answer: the connection ends a moment after it
            await connection.exec_driver_sql(sql.UNLOCK)
        await connection.invalidate()
        await connection.close()


@dataclass(frozen=True, slots=True)
class Stage:
    """The rows of one kind at a time, on the connection on which they are compared."""

    connection: AsyncConnection

    async def clear(self) -> None:
        """Make room for the next kind."""
        await self.connection.exec_driver_sql(sql.EMPTY)

    async def add(self, rows: Iterable[SnapshotRow]) -> None:
        """Append rows by COPY. They are made in a thread, some at a time, so that others are answered meanwhile."""
        coming = iter(rows)
        raw = await self.connection.get_raw_connection()
        driver = cast("Driver[TupleRow]", raw.driver_connection)  # the one driver there is
        async with driver.cursor() as cursor, cursor.copy(sql.COPY_ROWS) as copy:
            while some := await asyncio.to_thread(list, islice(coming, _ROWS_AT_ONCE)):
                for row in some:
                    await copy.write_row(row)

    async def settle(self) -> None:
        """All rows are there: leave one for each key, and remember which were several."""
        for statement in (sql.FORGET_REPEATED, sql.FIND_REPEATED, sql.DROP_COPIES, sql.MARK_COPIED):
            await self.connection.exec_driver_sql(statement)


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads the pages of one connector exactly as intake does."""

    connector: Connector
    tenant: Tenant

    async def stage(self, stage: Stage, run_id: UUID, pages: AsyncIterator[SnapshotPage]) -> datetime | None:
        """Keep every page sealed and stage its rows; returns the earliest moment that one of them speaks of.

        None when all of them speak of now. Raises Unreadable.
        """
        number, spoken_of = 0, set[datetime]()
        async for page in pages:
            if page.as_of is not None:
                spoken_of.add(page.as_of)
            if page.is_empty:
                continue
            number += 1
            rows = await asyncio.to_thread(self.rows, page, number)
            await stage.connection.execute(sql.ADD_PAGE, self._sealed(run_id, page, number))
            await stage.add(rows)
        return min(spoken_of, default=None)

    def rows(self, page: SnapshotPage, number: int) -> list[SnapshotRow]:
        """The rows of a page. Raises Unreadable for a page that cannot be read: it would hide what it holds."""
        kind = self.connector.route(page.kind).kind
        return [self._row(outcome, kind, number) for outcome in self._outcomes(page)]

    def bodies(self, page: SnapshotPage) -> dict[int, dict[str, Any]]:
        """The canonical records of a page by their ordinals."""
        outcomes = self._outcomes(page)
        return {one.ordinal: canonical_of(one.body)[0] for one in outcomes if not isinstance(one, Rejection)}

    def opened(self, run_id: UUID, kind: str, number: int, row: PageRow) -> SnapshotPage:
        """A page that was kept."""
        raw = self.tenant.seal.open(row.raw, _place(run_id, kind, number))
        return SnapshotPage(kind, raw, row.content_type, row.filename)

    def _outcomes(self, page: SnapshotPage) -> Iterator[Outcome]:
        return read(page.raw, self.connector, kind=page.kind, today=Clock.china_today(), account=self.tenant.own_agency)

    def _row(self, outcome: Outcome, kind: Kind, page: int) -> SnapshotRow:
        if isinstance(outcome, Rejection):
            key = (outcome.body or {}).get(kind.key[0])
            found = [finding.as_dict() for finding in outcome.findings if finding.is_error][:_MOST_FINDINGS]
            name = key if isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY else f"?{page}/{outcome.ordinal}"
            written = orjson.dumps([dict(outcome.source), found], default=str, option=_AS_WRITTEN)
            return SnapshotRow(
                name, page, outcome.ordinal, content_hash=content_hash(written), findings=orjson.dumps(found).decode()
            )
        body, canonical = canonical_of(outcome.body)
        facts = BEHAVIOURS[kind.name].facts(body, self.tenant, kept_in(body, self.tenant))
        return SnapshotRow(
            key=body[kind.key[0]],
            page=page,
            ordinal=outcome.ordinal,
            revision=facts.revision,
            content_hash=content_hash(canonical),
            division=facts.division,
            day=facts.effective_on or facts.depart_on,
            subkind=facts.subkind,
        )

    def _sealed(self, run_id: UUID, page: SnapshotPage, number: int) -> dict[str, Any]:
        place = _place(run_id, page.kind, number)
        return {
            "id": run_id,
            "kind": page.kind,
            "number": number,
            "raw": self.tenant.seal.seal(page.raw, place),
            "content_type": page.content_type,
            "filename": page.filename and veiled(page.filename),
        }


def _place(run_id: UUID, kind: str, number: int) -> bytes:
    return f"snapshot/{run_id}/{kind}/{number}".encode()
