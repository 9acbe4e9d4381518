"""Large documents: accepted at once and durably, worked on in the background, followed until every row has its fate.

The raw bytes are a blob before the submission is; the submission is answered with 202 and a receipt of the document.
`cutting`, `processing` and `finishing` do the rest. At the end a signed receipt covers every row: it holds the totals
and the SHA-256 of the list of fates (`records.ndjson`), in which each row has a line.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Envelope
from gateway.access.quota import Quota
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused
from gateway.batch import statements as sql
from gateway.batch.rows import BatchProgress, ChunkFates
from gateway.batch.states import BatchState
from gateway.intake.routing import idempotency_key_of, request_hash_of, route_of
from gateway.ledger.submission import Request, Submission
from gateway.ledger.values import Answer, FateStatus
from gateway.ledger.writer import Effect, Writer
from gateway.store.blobs import Blobs, chunks
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is. `counts` are the totals of the rows that have their fate; `receipt` is there at the end.

    `notes` say what of the document was not read, once it has been read.
    """

    state: BatchState
    kind: str
    mapping: str
    size_bytes: int
    read_bytes: int
    rows_read: int
    counts: dict[str, int]
    failure: dict[str, Any] | None
    notes: Sequence[Mapping[str, Any]]
    receipt: str | None
    finished_at: datetime | None

    @property
    def is_done(self) -> bool:
        return self.state is BatchState.DONE

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "size_bytes": self.size_bytes,
            "read_bytes": self.read_bytes,
            "rows_read": self.rows_read,
            "rows_done": self.counts.get("rows", 0),
            "counts": self.counts,
            "failure": self.failure,
            **self.noted,
        }

    @property
    def noted(self) -> dict[str, Any]:
        """The notes as an answer has them: not at all where there are none."""
        return {"notes": list(self.notes)} if self.notes else {}


class Batches:
    """Accepts large documents and tells how far they are."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        database: Database,
        writer: Writer,
        blobs: Blobs,
        *,
        lanes: Lanes,
        quota: Quota,
    ) -> None:
        self._lanes = lanes
        self._quota = quota
        self._connectors = connectors
        self._database = database
        self._writer = writer
        self._blobs = blobs

    async def accept(
        self, file: Path, envelope: Envelope, tenant: Tenant, in_same_transaction: Effect | None = None
    ) -> Answer:
        """Keep a file of any size and answer 202 (or what it was answered before). `envelope.raw` is not looked at.

        What `in_same_transaction` does commits with it. Raises Refused (INTAKE-006, REQUEST-001): nothing was stored.
        """
        with file.open("rb") as content:
            return await self.take(file, chunks(content), envelope, tenant, in_same_transaction=in_same_transaction)

    async def take(
        self,
        head: Path | bytes,
        content: Iterable[bytes],
        envelope: Envelope,
        tenant: Tenant,
        *,
        in_same_transaction: Effect | None = None,
    ) -> Answer:
        """Like `accept`, for content that comes piece by piece; `head` shows what kind of document it is."""
        if envelope.atomic:
            detail = Text(
                "后台处理的大文件不支持参数 atomic=true", "A document worked on in the background cannot be atomic"
            )
            raise Refused(problems.BAD_REQUEST, detail, parameter="atomic")
        _, route = route_of(self._connectors, envelope, head)
        await self._quota.must_have_room(tenant)
        async with self._lanes.turn(tenant.id):
            blob = await asyncio.to_thread(self._blobs.put, content, tenant.seal, tenant.id)
        request_hash = request_hash_of(blob.sha256, envelope, route.kind.name, later=True)
        request = Request(request_hash, idempotency_key_of(envelope, request_hash, route.stamp))
        submission = Submission.of_blob(envelope, tenant, route, request=request, blob=blob)
        row = {
            "submission_id": submission.id,
            "tenant_id": tenant.id,
            "division": tenant.division,
            "amend": envelope.amend,
            "size_bytes": blob.size_bytes,
        }

        async def begin(connection: AsyncConnection, answer: Answer) -> None:
            if not answer.replayed:
                await connection.execute(sql.INSERT, row)
                await self._quota.count(connection, tenant, blob.size_bytes)

        return await self._writer.write(submission, in_same_transaction, begin)

    def must_know(self, envelope: Envelope) -> None:
        """Refuse at once what could not be read later. Raises Refused (INTAKE-006)."""
        route_of(self._connectors, envelope, b"")

    async def is_work(self) -> bool:
        """Whether any document is not done: one question in the place of one for every step of the work."""
        async with self._database.looking() as connection:
            return bool((await connection.execute(sql.IS_WORK)).scalar_one())

    async def progress(self, scope: Scope, submission_id: UUID) -> Progress | None:
        """None when the submission is no batch, or not in sight."""
        async with self._database.reading(scope) as connection:
            row = await fetch_first(connection, sql.PROGRESS, {"id": submission_id}, BatchProgress)
        if row is None:
            return None
        return Progress(
            state=row.state,
            kind=row.kind,
            mapping=row.mapping,
            size_bytes=row.size_bytes,
            read_bytes=row.read_bytes,
            rows_read=row.rows_cut,
            counts={name: int(total) for name, total in (row.counts or {}).items()},
            failure=row.failure,
            notes=row.notes or (),
            receipt=row.receipt,
            finished_at=row.finished_at,
        )

    async def outcome(self, scope: Scope, submission_id: UUID) -> dict[str, Any] | None:
        """The final answer: totals and the signed receipt of every row. None while rows wait for their fate."""
        progress = await self.progress(scope, submission_id)
        if progress is None or not progress.is_done:
            return None
        return {
            "submission_id": str(submission_id),
            "kind": progress.kind,
            "mapping": progress.mapping,
            "state": progress.state,
            "counts": progress.counts,
            "failure": progress.failure,
            **progress.noted,
            "records_url": f"/v1/submissions/{submission_id}/records.ndjson",
            "receipt": progress.receipt,
        }

    async def fates(self, scope: Scope, submission_id: UUID, *, failures: bool = False) -> AsyncIterator[bytes]:
        """What became of each row, as lines of NDJSON in the document's order; only what failed, if wanted."""
        after = 0
        while True:
            async with self._database.reading(scope) as connection:
                rows = await fetch(connection, sql.FATES, {"id": submission_id, "after": after}, ChunkFates)
            for row in rows:
                lines = zlib.decompress(row.fates)
                yield _failures(lines) if failures else lines
            if not rows:
                return
            after = rows[-1].first_ordinal


def records_of_answer(answer: bytes, *, failures: bool = False) -> bytes:
    """The records of an answer that was given at once, in the same lines."""
    records = orjson.loads(answer).get("records", [])
    lines = b"".join(orjson.dumps(record) + b"\n" for record in records)
    return _failures(lines) if failures else lines


def _failures(lines: bytes) -> bytes:
    kept = [line for line in lines.splitlines(keepends=True) if not FateStatus(orjson.loads(line)["status"]).is_good]
    return b"".join(kept)
