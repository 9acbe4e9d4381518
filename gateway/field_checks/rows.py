"""What the queries of checks give, a class each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.field_checks.states import Outcome
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCheckRow(TypedRow):
    """A check as it is stored: of a record of the agency `about`, by its code or number, in the version and
    state that the inspector saw.

    `body` is sealed by the authority whose it is, and holds the note, the place and how many people there were.
    """

    id: UUID
    tenant_id: int
    division: str
    about: int
    code: str
    kind: str
    version: int
    state: str
    outcome: Outcome
    body: bytes
    hash: bytes
    photos: int
    made_by: str
    checked_at: datetime
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRow(TypedRow):
    """A photograph, sealed."""

    tenant_id: int
    media_type: str
    blob: bytes
