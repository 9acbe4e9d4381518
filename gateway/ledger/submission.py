"""An envelope after reading: all is decided that needs no database. Each stage of its life has one way to make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from hashlib import sha256
from uuid import UUID

from adapters.connector import Route
from adapters.envelope import Envelope, Rejection
from gateway.access.tenants import Tenant
from gateway.base.ids import uuid7
from gateway.ledger.sealed import unspoken
from gateway.ledger.values import Draft, Fate
from gateway.store.blobs import Blob
from schemas.findings import Finding


class Shape(Enum):
    """What the document was: one object, whose answer is that of its record; many records; or not to be read."""

    SINGLE = auto()
    MANY = auto()
    UNREADABLE = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two submissions the same request: the hash of what was asked, and the key it was asked under."""

    hash: bytes
    key: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document was found to hold; `notes` say what of it was not read."""

    drafts: Sequence[Draft]
    rejections: Sequence[Rejection]
    shape: Shape = Shape.MANY
    notes: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """`content` is what is kept of the document: its bytes, sealed, or the blob that holds it; None for a chunk, whose
    document is stored already, as is its `request`.

    `spoilt_by` withholds the good records of an atomic submission: the fates of those that spoilt it.
    """

    id: UUID
    tenant: Tenant
    envelope: Envelope
    kind: str
    key_field: str
    mapping: str
    raw_hash: bytes
    request: Request | None
    content: bytes | Blob | None
    reading: Reading
    spoilt_by: tuple[Fate, ...] | None = None

    @classmethod
    def of_reading(
        cls,
        envelope: Envelope,
        tenant: Tenant,
        route: Route,
        *,
        raw_hash: bytes,
        request: Request,
        reading: Reading,
    ) -> Submission:
        """A document that was read at once; `raw_hash` is the SHA-256 of its bytes."""
        submission_id = uuid7()
        return cls(
            id=submission_id,
            tenant=tenant,
            envelope=envelope,
            kind=route.kind.name,
            key_field=route.kind.key[0],
            mapping=route.stamp,
            raw_hash=raw_hash,
            request=request,
            content=tenant.seal.seal(envelope.raw, submission_id.bytes),
            reading=reading,
        )

    @classmethod
    def of_replay(cls, envelope: Envelope, tenant: Tenant, route: Route, draft: Draft) -> Submission:
        """One record, read again: its envelope is the record alone, and carries the key of this attempt."""
        raw_hash = sha256(envelope.raw).digest()
        request = Request(raw_hash, envelope.idempotency_key)
        reading = Reading([draft], (), Shape.SINGLE)
        return cls.of_reading(envelope, tenant, route, raw_hash=raw_hash, request=request, reading=reading)

    @classmethod
    def of_blob(cls, envelope: Envelope, tenant: Tenant, route: Route, *, request: Request, blob: Blob) -> Submission:
        """A large document: it is only kept now, and read later."""
        return cls(
            id=uuid7(),
            tenant=tenant,
            envelope=envelope,
            kind=route.kind.name,
            key_field=route.kind.key[0],
            mapping=route.stamp,
            raw_hash=blob.sha256,
            request=request,
            content=blob,
            reading=Reading((), ()),
        )

    @classmethod
    def of_chunk(
        cls, envelope: Envelope, tenant: Tenant, route: Route, *, submission_id: UUID, raw_hash: bytes, reading: Reading
    ) -> Submission:
        """Some records of a document that is stored already, as `submission_id`."""
        return cls(
            id=submission_id,
            tenant=tenant,
            envelope=envelope,
            kind=route.kind.name,
            key_field=route.kind.key[0],
            mapping=route.stamp,
            raw_hash=raw_hash,
            request=None,
            content=None,
            reading=reading,
        )

    def spoilt(self, fates: Sequence[Fate]) -> Submission:
        """The same, of which only the refusal is kept: an atomic submission goes in whole or not at all."""
        return replace(self, spoilt_by=tuple(fate for fate in fates if not fate.status.is_good))

    def with_drafts(self, drafts: Sequence[Draft]) -> Submission:
        """The same with some of its records only."""
        return replace(self, reading=replace(self.reading, drafts=drafts, rejections=()))

    @property
    def drafts(self) -> Sequence[Draft]:
        return self.reading.drafts

    @property
    def rejections(self) -> Sequence[Rejection]:
        return self.reading.rejections

    @property
    def key(self) -> str | None:
        """The idempotency key, given or made of the content; None where every submission is a request of its own."""
        if self.request is None or self.request.key is None:
            return None
        return unspoken(self.request.key, self.tenant.seal)

    @property
    def blob(self) -> Blob | None:
        return self.content if isinstance(self.content, Blob) else None

    @property
    def rows_in(self) -> int:
        return len(self.drafts) + len(self.rejections)

    def key_of(self, rejection: Rejection) -> str | None:
        """The business number of a rejected record, as far as it could be read."""
        key = (rejection.body or {}).get(self.key_field)
        return key if isinstance(key, str) else None
