"""What the portals keep of agencies and leaders, in memory, so that every contract and roster can be held against it.

A portal is believed about its own division; what anybody else says of an agency, itself included, is not the register.
Some tens of thousands of agencies are a few megabytes. The register follows the change feed, so a pull in one process
is known in all others within seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.access.accounts import Accounts
from gateway.access.divisions import SANDBOX, lies_in
from gateway.access.tenants import Tenant
from gateway.base.settings import RegisterSettings
from gateway.ledger.changes import number_changes
from gateway.ledger.sealed import is_kept, open_body
from gateway.register import statements as sql
from gateway.register.rows import KeptRecord
from gateway.register.working_days import WorkingDays
from gateway.store.database import Database
from gateway.store.typed import fetch
from schemas.findings import Severity
from schemas.rules.register import BY_NAME
from schemas.rules.report import FiledAgency


class FiledRegister:
    """The register of one process. `portals` gives the connectors whose partners keep it."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        days: WorkingDays,
        *,
        settings: RegisterSettings,
        portals: Callable[[], list[str]],
    ) -> None:
        self.days = days
        self._portals = portals
        self._known_portals: list[str] = []
        self._database = database
        self._accounts = accounts
        self._position: int | None = None
        self._agencies: dict[str, FiledAgency] = {}
        self._by_licence: dict[str, FiledAgency] = {}
        self._leaders: dict[str, bool] = {}
        self._provinces: dict[str, set[str]] = {"agency": set(), "leader": set()}
        weights = {name: getattr(settings, name) for name in BY_NAME}
        self._weights = {BY_NAME[name].code: _weight(word) for name, word in weights.items()}

    async def refresh(self) -> None:
        """Take in what has changed since the last time; everything at first."""
        portals, upto = self._portals(), await number_changes(self._database)
        if portals != self._known_portals:
            self._begin_anew(portals)
        if upto == self._position:
            return
        async with self._database.writing() as connection:
            statement = sql.ALL_KEPT if self._position is None else sql.CHANGED
            where = {"portals": portals, "after": self._position, "upto": upto}
            rows = await fetch(connection, statement, where, KeptRecord)
        for row in rows:
            tenant = await self._accounts.tenant(row.tenant_id)
            body = open_body(row, tenant.seal) if is_kept(row) else {}
            if lies_in(body.get("division", tenant.division), tenant.division):
                self._take(row, body)
            else:
                self._forget(row)
        self._position = upto

    def _begin_anew(self, portals: list[str]) -> None:
        """Others keep the register from now on."""
        self._known_portals = portals
        self._position = None
        for each in (self._agencies, self._by_licence, self._leaders):
            each.clear()
        self._provinces = {"agency": set(), "leader": set()}

    def seen_from(self, tenant: Tenant) -> SeenFrom:
        """The register as a partner's records are checked against it."""
        return SeenFrom(self, tenant.division, self._weights)

    def is_filed(self, uscc: str, division: str) -> bool | None:
        """Whether an agency is filed; None where no portal of its province keeps agencies, so that nobody knows."""
        if uscc in self._agencies:
            return True
        return False if division[:2] in self._provinces["agency"] else None

    def _forget(self, row: KeptRecord) -> None:
        """What has left the division of its portal is no longer that portal's to say."""
        if row.kind == "leader":
            self._leaders.pop(row.key, None)
        elif (before := self._agencies.pop(row.key, None)) is not None:
            self._by_licence.pop(before.license_no, None)

    def _take(self, row: KeptRecord, body: Mapping[str, Any]) -> None:
        self._provinces[row.kind].add(row.division[:2])
        if row.kind == "leader":
            self._leaders[row.key] = row.state == "filed"
            return
        filed = FiledAgency(
            uscc=row.key,
            name=body["name"],
            license_no=body["license_no"],
            division=row.division,
            state=row.state,
            outbound=body.get("outbound", body["agency_type"] == "outbound"),
            border=body.get("border", body["agency_type"] == "border"),
        )
        self._forget(row)
        self._agencies[row.key] = self._by_licence[filed.license_no] = filed


@dataclass(frozen=True, slots=True)
class SeenFrom:
    """Implements `schemas.rules.register.Register` for one partner."""

    register: FiledRegister
    division: str
    weights: Mapping[str, Severity | None] = field(default_factory=dict)

    def agency(self, uscc: str | None, license_no: str) -> FiledAgency | None:
        register = self.register
        if self.division == SANDBOX:
            return None
        return (register._agencies.get(uscc) if uscc else None) or register._by_licence.get(license_no)

    def is_filed_leader(self, cert_no: str) -> bool:
        return self.register._leaders.get(cert_no, False)

    def working_day_after(self, day: str, count: int) -> str | None:
        found = self.register.days.after(date.fromisoformat(day), count)
        return found and found.isoformat()

    def covers(self, kind: str, division: str | None) -> bool:
        return self.division != SANDBOX and (division or self.division)[:2] in self.register._provinces[kind]


def _weight(word: str) -> Severity | None:
    return None if word == "off" else Severity(word)
