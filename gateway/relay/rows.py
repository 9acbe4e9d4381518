"""What the queries of `statements` give, a class each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.base.bilingual import read_back
from gateway.relay.states import DeliveryState, TargetState
from gateway.store.typed import TypedRow
from schemas.findings import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(TypedRow):
    """TARGET, TARGETS, LOCK_TARGET. It is told of one tenant's changes, or of those of divisions under a pattern.

    `keys` are sealed. `failures` are those in a row; while `open_until` has not come nothing is sent.
    """

    id: UUID
    tenant_id: int
    division: str
    scope_tenant: int | None
    scope_division: str | None
    format: str
    url: str | None
    events: Sequence[str]
    keys: bytes
    position: int
    state: TargetState
    failures: int
    open_until: datetime | None
    created_at: datetime
    connector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetBehind(TypedRow):
    """BEHIND: a target that has yet to be given changes, from `position` on."""

    id: UUID
    position: int
    scope_tenant: int | None
    scope_division: str | None
    format: str
    events: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery(TypedRow):
    """CLAIM: a delivery that is ours until its lease ends, with the change that it tells of."""

    position: int
    attempts: int
    kind: str
    key: str
    event: str
    version: int
    state: str
    code: str | None
    at: datetime
    reason: str | None
    tenant_id: int
    sender_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow(TypedRow):
    """DELIVERIES: what became of a change. `last_status` is the HTTP status of the last answer, if it had one."""

    position: int
    kind: str
    key: str
    event: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_status: int | None
    last_error: str | None
    settled_at: datetime | None

    @property
    def trouble(self) -> Text | None:
        """What went wrong the last time, or why nothing is sent."""
        return None if self.last_error is None else read_back(self.last_error)
