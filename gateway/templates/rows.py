"""The rows of templates and their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.store.typed import TypedRow
from gateway.templates.states import TemplateState


class FileKind(StrEnum):
    """What is kept of a template."""

    ORIGINAL = "original"
    MARKED = "marked"
    PREVIEW = "preview"
    SAMPLE = "sample"
    BLANK = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow(TypedRow):
    """A version of a template, without what was read in its document."""

    id: UUID
    code: str
    version: int
    tenant_id: int
    division: str
    contract_type: str
    title: str
    state: TemplateState
    revision: int
    blanks: int
    open: int
    fields: Sequence[str]
    places: Sequence[str]
    pages: int | None
    is_by_hand: bool
    uploaded_by: str
    uploaded_at: datetime
    worked_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow(TypedRow):
    """What is worked on: the blanks that were found, and what each means by its number."""

    revision: int
    state: TemplateState
    reading: Mapping[str, Any]
    meanings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow(TypedRow):
    content: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow(TypedRow):
    """What a change is made on the ground of."""

    id: UUID
    code: str
    tenant_id: int
    division: str
    state: TemplateState
    revision: int
