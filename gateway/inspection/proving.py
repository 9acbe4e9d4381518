"""The proof that a receipt stands in the log, for whoever holds the receipt."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.inspection import statements as sql
from gateway.ledger import attested
from gateway.ledger.rows import NewSubmission
from gateway.store.database import Database
from gateway.transparency.entries import LeafKind
from gateway.transparency.published import PublishedLog


class ReceiptProofs:
    """Proofs of receipts, as JSON."""

    def __init__(self, database: Database, log: PublishedLog) -> None:
        self._database = database
        self._log = log

    async def proof(self, kind: LeafKind, submission_id: UUID) -> dict[str, Any] | None:
        """None while the receipt has no place in the log yet, or has none at all because it is older.

        The entry is SHA-256 over `yizhan <kind>`, a newline, the SHA-256 of the receipt, and `around`, the digest of
        what is stored around it.
        """
        ref = attested.submission_ref(submission_id)
        included = await self._log.inclusion(kind, ref)
        if included is None:
            return None
        statement = sql.SUBMISSIONS if kind is LeafKind.RECEIPT else sql.FINALS
        async with self._database.writing() as connection:
            row = (await connection.exec_driver_sql(statement, {"refs": [ref]})).mappings().one()
        columns = {str(name): value for name, value in row.items()}
        if kind is LeafKind.RECEIPT:
            stored = NewSubmission(**columns)
            _, around = attested.receipt_parts(stored, attested.receipt_in(stored.answer))
        else:
            _, around = attested.final_receipt_parts(columns["id"], columns["receipt"], columns)
        return {
            "kind": kind.value,
            "around": around.hex(),
            "leaf_index": included.index,
            "tree_size": included.size,
            "path": [step.hex() for step in included.path],
            "checkpoint": included.checkpoint,
        }
