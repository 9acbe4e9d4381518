"""What the queries of `statements` give, a class each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.envelope import Channel
from gateway.batch.states import BatchState
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow(TypedRow):
    """TO_CUT, BATCH: a large document with what its envelope said."""

    submission_id: UUID
    tenant_id: int
    amend: bool
    rows_cut: int
    size_bytes: int
    connector: str | None
    kind: str
    mapping: str
    content_type: str
    filename: str | None
    received_at: datetime
    channel: Channel
    raw_hash: bytes
    blob: str
    notes: Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress(TypedRow):
    """PROGRESS: how far it is. `counts` are the totals of the rows that have their fate, None while there are none."""

    state: BatchState
    size_bytes: int
    read_bytes: int
    rows_cut: int
    failure: dict[str, Any] | None
    notes: Sequence[Mapping[str, Any]] | None
    receipt: str | None
    finished_at: datetime | None
    kind: str
    mapping: str
    counts: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk(TypedRow):
    """CLAIM_CHUNK: records that wait, sealed. `tries` is how often their chunk has been cut smaller."""

    submission_id: UUID
    first_ordinal: int
    rows: int
    tries: int
    tenant_id: int
    division: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkFates(TypedRow):
    """FATES: what became of each row of a chunk, as deflated NDJSON."""

    first_ordinal: int
    fates: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Total(TypedRow):
    """TOTALS: how many rows met a fate."""

    name: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow(TypedRow):
    """UPLOAD, UPLOAD_OF_REQUEST. `parts` has the SHA-256 (hex) by number; None before one has arrived."""

    id: UUID
    request: dict[str, Any]
    size_bytes: int
    sha256: bytes
    part_bytes: int
    submission_id: UUID | None
    parts: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer(TypedRow):
    """ANSWER."""

    status: int
    answer: bytes
