"""A partner as the parts of the service hand it to each other, and the agencies that it may speak for.

A record belongs to the agency that it speaks of, whoever sent it: an agency keeps its records and codes when it changes
its vendor. Who may speak for whom is entered at the installation, never taken from what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gateway.access.divisions import lies_in
from gateway.trust.sealing import Seal
from schemas.identifiers import plain_license


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """The partner a credential belongs to. `division` is its GB/T 2260 code.

    An agency has a `uscc`, and mostly a licence number. `agencies` are those entered with a partner beside itself, by
    credit code and by licence number; `speaks_for` is a division all of whose agencies it may speak for. A portal is
    `is_keeper`: what it says of its records counts.
    """

    id: int
    name: str
    title: str
    uscc: str
    license_no: str
    division: str
    seal: Seal
    speaks_for: str | None = None
    is_keeper: bool = False
    agencies: Mapping[str, Tenant] = field(default_factory=dict, compare=False)

    def agency(self, uscc: str | None, license_no: str | None) -> Tenant | None:
        """The agency of that credit code, or where none is given of that licence number, that this partner speaks for.

        An agency that has entered no licence number is believed about its own.
        """
        if uscc:
            return self if uscc == self.uscc else self.agencies.get(uscc)
        if self.uscc and (not self.license_no or plain_license(license_no or "") == plain_license(self.license_no)):
            return self
        return self.agencies.get(plain_license(license_no)) if license_no else None

    @property
    def account(self) -> Tenant:
        """In whose name it acts where its document does something by itself."""
        return self

    @property
    def parties(self) -> tuple[Tenant, ...]:
        """Itself and the agencies it speaks for."""
        return (self, *self._by_id.values())

    def party(self, tenant_id: int) -> Tenant | None:
        """Itself, or an agency it speaks for, by number."""
        return self if tenant_id == self.id else self._by_id.get(tenant_id)

    def reaches(self, division: str) -> bool:
        """Whether it may speak for every agency of a division."""
        return self.speaks_for is not None and lies_in(division, self.speaks_for)

    @cached_property
    def own_agency(self) -> Mapping[str, str] | None:
        """What is known of the one agency that it stands for: itself, or the only one entered with it."""
        entered = tuple(self._by_id.values())
        agency = self if self.uscc else entered[0] if len(entered) == 1 and self.speaks_for is None else None
        if agency is None:
            return None
        known = {"name": agency.title, "license_no": agency.license_no, "uscc": agency.uscc}
        return {name: value for name, value in known.items() if value}

    @cached_property
    def _by_id(self) -> dict[int, Tenant]:
        return {agency.id: agency for agency in self.agencies.values()}


def by_numbers(agencies: Iterable[Tenant]) -> dict[str, Tenant]:
    """Agencies by credit code and by licence number."""
    found: dict[str, Tenant] = {}
    for agency in agencies:
        found[agency.uscc] = agency
        if agency.license_no:
            found[plain_license(agency.license_no)] = agency
    return found
