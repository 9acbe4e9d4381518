"""Ends a batch: the totals, one hash over the fate of every row, one signature."""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Accounts
from gateway.base.clock import Clock
from gateway.batch import statements as sql
from gateway.batch.rows import BatchRow, ChunkFates, Total
from gateway.batch.states import BATCHES, BatchState
from gateway.ledger import attested
from gateway.ledger.changes import ChangeEvent, announce
from gateway.ledger.current import count_rows
from gateway.ledger.rows import NewChange
from gateway.ledger.values import FateStatus
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_one
from gateway.transparency.leaves import append
from gateway.trust.keyring import Keyring
from gateway.trust.receipts import TYPE, test_mark

RECORDS_TYPE = "application/x-ndjson"


class Finisher:
    """Signs the receipt of a batch none of whose chunks waits any more."""

    def __init__(self, keyring: Keyring, database: Database, accounts: Accounts) -> None:
        self._keyring = keyring
        self._database = database
        self._accounts = accounts

    async def turn(self) -> bool:
        """Finish one batch; False when none is due."""
        async with self._database.writing() as connection:
            due: UUID | None = (await connection.execute(sql.TO_FINISH)).scalar_one_or_none()
            if due is None:
                return False
            where = {"id": due, "first": sql.FINISHING}
            async with self._database.counting() as aside:
                await aside.execute(sql.ATTEMPT, where)
            await self._finish(connection, due)
            await connection.execute(sql.FORGET_ATTEMPTS, where)
        return True

    async def _finish(self, connection: AsyncConnection, submission_id: UUID) -> None:
        batch = await fetch_one(connection, sql.BATCH, {"id": submission_id}, BatchRow)
        tenant = await self._accounts.tenant(batch.tenant_id)
        counts = {row.name: row.total for row in await fetch(connection, sql.TOTALS, {"id": submission_id}, Total)}
        mappings = (await connection.execute(sql.MAPPINGS, {"id": submission_id})).scalars().all()
        now = Clock.now()
        claims: dict[str, Any] = {
            "sub": tenant.name,
            "jti": str(submission_id),
            "iat": int(now.timestamp()),
            "raw_sha256": batch.raw_hash.hex(),
            "size_bytes": batch.size_bytes,
            "state": BatchState.DONE,
            "mappings": list(mappings),
            "counts": counts,
            "records": {"type": RECORDS_TYPE, **await _digest(connection, submission_id)},
            **test_mark(tenant.is_sandbox),
        }
        if batch.notes:
            claims["notes"] = [{"code": note["code"], "locator": note["locator"]} for note in batch.notes]
        receipt = self._keyring.receipt_signer.sign_claims(claims, TYPE)
        finished = {"receipt": receipt, "at": now, "before": BATCHES.before(BatchState.DONE)}
        await connection.execute(sql.FINISH, {"id": submission_id, **finished})
        totals = {
            "rows": counts.get("rows", 0),
            "rejected": sum(counts.get(status, 0) for status in FateStatus if not status.is_good),
            "quarantined": counts.get(FateStatus.QUARANTINED, 0),
        }
        totals["accepted"] = totals["rows"] - totals["rejected"]
        totals["rejected"] -= totals["quarantined"]
        row = await count_rows(connection, submission_id, totals)
        counted = {
            "rows_in": totals["rows"],
            **{name: totals[name] for name in ("accepted", "rejected", "quarantined")},
        }
        await append(connection, [attested.final_receipt_leaf(submission_id, receipt, counted)])
        done = NewChange(
            tenant_id=row.tenant_id,
            sender_id=row.tenant_id,
            division=row.division,
            kind="submission",
            key=str(submission_id),
            event=ChangeEvent.DONE.value,
            version=1,
            state=BatchState.DONE.value,
            code=None,
            at=now,
        )
        await announce(connection, [done])


async def _digest(connection: AsyncConnection, submission_id: UUID) -> dict[str, Any]:
    """SHA-256, bytes and lines of the list of fates, as it is downloaded."""
    digest, size, lines, after = sha256(), 0, 0, 0
    while rows := await fetch(connection, sql.FATES, {"id": submission_id, "after": after}, ChunkFates):
        for row in rows:
            content = zlib.decompress(row.fates)
            digest.update(content)
            size += len(content)
            lines += content.count(b"\n")
        after = rows[-1].first_ordinal
    return {"sha256": digest.hexdigest(), "size_bytes": size, "lines": lines}
