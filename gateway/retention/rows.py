"""The rows of purges and of holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from gateway.retention.states import RunState
from gateway.store.emptying import Subject
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow(TypedRow):
    """RUNS: a purge over the divisions under a pattern. The day is that of contracts and rosters."""

    id: UUID
    division: str
    state: RunState
    due_before: date
    begun_by: str
    begun_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow(TypedRow):
    """COUNTS: how many rows a purge has emptied of a subject in a division."""

    subject: Subject
    division: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce(TypedRow):
    """IN_FORCE: whose content, or which record of theirs, is held now."""

    tenant_id: int
    kind: str | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow(TypedRow):
    """HOLDS: what is kept whatever its age. Without a kind and a key it is all that the agency has."""

    id: UUID
    tenant_id: int
    partner: str
    division: str
    kind: str | None
    key: str | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
