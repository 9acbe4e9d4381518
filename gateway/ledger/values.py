"""What intake hands to the ledger of each record, and what the ledger answers. Frozen values; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from adapters.envelope import Rejection
from gateway.access.tenants import Tenant
from gateway.ledger.facts import Facts
from schemas.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One canonical record ready to be stored. `canonical` is its JSON, `body` the same, sealed for its `owner`."""

    owner: Tenant
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a record stands that is stored under a number."""

    version: int
    state: str
    code: str | None
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
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
    stored: Standing | None = None

    @classmethod
    def of_rejection(cls, rejection: Rejection, key: str | None) -> Fate:
        """Of a record that did not pass."""
        status = FateStatus.QUARANTINED if rejection.parked else FateStatus.REJECTED
        return cls(
            ordinal=rejection.ordinal, locator=rejection.locator, status=status, key=key, findings=rejection.findings
        )

    @classmethod
    def of_refused(
        cls,
        draft: Draft,
        status: FateStatus,
        findings: tuple[Finding, ...],
        differences: tuple[dict[str, Any], ...] = (),
        *,
        stored: Standing | None = None,
    ) -> Fate:
        """Of a good record that was not stored all the same; `stored` is what stands under its number."""
        return cls(
            ordinal=draft.ordinal,
            locator=draft.locator,
            status=status,
            key=draft.key,
            findings=findings,
            differences=differences,
            stored=stored,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A record that has a later version or another state than an earlier answer says."""

    key: str
    version: int
    state: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored reply, byte for byte. `replayed` says that it is the original answer to an earlier request.

    `receipt` stands in a new answer's body. `moved` tells where records of a replayed answer stand today, when that is
    not what the answer says of them.
    """

    submission_id: UUID
    status: int
    body: bytes
    receipt: str = ""
    replayed: bool = False
    moved: tuple[Moved, ...] = ()

    @property
    def is_refusal(self) -> bool:
        """Whether the submission as a whole did not pass; its body is a problem then."""
        return self.status >= 400

    @property
    def content_type(self) -> str:
        return "application/problem+json" if self.is_refusal else "application/json"
