"""The rows of online contracts and of their signing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.online_contracts.states import OnlineState, Purpose, SigningState
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineRow(TypedRow):
    """A contract that is made here; `body` sealed."""

    id: UUID
    tenant_id: int
    division: str
    template_code: str
    template_version: int
    template_title: str
    state: OnlineState
    revision: int
    key: str
    code: str | None
    body: bytes
    pages: int | None
    shown_hash: bytes | None
    finishing_until: datetime | None
    handed_in: int | None
    amends: bool | None
    signed_at: datetime | None
    made_by: str
    made_at: datetime
    changed_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow(TypedRow):
    """The PDF that signers are shown, sealed."""

    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedRow(TypedRow):
    """A contract that all have signed, or ended, and that nobody has finished `since`."""

    id: UUID
    tenant_id: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRow(TypedRow):
    """An invitation, with what proves that who answers it holds the telephone it was sent to."""

    id: UUID
    contract_id: UUID
    tenant_id: int
    division: str
    purpose: Purpose
    signer: int
    state: SigningState
    sealed: bytes
    opened_hash: bytes | None
    code_hash: bytes | None
    code_until: datetime | None
    codes_sent: int
    code_sent_at: datetime | None
    tries: int
    document_hash: bytes | None
    drawing: bytes | None
    invited_at: datetime
    until: datetime
    done_at: datetime | None
