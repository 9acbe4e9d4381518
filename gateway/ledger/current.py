"""What stands in the book, inside somebody's transaction: current versions, and the counts of submissions."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ledger import statements as sql
from gateway.ledger.rows import CountedSubmission, RecordKey, StoredRecord
from gateway.store.typed import fetch_one


async def lock(connection: AsyncConnection, record: RecordKey) -> StoredRecord:
    """The record as it stands; nobody else changes it until the transaction ends. Raises NoResultFound."""
    return await fetch_one(connection, sql.LOCK_RECORD, record._asdict(), StoredRecord)


async def confirm(connection: AsyncConnection, record: RecordKey, version: int, revision: int) -> None:
    """Note that the portal has taken `version`, a change of ours, as its `revision`; the next pull will show it."""
    await connection.exec_driver_sql(sql.CONFIRM, {**record._asdict(), "version": version, "revision": revision})


async def count_rows(connection: AsyncConnection, submission_id: UUID, totals: Mapping[str, int]) -> CountedSubmission:
    """Note how many rows of a large document met which fate (rows, accepted, rejected, quarantined); whose it is."""
    return await fetch_one(connection, sql.COUNT_ROWS, {"id": submission_id, **totals}, CountedSubmission)
