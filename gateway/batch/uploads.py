"""Upload sessions: parts arrive in any order, are durable one by one, and become one document at the end.

The same request for a session (tenant, content, connector, kind) finds the session that is there, so a client that
lost everything but its file goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from adapters.envelope import Channel, Envelope
from gateway.access.accounts import Principal
from gateway.access.quota import Quota
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.ids import uuid7
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused
from gateway.base.settings import BatchSettings
from gateway.batch import statements as sql
from gateway.batch.batches import Batches
from gateway.batch.rows import StoredAnswer, UploadRow
from gateway.batch.states import UploadState
from gateway.intake.envelopes import arriving
from gateway.ledger.sealed import open_word, seal_word
from gateway.ledger.values import Answer
from gateway.store.blobs import Blobs, blob_name, chunks
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch_first, fetch_one
from schemas.findings import Text, veiled

_HEAD_BYTES = 4096
_CONTENT_DIGEST = re.compile(r"\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*")
_WORDS = ("filename", "idempotency_key")
"""Of a request: what may name a person, and is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a session is asked for: which document will come, and how it is to be read."""

    sha256: bytes
    size_bytes: int
    connector: str | None
    kind: str | None
    filename: str | None
    content_type: str
    amend: bool
    idempotency_key: str | None

    @property
    def request_hash(self) -> bytes:
        shown = f"{self.connector}|{self.kind}|{self.amend}|{self.idempotency_key}|{self.size_bytes}"
        return sha256(self.sha256 + shown.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it stands. `parts` has the SHA-256 (hex) of every part that has arrived, by number from 1."""

    id: UUID
    request: dict[str, Any]
    size_bytes: int
    sha256: bytes
    part_bytes: int
    parts: dict[int, str]
    submission_id: UUID | None

    @property
    def state(self) -> UploadState:
        return UploadState.OPEN if self.submission_id is None else UploadState.COMPLETED

    @property
    def parts_wanted(self) -> int:
        return -(-self.size_bytes // self.part_bytes)

    def size_of(self, number: int) -> int:
        """Bytes of a part: all are `part_bytes` long but the last."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)

    def as_dict(self) -> dict[str, Any]:
        return {
            "upload_id": str(self.id),
            "state": self.state,
            "size_bytes": self.size_bytes,
            "sha256": self.sha256.hex(),
            "part_bytes": self.part_bytes,
            "parts": self.parts_wanted,
            "arrived": sorted(self.parts),
            "missing": [n for n in range(1, self.parts_wanted + 1) if n not in self.parts],
            "submission_id": self.submission_id and str(self.submission_id),
        }


class Uploads:
    """Opens sessions, takes parts, puts documents together."""

    def __init__(
        self, database: Database, blobs: Blobs, batches: Batches, settings: BatchSettings, *, lanes: Lanes, quota: Quota
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._batches = batches
        self._settings = settings
        self._completing: set[UUID] = set()
        self._lanes = lanes
        self._quota = quota

    async def open(self, principal: Principal, wanted: Wanted) -> tuple[Session, bool]:
        """The session for a document, and whether it is new. Raises Refused (INTAKE-006, UPLOAD-003)."""
        self._database.durability.must_hold()
        tenant = principal.tenant
        where = {"tenant_id": tenant.id, "request_hash": wanted.request_hash}
        upload_id = uuid7()
        request = {name: value for name, value in asdict(wanted).items() if name != "sha256"}
        request |= {name: seal_word(request[name], tenant.seal, upload_id) for name in _WORDS}
        request["content_type"] = veiled(request["content_type"])
        row = {
            **where,
            "id": upload_id,
            "division": tenant.division,
            "request": orjson.dumps(request).decode(),
            "size_bytes": wanted.size_bytes,
            "sha256": wanted.sha256,
            "part_bytes": self._settings.part_bytes,
        }
        self._batches.must_know(_envelope(tenant, request, upload_id))
        await self._quota.must_have_room(tenant)
        async with self._database.writing() as connection:
            created = (await connection.execute(sql.OPEN_UPLOAD, row)).rowcount == 1
            opened: int = (await connection.execute(sql.OPEN_BYTES, {"tenant_id": tenant.id})).scalar_one()
            if created and opened > self._settings.open_bytes:
                limit = self._settings.open_bytes
                detail = Text(f"未完成的上传合计不得超过 {limit} 字节", f"Open uploads may hold {limit} bytes in all")
                raise Refused(problems.UPLOADS_FULL, detail)
            session = _session(await fetch_one(connection, sql.UPLOAD_OF_REQUEST, where, UploadRow))
        return session, created

    async def forget_abandoned(self) -> bool:
        """Take away sessions that were never completed, with their parts, and what was left half-written; False when
        there was no such session.
        """
        await asyncio.to_thread(self._blobs.sweep)
        async with self._database.writing() as connection:
            gone = (await connection.execute(sql.FORGET_UPLOADS, {"days": self._settings.open_days})).scalars().all()
        for upload_id in gone:
            await asyncio.to_thread(self._blobs.within(f"uploads/{upload_id}").remove)
        return bool(gone)

    async def find(self, scope: Scope, upload_id: UUID) -> Session | None:
        async with self._database.reading(scope) as connection:
            row = await fetch_first(connection, sql.UPLOAD, {"id": upload_id}, UploadRow)
        return None if row is None else _session(row)

    async def put(
        self, principal: Principal, session: Session, number: int, content: bytes, *, content_digest: str | None
    ) -> bytes:
        """Keep a part and return its SHA-256. Until the session is completed another may take its place.

        `content_digest` is the header of RFC 9530, `sha-256=:base64:`. Raises Refused (UPLOAD-001, UPLOAD-002).
        """
        self._database.durability.must_hold()
        digest = sha256(content).digest()
        _must_be_whole(session, number, content, digest, content_digest=content_digest)
        if session.state is UploadState.OPEN and session.parts.get(number) != digest.hex():
            tenant = principal.tenant
            async with self._lanes.turn(tenant.id):
                await asyncio.to_thread(self._parts(session).put, iter([content]), tenant.seal, tenant.id)
            async with self._database.writing() as connection:
                row = {"id": session.id, "number": number, "sha256": digest, "size": len(content)}
                await connection.execute(sql.ADD_PART, row)
        return digest

    async def complete(self, principal: Principal, session: Session) -> Answer:
        """Put the document together and hand it over; asked again, the original answer.

        Raises Refused (UPLOAD-002, or LIMIT-002 while another request is at it).
        """
        self._database.durability.must_hold()
        if session.id in self._completing:
            raise Refused(problems.BUSY, headers={"Retry-After": "5"})
        self._completing.add(session.id)
        try:
            return await self._complete(principal, session)
        finally:
            self._completing.discard(session.id)

    async def whole(self, principal: Principal, session: Session, most: int) -> Envelope:
        """The document as it would be handed over, in memory, for a trial; the session stays as it is.

        Raises Refused (UPLOAD-002, or REQUEST-001 for one of more than `most` bytes).
        """
        if session.size_bytes > most:
            detail = Text(
                f"试运行的文件不得超过 {most} 字节，请截取其中一部分试运行",
                f"A trial takes {most} bytes at most: try a part of it",
            )
            raise Refused(problems.BAD_REQUEST, detail, parameter="dry_run")
        await self._must_be_there(principal.tenant, session)
        content = await asyncio.to_thread(lambda: b"".join(self._content(session, principal.tenant)))
        return replace(_envelope(principal.tenant, session.request, session.id), raw=content)

    async def _complete(self, principal: Principal, session: Session) -> Answer:
        """No connection is held while the document is put together and written: others need them meanwhile.

        Two processes may be at it. They submit the same, which is one submission, and one of them may find the parts
        gone that the other has no more use for.
        """
        if (done := await self._completed(session)) is not None:
            return await self._answer(principal.scope, done)
        try:
            answer = await self._hand_over(principal.tenant, session)
        except FileNotFoundError:
            if (done := await self._completed(session)) is None:
                raise
            return await self._answer(principal.scope, done)
        async with self._database.writing() as connection:
            completed = {"id": session.id, "submission_id": answer.submission_id}
            await connection.execute(sql.COMPLETE_UPLOAD, completed)
        await asyncio.to_thread(self._parts(session).remove)
        return answer

    async def _completed(self, session: Session) -> UUID | None:
        async with self._database.writing() as connection:
            return (await connection.execute(sql.SUBMISSION_OF_UPLOAD, {"id": session.id})).scalar_one()

    async def _hand_over(self, tenant: Tenant, session: Session) -> Answer:
        await self._must_be_there(tenant, session)
        head = next(self._content(session, tenant))[:_HEAD_BYTES]
        envelope = _envelope(tenant, session.request, session.id)
        return await self._batches.take(head, self._content(session, tenant), envelope, tenant)

    async def _must_be_there(self, tenant: Tenant, session: Session) -> None:
        """Raises Refused (UPLOAD-002) unless all parts have come and make the document."""
        if missing := session.as_dict()["missing"]:
            detail = Text(f"还缺 {len(missing)} 个部分", f"{len(missing)} parts are missing")
            raise Refused(problems.UPLOAD_INCOMPLETE, detail, missing=missing[:100])
        async with self._lanes.turn(tenant.id):
            digest = await asyncio.to_thread(self._digest, session, tenant)
        if digest != session.sha256:
            detail = Text("合成的文件与声明的 SHA-256 不符", "The parts do not make the document that was announced")
            raise Refused(problems.UPLOAD_INCOMPLETE, detail, sha256=digest.hex())

    async def _answer(self, scope: Scope, submission_id: UUID) -> Answer:
        async with self._database.reading(scope) as connection:
            stored = await fetch_one(connection, sql.ANSWER, {"id": submission_id}, StoredAnswer)
        return Answer(submission_id, stored.status, bytes(stored.answer), replayed=True)

    def _digest(self, session: Session, tenant: Tenant) -> bytes:
        digest = sha256()
        for chunk in self._content(session, tenant):
            digest.update(chunk)
        return digest.digest()

    def _content(self, session: Session, tenant: Tenant) -> Iterator[bytes]:
        for number in sorted(session.parts):
            name = blob_name(bytes.fromhex(session.parts[number]), tenant.id)
            with self._parts(session).open(name, tenant.seal) as part:
                yield from chunks(part)

    def _parts(self, session: Session) -> Blobs:
        return self._blobs.within(f"uploads/{session.id}")


def _must_be_whole(session: Session, number: int, content: bytes, digest: bytes, *, content_digest: str | None) -> None:
    if len(content) != session.size_of(number):
        wanted = session.size_of(number)
        detail = Text(f"第 {number} 部分应为 {wanted} 字节", f"Part {number} must have {wanted} bytes")
        raise Refused(problems.PART_REFUSED, detail, number=number, size_bytes=wanted)
    match = _CONTENT_DIGEST.fullmatch(content_digest or "")
    if content_digest is not None and (match is None or b64decode(match[1]) != digest):
        detail = Text("内容与 Content-Digest 不符", "The content does not match its Content-Digest")
        raise Refused(problems.PART_REFUSED, detail, number=number, sha256=digest.hex())


def _session(row: UploadRow) -> Session:
    return Session(
        id=row.id,
        request=row.request,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        part_bytes=row.part_bytes,
        parts={int(number): digest for number, digest in (row.parts or {}).items()},
        submission_id=row.submission_id,
    )


def _envelope(tenant: Tenant, request: dict[str, Any], upload_id: UUID) -> Envelope:
    filename, key = (open_word(request[name], tenant.seal, upload_id) for name in _WORDS)
    return arriving(
        tenant,
        channel=Channel.UPLOAD,
        content_type=request["content_type"],
        connector=request["connector"],
        kind=request["kind"],
        filename=filename,
        idempotency_key=key,
        amend=request["amend"],
    )
