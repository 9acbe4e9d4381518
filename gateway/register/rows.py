"""The rows of the register and of the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord(TypedRow):
    """An agency or a leader as a portal keeps it, its body sealed."""

    tenant_id: int
    kind: str
    key: str
    state: str
    division: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar(TypedRow):
    known: list[date]
    working: list[date]
