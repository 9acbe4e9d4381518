"""The current version of a record, inside somebody's transaction."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ledger import statements as sql
from gateway.ledger.rows import RecordKey, StoredRecord
from gateway.store.typed import fetch_one


async def lock(connection: AsyncConnection, record: RecordKey) -> StoredRecord:
    """The record as it stands; nobody else changes it until the transaction ends. Raises NoResultFound."""
    return await fetch_one(connection, sql.LOCK_RECORD, record._asdict(), StoredRecord)


async def confirm(connection: AsyncConnection, record: RecordKey, version: int, revision: int) -> None:
    """Note that the portal has taken `version`, a change of ours, as its `revision`; the next pull will show it."""
    await connection.exec_driver_sql(sql.CONFIRM, {**record._asdict(), "version": version, "revision": revision})
