"""What the queries of `statements` give, a class each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.onboarding.faults import Fault
from gateway.onboarding.states import RegistrationState, VersionState
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow(TypedRow):
    """LISTED, LOCKED: a version without its content. `stamps` are those of its mappings, with what tells each apart."""

    connector: str
    number: int
    state: VersionState
    digest: bytes
    stamps: Mapping[str, str]
    note: str
    made_by: str
    made_at: datetime
    staged_by: str | None
    staged_at: datetime | None
    live_by: str | None
    live_at: datetime | None
    retired_by: str | None
    retired_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        told = {name: value for name, value in self.columns().items() if value is not None}
        return told | {"digest": self.digest.hex(), "stamps": sorted(self.stamps)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentRow(TypedRow):
    """CURRENT: of each connector that has ever been in service the version that is now; None when none is."""

    connector: str
    number: int | None
    digest: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InServiceRow(TypedRow):
    """IN_SERVICE: the live version, and whether accepted records came before a day and since."""

    connector: str
    number: int | None
    was_in_service: bool
    is_sending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow(TypedRow):
    """CONTENT."""

    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow(TypedRow):
    """FAULTS, STRIKE: a fault of a sandbox, and how many more times it is done."""

    fault: Fault
    times_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRow(TypedRow):
    """REGISTRATION, REGISTRATIONS: a system that wants to be connected. `contact` is sealed, None once forgotten."""

    id: UUID
    state: RegistrationState
    system: Mapping[str, Any]
    contact: bytes | None
    token_hash: bytes
    partner: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow(TypedRow):
    """COUNTED."""

    state: RegistrationState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContactRow(TypedRow):
    """SEALED_CONTACTS."""

    id: UUID
    contact: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow(TypedRow):
    """STEPS: what happened to a registration."""

    state: RegistrationState
    at: datetime
    by: str
    reason: str


Steps = Sequence[StepRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow(TypedRow):
    """EVIDENCE: what has arrived in a sandbox of one kind by one channel; from `replays` on of all."""

    accepted: int
    corrected: bool
    amended: int
    largest: int
    void: int
    documents: int
    large_files: int
    replays: int
    rotated: bool
    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow(TypedRow):
    """SAMPLES: a record of a sandbox, sealed."""

    tenant_id: int
    kind: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRow(TypedRow):
    """DONE: how often a fault has been done to a sandbox."""

    fault: Fault
    times_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRow(TypedRow):
    """RECENT: a document as it came, sealed."""

    id: UUID
    tenant_id: int
    kind: str
    received_at: datetime
    raw: bytes
