"""A person who has signed in, as one who acts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.access.accounts import EVERYTHING
from gateway.access.divisions import NATION, pattern_of
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.persons.duties import Duty, OfficeKind, powers_of
from gateway.persons.rows import Contact, name_of
from gateway.store.database import Scope


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of an office, signed in with a session: an Actor."""

    id: int
    login: str
    contact: Contact
    duties: frozenset[Duty]
    tenant: Tenant
    session: UUID
    is_whole: bool
    """Whether all that is asked was proved: without it there is nothing but to prove it."""

    @property
    def name(self) -> str:
        return name_of(self.tenant.name, self.login)

    @property
    def account(self) -> Tenant:
        return self.tenant

    @property
    def kind(self) -> OfficeKind:
        return OfficeKind.of(self.tenant.uscc)

    @property
    def powers(self) -> frozenset[Power]:
        return powers_of(self.duties) if self.is_whole else frozenset()

    def may(self, power: Power) -> bool:
        return power in self.powers

    @property
    def scope(self) -> Scope:
        """An agency's own records; those of a division and below. The nation's technical team sees sandboxes too."""
        if self.kind is OfficeKind.AGENCY:
            own, *agencies = self.tenant.parties
            return Scope(tenant_id=own.id, agencies=tuple(agency.id for agency in agencies))
        if self.tenant.division == NATION and Power.MANAGE_PARTNERS in self.powers:
            return EVERYTHING
        return Scope(division=pattern_of(self.tenant.division))
