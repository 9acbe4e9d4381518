"""The rows of seals, of their uses, and of the rosters under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from gateway.seals.faces import SealKind
from gateway.seals.states import SealState
from gateway.store.typed import TypedRow


class UsePurpose(StrEnum):
    """What a seal was used for: a decision about a roster, the printed roster, or a contract that is signed here."""

    AUDITED = "audited"
    RETURNED = "returned"
    DOCUMENT = "document"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRow(TypedRow):
    """The root of the installation, its key wrapped."""

    certificate: bytes
    sealed_private: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRow(TypedRow):
    """A seal as it is shown. What it has only once it is issued is None before."""

    id: UUID
    tenant_id: int
    division: str
    kind: SealKind
    name: str
    state: SealState
    applied_by: str
    applied_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    reason: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    picture: bytes | None
    certificate: bytes | None
    fingerprint: bytes | None
    renews: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSeal(TypedRow):
    """A seal in force, with what it signs by."""

    id: UUID
    tenant_id: int
    division: str
    kind: SealKind
    name: str
    picture: bytes
    certificate: bytes
    sealed_private: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedSeal(TypedRow):
    id: UUID
    sealed_private: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSeal(TypedRow):
    id: UUID
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow(TypedRow):
    """One use of a seal."""

    id: int
    purpose: UsePurpose
    object: str
    document: bytes
    used_by: str
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow(TypedRow):
    """Which authority decided about a roster, and under which seal."""

    version: int
    authority_id: int
    authority: str
    seal_id: UUID | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRosterRow(TypedRow):
    """A printed roster, the PDF sealed."""

    code: str
    version: int
    state: str
    report_seal: UUID | None
    audit_seal: UUID | None
    sha256: bytes
    blob: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFacts(TypedRow):
    """What the public is told of a printed roster; what begins with `now_` is of the roster as it stands today."""

    code: str
    version: int
    state: str
    sha256: bytes
    made_at: datetime
    now_version: int
    now_state: str
    subkind: str
    agency_name: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    report_seal: str | None
    audit_seal: str | None

    @property
    def is_superseded(self) -> bool:
        """Whether the paper is not of the roster as it stands any more."""
        return (self.version, self.state) != (self.now_version, self.now_state)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredDocument(TypedRow):
    """The printed roster that a file is, byte for byte."""

    code: str
    version: int
    now_version: int
