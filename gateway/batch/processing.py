"""Processes chunks: map, check, code and seal, then records and the chunk's fates commit together.

A chunk's claim is its row lock, so it is free again the moment its worker dies. What was tried is written down outside
that transaction: a chunk that fails is cut into ten, a record that fails alone is parked, its neighbours go on. With
500 rows a chunk, a poison record is parked after five attempts (in 500, 50, 5 and twice alone).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import Enum, auto
from io import BytesIO
from typing import Any, BinaryIO

import orjson
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector, Route
from adapters.envelope import Outcome, Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats import spool
from adapters.reading import outcome_of
from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.base.clock import day_in_china
from gateway.batch import statements as sql
from gateway.batch.pieces import chunk_row, envelope_of, records_of
from gateway.batch.rows import BatchRow, Chunk
from gateway.intake.document_findings import PARKED
from gateway.intake.drafting import Drafter, Drafting
from gateway.intake.routing import route_of
from gateway.ledger.answers import counts_of, record_line
from gateway.ledger.commit import Commit
from gateway.ledger.issuing import Issuer
from gateway.ledger.submission import Reading, Submission
from gateway.ledger.values import Draft, Fate
from gateway.store.blobs import Blobs
from gateway.store.database import Database, is_lock_timeout
from gateway.store.typed import fetch_first, fetch_one
from gateway.trust.keyring import Keyring
from schemas.findings import Text

_PIECES = 10
_MOST_TRIES_ALONE = 2
_MOST_TRIES_PARKED = 2
"""Then not even what was sent can be kept beside the finding; it stands in the document."""
_RECORD = Text("记录", "Record")


class _Parking(Enum):
    """Whether a chunk is put aside instead of being read, and with how much of it."""

    NOT = auto()
    WITH_SOURCE = auto()
    BARE = auto()

    @staticmethod
    def after(attempts: int) -> _Parking:
        if attempts <= _MOST_TRIES_ALONE:
            return _Parking.NOT
        return _Parking.WITH_SOURCE if attempts <= _MOST_TRIES_ALONE + _MOST_TRIES_PARKED else _Parking.BARE

    def of(self, record: spool.Record) -> spool.Record:
        """The record, or what is put aside in its place."""
        if self is _Parking.NOT:
            return record
        finding = PARKED.found("", _RECORD, locator=record.locator)
        if self is _Parking.BARE:
            return Rejection(record.ordinal, "", (finding,), parked=True)
        if isinstance(record, Rejection):
            return replace(record, findings=(*record.findings, finding), parked=True)
        return Rejection(record.ordinal, record.locator, (finding,), record.data, parked=True)


class Processor:
    """Processes one chunk at a time."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        issuer: Issuer,
        keyring: Keyring,
        database: Database,
        *,
        accounts: Accounts,
        blobs: Blobs,
        drafting: Drafting,
    ) -> None:
        self._connectors = connectors
        self._issuer = issuer
        self._keyring = keyring
        self._database = database
        self._accounts = accounts
        self._blobs = blobs
        self._drafting = drafting

    async def turn(self) -> bool:
        """Process one chunk, of whichever document is due; False when none waits. What goes wrong is raised."""
        async with self._database.writing() as connection:
            chunk = await fetch_first(connection, sql.CLAIM_CHUNK, {}, Chunk)
            if chunk is None:
                return False
            where = {"id": chunk.submission_id, "first": chunk.first_ordinal}
            async with self._database.counting() as aside:
                attempt: int = (await aside.execute(sql.ATTEMPT, where)).scalar_one()
            tenant = await self._accounts.tenant(chunk.tenant_id)
            try:
                if attempt > 1 and chunk.rows > 1:
                    await self._split(connection, chunk, tenant)
                else:
                    await self._process(connection, chunk, tenant, _Parking.after(attempt))
            except OperationalError as error:
                if is_lock_timeout(error):  # who holds a record of it is to blame, not the chunk
                    async with self._database.counting() as aside:
                        await aside.execute(sql.FORGIVE, where)
                raise
        return True

    async def _split(self, connection: AsyncConnection, chunk: Chunk, tenant: Tenant) -> None:
        """Ten chunks instead of one: nine of them hold nothing that failed, most likely."""
        where = {"id": chunk.submission_id, "first": chunk.first_ordinal}
        records = records_of(chunk, tenant)
        size = -(-len(records) // _PIECES)
        await connection.execute(sql.DROP_CHUNK, where)
        await connection.execute(sql.FORGET_ATTEMPTS, where)
        for at in range(0, len(records), size):
            piece = records[at : at + size]
            row = chunk_row(chunk.submission_id, tenant, chunk.first_ordinal + at, piece, tries=chunk.tries + 1)
            await connection.execute(sql.ADD_CHUNK, row)

    async def _process(self, connection: AsyncConnection, chunk: Chunk, tenant: Tenant, parking: _Parking) -> None:
        batch = await fetch_one(connection, sql.BATCH, {"id": chunk.submission_id}, BatchRow)
        records = records_of(chunk, tenant)
        envelope = envelope_of(batch, tenant)
        with self._document(batch, tenant, parking) as file:
            connector, route = route_of(self._connectors, envelope, file)
        drafts, rejections = await asyncio.to_thread(
            self._read, connector, route, records, batch, tenant=tenant, parking=parking
        )
        submission = Submission.of_chunk(
            envelope,
            tenant,
            route,
            submission_id=chunk.submission_id,
            raw_hash=batch.raw_hash,
            reading=Reading(drafts, rejections),
        )
        await alerts.raise_drift(connection, connector.id, submission)
        commit = Commit(connection, self._issuer, self._keyring)
        fates = await commit.store_chunk(submission)
        await connection.execute(sql.CHUNK_DONE, _done(chunk, submission, fates))
        await connection.execute(sql.FORGET_ATTEMPTS, {"id": chunk.submission_id, "first": chunk.first_ordinal})
        await commit.announce()

    def _document(self, batch: BatchRow, tenant: Tenant, parking: _Parking) -> BinaryIO:
        """The document, which tells how it is read; what is put aside is read no more, so that it may be gone."""
        try:
            return self._blobs.open(batch.blob, tenant.seal)
        except OSError:
            if parking is _Parking.NOT:
                raise
            return BytesIO()

    def _read(
        self,
        connector: Connector,
        route: Route,
        records: Sequence[spool.Record],
        batch: BatchRow,
        *,
        tenant: Tenant,
        parking: _Parking,
    ) -> tuple[list[Draft], list[Rejection]]:
        drafts: list[Draft] = []
        rejections: list[Rejection] = []
        drafter = self._drafting.of(route.kind, tenant, batch.received_at)
        today = day_in_china(batch.received_at)
        for record in records:
            outcome = parking.of(record)
            if isinstance(outcome, SourceRecord):
                outcome = _mapped(outcome, connector, route, today, drafter=drafter)
            found = outcome if isinstance(outcome, Rejection) else drafter.draft(outcome)
            if isinstance(found, Rejection):
                rejections.append(found)
            else:
                drafts.append(found)
        return drafts, rejections


def _mapped(record: SourceRecord, connector: Connector, route: Route, today: date, *, drafter: Drafter) -> Outcome:
    """What becomes of a record. Where a changed shape is to stop all, it is put aside: the others go on."""
    try:
        account = drafter.sender.own_agency
        return outcome_of(record, connector, route, today, account=account, register=drafter.register)
    except Unreadable as error:
        return Rejection(record.ordinal, record.locator, (error.finding,), record.data, parked=True)


def _done(chunk: Chunk, submission: Submission, fates: Sequence[Fate]) -> dict[str, Any]:
    return {
        "id": chunk.submission_id,
        "first": chunk.first_ordinal,
        "mapping": submission.mapping,
        "counts": orjson.dumps(counts_of(fates)).decode(),
        "fates": zlib.compress(b"".join(record_line(fate, submission) for fate in fates), 1),
    }
