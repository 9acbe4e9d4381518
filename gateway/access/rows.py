"""The rows of partners and their credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from gateway.store.typed import TypedRow


class Role(StrEnum):
    """A partner pushes and sees its own; an official sees a division and below; an operator sees everything."""

    PARTNER = "partner"
    OFFICIAL = "official"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRow(TypedRow):
    """A partner, its data key wrapped by the master key."""

    id: int
    name: str
    title: str
    uscc: str
    license_no: str
    division: str
    speaks_for: str | None
    wrapped_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow(TenantRow):
    """A live credential with its partner."""

    role: Role
    connector: str | None
    secret_hash: bytes
    sealed_secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCredential(TypedRow):
    """A credential as it is shown: whose it is, until when, and when it was last used, to a minute or so."""

    id: str
    partner: str
    role: Role
    connector: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Whose(NamedTuple):
    """An account, as far as the audit log asks."""

    id: int
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCredential(TypedRow):
    """KNOWN: a credential that somebody has called by, `name` as the audit log says it, and whether it still holds."""

    id: str
    name: str
    state: str
    tenant_id: int
    division: str

    @property
    def account(self) -> Whose:
        """The partner whose it is."""
        return Whose(self.tenant_id, self.division)


class KeysPhase(StrEnum):
    """How far a change of data keys has come."""

    ANNOUNCED = "announced"
    """The new key opens."""
    SWITCHED = "switched"
    """The new key seals, and the old one opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RekeyedRow(TenantRow):
    """A partner whose data keys were changed, and when. Without a phase there is one key."""

    keys_changed_at: datetime
    keys_phase: KeysPhase | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedRow(TypedRow):
    """Something that the master key wraps, by name."""

    name: str
    wrapped: bytes
