"""The rows of persons, and of how they sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.access.rows import Whose
from gateway.persons.duties import Duty, OfficeKind
from gateway.persons.states import PersonState
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow(TypedRow):
    """A person with its office. `contact` is sealed."""

    id: int
    login: str
    tenant_id: int
    office: str
    office_title: str
    division: str
    uscc: str
    state: PersonState
    duties: list[str]
    contact: bytes
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None

    @property
    def held(self) -> frozenset[Duty]:
        return frozenset(map(Duty, self.duties))

    @property
    def kind(self) -> OfficeKind:
        return OfficeKind.of(self.uscc)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRow(TypedRow):
    """What a person proves itself by."""

    id: int
    login: str
    state: PersonState
    password: str | None
    totp: bytes | None
    tenant_id: int
    office: str
    division: str
    uscc: str
    passkeys: int

    @property
    def is_agency(self) -> bool:
        return bool(self.uscc)

    @property
    def name(self) -> str:
        """What the audit log calls the person."""
        return name_of(self.office, self.login)

    @property
    def account(self) -> Whose:
        return Whose(self.tenant_id, self.division)

    @property
    def has_second(self) -> bool:
        return self.totp is not None or self.passkeys > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow(TypedRow):
    """A browser in which a person is signed in. `is_whole` says whether all that is asked was proved."""

    id: UUID
    person_id: int
    is_whole: bool
    agent: str
    network: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow(TypedRow):
    id: bytes
    person_id: int
    public_key: bytes
    uses: int
    title: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow(TypedRow):
    """An invitation or a reset, and whose it is."""

    person_id: int
    login: str
    is_reset: bool
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow(TypedRow):
    failures: int
    waits_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow(TypedRow):
    """What the master key seals of a person."""

    login: str
    contact: bytes
    totp: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who a person is and how to reach them. Sealed in the store."""

    name: str
    phone: str
    position: str = ""
    email: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Contact:
        """From a form or an object, without blanks around."""
        return cls(**{name: given.get(name, "").strip() for name in ("name", "phone", "position", "email")})


def name_of(office: str, login: str) -> str:
    """What the audit log calls a person."""
    return f"{office}/{login}"
