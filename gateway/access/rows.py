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


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCredential(TypedRow):
    """LOCK_LIVE: a credential that opens its doors, held until the transaction ends."""

    id: str
    tenant_id: int
    role: Role
    connector: str | None
    created_at: datetime
    expires_at: datetime | None

    def lasts(self, now: datetime) -> datetime | None:
        """Until when one that is issued now is good: for as long as this one was."""
        return None if self.expires_at is None else now + (self.expires_at - self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow(TypedRow):
    """PARTNERS: a partner with how its credentials stand: how many are `live` of `every` one that it was given, when
    any was last used, when the first of the live ones expires, and the connectors that they belong to.
    """

    id: int
    name: str
    title: str
    uscc: str
    division: str
    live: int
    every: int
    last_used_at: datetime | None
    first_expiry: datetime | None
    connectors: list[str]


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
