"""What intake hands to the store, and what the store answers. Frozen values; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from adapters.envelope import Envelope, Rejection
from gateway.access.tenants import Tenant
from gateway.store.blobs import Blob
from schemas.findings import Finding


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be known of a record without opening its seal. No personal data; `people` are blind indexes.

    `division` is the record's own where it has one below the partner's; `revision` is a portal's version number.
    """

    subkind: str
    agency_name: str
    agency_uscc: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    people: list[int]
    division: str | None = None
    effective_on: date | None = None
    revision: int = 0
    unconfirmed: bool = False
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One canonical record ready to be stored. `canonical` is its JSON, `body` the same, sealed."""

    ordinal: int
    locator: str
    kind: str
    schema: str
    key: str
    content_hash: bytes
    canonical: bytes
    body: bytes
    facts: Facts
    state: str
    code: str | None
    qr_text: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PreparedSubmission:
    """An envelope after reading: everything decided that needs no database.

    `single` is a push of one object. A document with a `blob` is only taken over here and worked on later. `withhold`
    keeps the good records of a spoilt atomic submission out of the store; `withheld` are the fates of those that
    spoilt it.
    """

    id: UUID
    tenant: Tenant
    envelope: Envelope
    kind: str
    key_field: str
    mapping: str
    raw_hash: bytes
    raw_sealed: bytes
    idempotency_key: str | None
    request_hash: bytes
    drafts: Sequence[Draft]
    rejections: Sequence[Rejection]
    single: bool
    unreadable: bool = False
    blob: Blob | None = None
    withhold: bool = False
    withheld: Sequence[Fate] = ()

    def key_of(self, rejection: Rejection) -> str | None:
        """The business number of a rejected record, as far as it could be read."""
        key = (rejection.body or {}).get(self.key_field)
        return key if isinstance(key, str) else None

    @property
    def rows_in(self) -> int:
        return len(self.drafts) + len(self.rejections)


class FateStatus(StrEnum):
    """What became of one record."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    AMENDED = "amended"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    CONFLICT = "conflict"
    WITHHELD = "withheld"

    @property
    def is_good(self) -> bool:
        return self in (FateStatus.ACCEPTED, FateStatus.UNCHANGED, FateStatus.AMENDED)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one record of a submission. `submission_id` is the one that stored this content first."""

    ordinal: int
    locator: str
    status: FateStatus
    key: str | None = None
    version: int | None = None
    state: str | None = None
    code: str | None = None
    qr_text: str | None = None
    content_hash: bytes | None = None
    submission_id: UUID | None = None
    findings: tuple[Finding, ...] = ()
    differences: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored reply, byte for byte. `replayed` says that it is the original answer to an earlier request."""

    submission_id: UUID
    status: int
    body: bytes
    replayed: bool = False

    @property
    def content_type(self) -> str:
        return "application/json" if self.status < 400 else "application/problem+json"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """The current version of a record as it lies in the store, body still sealed."""

    kind: str
    key: str
    schema: str
    version: int
    state: str
    content_hash: bytes
    body: bytes
    submission_id: UUID
    stored_at: datetime
    issued_at: datetime
    code: str | None
    qr_text: str | None
    confirmed_as: int | None
    base_revision: int | None
