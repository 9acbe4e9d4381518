"""The rows of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow(TypedRow):
    """One entry. `division` is the one that it concerns; empty when it concerns none."""

    position: int
    at: datetime
    actor: str
    action: str
    object: str
    division: str
    detail: dict[str, Any]
