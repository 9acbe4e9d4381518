"""The rows of the signing keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.store.typed import TypedRow
from gateway.trust.signing import Algorithm, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow(TypedRow):
    """A signing key: its published half, and the private one sealed."""

    kid: bytes
    purpose: Purpose
    algorithm: Algorithm
    jwk: dict[str, Any]
    sealed_private: bytes
    created_at: datetime
    retired_at: datetime | None
    withdrawn_since: datetime | None
