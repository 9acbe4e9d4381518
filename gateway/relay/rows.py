"""What the queries of `statements` give, a class each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gateway.base.bilingual import read_back
from gateway.relay.states import DeliveryState, TargetState
from gateway.store.typed import TypedRow
from schemas.findings import Text


class Ended(StrEnum):
    """How a credential has ended."""

    REVOKED = "revoked"
    EXPIRED = "expired"


_TAKE = Text("请用有效凭证接管该目标", "take the target over with a live credential")
_HALTS = {
    Ended.REVOKED: Text(
        f"所属凭证已吊销，投递暂停；{_TAKE.zh}", f"its credential is revoked, deliveries wait: {_TAKE.en}"
    ),
    Ended.EXPIRED: Text(
        f"所属凭证已到期，投递暂停；{_TAKE.zh}", f"its credential has expired, deliveries wait: {_TAKE.en}"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(TypedRow):
    """TARGET, TARGETS, LOCK_TARGET. It is told of one tenant's changes, or of those of divisions under a pattern.

    `keys` are sealed. `failures` are those in a row; while `open_until` has not come nothing is sent, nor when the
    credential that it belongs to has `ended`.
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
    credential_id: str | None
    ended: Ended | None

    @property
    def shown_state(self) -> TargetState:
        """The state as it works: what belongs to a credential pauses with it."""
        is_halted = self.ended is not None and self.state is TargetState.ACTIVE
        return TargetState.PAUSED if is_halted else self.state

    @property
    def halt(self) -> Text | None:
        """Why its deliveries wait, when its credential has ended."""
        return None if self.ended is None else _HALTS[self.ended]


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
