"""Cuts documents into chunks: reads records in order and sets them aside, sealed, for whoever processes them.

One process cuts a document at a time (a session lock of PostgreSQL, gone with the process). One that dies is followed
by another, which reads from the beginning and skips what has been cut: reading is deterministic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import BinaryIO
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Rejection
from adapters.errors import Unreadable
from adapters.formats import spool
from adapters.formats.unread import Notes
from adapters.reading import records
from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.batch import statements as sql
from gateway.batch.pieces import chunk_row, envelope_of
from gateway.batch.rows import BatchRow
from gateway.batch.states import BATCHES, BatchState
from gateway.intake.document_findings import DOCUMENT, NO_RECORDS, PARKED, TOO_MANY
from gateway.intake.routing import route_of
from gateway.store.blobs import Blobs
from gateway.store.database import DATABASE_AWAY, Database
from gateway.store.typed import fetch, fetch_one
from schemas.findings import Finding

CHUNK_ROWS = 500
_CHUNK_BYTES = 16 << 20
_MOST_AHEAD = 16
"""Chunks of one document that may wait; cutting pauses there, so that neither memory nor tables fill up."""
_MOST_OPEN, _MOST_OPEN_EACH = 6, 2
_MOST_FAILURES = 5


@dataclass(slots=True)
class _Open:
    """A document that this process is cutting."""

    batch: BatchRow
    tenant: Tenant
    file: BinaryIO
    records: Iterator[spool.Record]
    rows_cut: int
    notes: Notes

    def close(self) -> None:
        with suppress(AttributeError):
            self.records.close()  # type: ignore[attr-defined]
        self.file.close()


class Cutter:
    """Takes turns over the open documents, one chunk a turn, so that a small one is through soon."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        database: Database,
        accounts: Accounts,
        blobs: Blobs,
        *,
        most_rows: int,
    ) -> None:
        self._connectors = connectors
        self._database = database
        self._accounts = accounts
        self._blobs = blobs
        self._most_rows = most_rows
        self._open: dict[UUID, _Open] = {}
        self._locks: AsyncConnection | None = None

    async def turn(self) -> bool:
        """Cut at most one chunk of every open document; False when there was nothing to do.

        When the database is away everything open is left, to be taken up again: no document is to blame.
        """
        try:
            await self._must_hold_locks()
            await self._open_more()
            return await self._cut_each()
        except DATABASE_AWAY:
            await self.close()
            raise

    async def _cut_each(self) -> bool:
        cut = False
        for document in list(self._open.values()):
            try:
                cut |= await self._cut(document)
            except DATABASE_AWAY:
                raise
            except Exception:
                await self._give_up(document)
                raise
        return cut

    async def _must_hold_locks(self) -> None:
        """The locks are gone with their connection, and others may be at these documents by then."""
        if self._locks is not None:
            await self._locks.execute(sql.STILL_THERE)

    async def close(self) -> None:
        """Leave what is open to others."""
        for document in self._open.values():
            document.close()
        self._open.clear()
        if self._locks is not None:
            await self._locks.invalidate()
            await self._locks.close()
            self._locks = None

    async def _open_more(self) -> None:
        if len(self._open) >= _MOST_OPEN:
            return
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.TO_CUT, {}, BatchRow)
        for row in rows:
            if row.submission_id not in self._open and self._has_room(row.tenant_id):
                await self._try_open(row.submission_id)

    def _has_room(self, tenant_id: int) -> bool:
        own = sum(document.tenant.id == tenant_id for document in self._open.values())
        return len(self._open) < _MOST_OPEN and own < _MOST_OPEN_EACH

    async def _try_open(self, submission_id: UUID) -> None:
        if self._locks is None:
            self._locks = await self._database.session()
        if not (await self._locks.execute(sql.TRY_LOCK, {"name": str(submission_id)})).scalar_one():
            return
        async with self._database.writing() as connection:  # again, now that nobody else moves it
            batch = await fetch_one(connection, sql.BATCH, {"id": submission_id}, BatchRow)
        tenant = await self._accounts.tenant(batch.tenant_id)
        notes = Notes()
        try:
            file = self._blobs.open(batch.blob, tenant.seal)
        except OSError:  # that of others can be opened
            document = self._open[submission_id] = _Open(batch, tenant, BytesIO(), iter(()), batch.rows_cut, notes)
            await self._give_up(document)
            raise
        records = self._records(batch, tenant, file, notes)
        self._open[submission_id] = _Open(batch, tenant, file, records, batch.rows_cut, notes)

    def _records(self, batch: BatchRow, tenant: Tenant, file: BinaryIO, notes: Notes) -> Iterator[spool.Record]:
        _, route = route_of(self._connectors, envelope_of(batch, tenant), file)
        yield from islice(records(file, route.read, notes), batch.rows_cut, None)

    async def _cut(self, document: _Open) -> bool:
        async with self._database.writing() as connection:
            waiting = (await connection.execute(sql.WAITING, {"id": document.batch.submission_id})).scalar_one()
        if waiting >= _MOST_AHEAD:
            return False
        records, failure, ended = await asyncio.to_thread(_next_chunk, document)
        if failure is None and not ended and document.rows_cut + len(records) >= self._most_rows:
            failure = TOO_MANY.found("", DOCUMENT, limit=self._most_rows)
        if ended and not (failure or records or document.rows_cut):
            failure = NO_RECORDS.found("", DOCUMENT)
        ended = ended or failure is not None
        if failure is not None:
            await self._end(document, records, failure)
        else:
            await self._store(document, records, None, ended=ended)
        if ended:
            await self._close(document)
        return True

    async def _store(
        self, document: _Open, records: list[spool.Record], failure: Finding | None, *, ended: bool
    ) -> None:
        batch = document.batch
        first = document.rows_cut + 1
        document.rows_cut += len(records)
        state = BatchState.PROCESSING if ended else BatchState.RECEIVED
        notes = document.notes.findings if ended else ()
        async with self._database.writing() as connection:
            if records:
                await connection.execute(sql.ADD_CHUNK, chunk_row(batch.submission_id, document.tenant, first, records))
            cut = {
                "id": batch.submission_id,
                "rows_cut": document.rows_cut,
                "read_bytes": batch.size_bytes if ended else document.file.tell(),
                "state": state,
                "before": BATCHES.before(state),
                "failure": None if failure is None else orjson.dumps(failure.as_dict()).decode(),
                "notes": orjson.dumps([note.as_dict() for note in notes]).decode() if notes else None,
            }
            await connection.execute(sql.HAVE_CUT, cut)

    async def _give_up(self, document: _Open) -> None:
        """Begin again later, from what is stored; after some failures the document counts as unreadable."""
        submission_id = document.batch.submission_id
        async with self._database.writing() as connection:
            failures: int = (await connection.execute(sql.ATTEMPT, {"id": submission_id, "first": 0})).scalar_one()
            stored = await fetch_one(connection, sql.BATCH, {"id": submission_id}, BatchRow)
        if failures >= _MOST_FAILURES:
            document.rows_cut = stored.rows_cut
            await self._end(document, [], PARKED.found("", DOCUMENT))
        await self._close(document)

    async def _end(self, document: _Open, records: list[spool.Record], failure: Finding) -> None:
        """The rest of the document becomes one rejected row; the reason also stands with the batch."""
        ordinal = document.rows_cut + len(records) + 1
        await self._store(document, [*records, Rejection(ordinal, failure.locator, (failure,))], failure, ended=True)

    async def _close(self, document: _Open) -> None:
        document.close()
        del self._open[document.batch.submission_id]
        assert self._locks is not None  # noqa: S101 - it was opened under a lock
        await self._locks.execute(sql.UNLOCK, {"name": str(document.batch.submission_id)})


def _next_chunk(document: _Open) -> tuple[list[spool.Record], Finding | None, bool]:
    """The next records, why the document cannot be read further (if so), and whether this was its end.

    Ordinals go on from the last chunk. Few large records are a chunk as well.
    """
    records: list[spool.Record] = []
    start = document.file.tell()
    try:
        for record in document.records:
            records.append(replace(record, ordinal=document.rows_cut + len(records) + 1))
            if len(records) == CHUNK_ROWS or document.file.tell() - start > _CHUNK_BYTES:
                return records, None, False
    except Unreadable as error:
        return records, error.finding, True
    return records, None, True
