"""How a chunk lies in the store, and how an envelope is made again from its submission."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from adapters.envelope import Envelope
from adapters.formats import spool
from gateway.access.tenants import Tenant
from gateway.batch.rows import BatchRow, Chunk
from gateway.intake.envelopes import arriving
from gateway.ledger.sealed import open_word


def chunk_row(
    submission_id: UUID, tenant: Tenant, first: int, records: Sequence[spool.Record], *, tries: int = 0
) -> dict[str, Any]:
    """The row of a chunk that waits: its records sealed in their place."""
    return {
        "id": submission_id,
        "first": first,
        "rows": len(records),
        "tenant_id": tenant.id,
        "division": tenant.division,
        "tries": tries,
        "payload": tenant.seal.seal(spool.dump(records), _place(submission_id, first)),
    }


def records_of(chunk: Chunk, tenant: Tenant) -> list[spool.Record]:
    """The records of a waiting chunk."""
    return spool.load(tenant.seal.open(chunk.payload, _place(chunk.submission_id, chunk.first_ordinal)))


def envelope_of(batch: BatchRow, tenant: Tenant) -> Envelope:
    """The envelope of a batch, without its bytes."""
    return arriving(
        tenant,
        channel=batch.channel,
        received_at=batch.received_at,
        content_type=batch.content_type,
        connector=batch.connector,
        kind=batch.kind,
        filename=open_word(batch.filename, tenant.seal, batch.submission_id),
        amend=batch.amend,
    )


def _place(submission_id: UUID, first: int) -> bytes:
    return f"chunk/{submission_id}/{first}".encode()
