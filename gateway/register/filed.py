"""What the portals keep of agencies and leaders, in memory, so that every contract and roster can be held against it.

A portal is believed about its own division; what anybody else says of an agency, itself included, is not the register.
Some tens of thousands of agencies are a few megabytes. The register follows the change feed, so a pull in one process
is known in all others within seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from sqlalchemy import text

from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.base.settings import RegisterSettings
from gateway.ledger.facts import own_division
from gateway.ledger.sealed import body_place
from gateway.register.working_days import WorkingDays
from gateway.store.database import Database
from schemas.findings import Severity
from schemas.rules.register import BY_NAME
from schemas.rules.report import FiledAgency

_CLOCK = text("SELECT position FROM change_clock")
_KEPT = """
    SELECT r.tenant_id, r.kind, r.key, r.state, r.division, r.body FROM record r
    WHERE r.kind IN ('agency', 'leader') AND r.tenant_id IN (
        SELECT tenant_id FROM credential WHERE connector = ANY(:portals) AND revoked_at IS NULL)
"""
_ALL = text(_KEPT)
_CHANGED = text(f"""
    {_KEPT} AND (r.tenant_id, r.kind, r.key) IN (
        SELECT tenant_id, kind, key FROM change
        WHERE position > :after AND position <= :upto AND kind IN ('agency', 'leader'))
""")  # noqa: S608 - built from constants


class FiledRegister:
    """The register of one process. `portals` are the connectors whose partners keep it."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        days: WorkingDays,
        settings: RegisterSettings,
        portals: Collection[str],
    ) -> None:
        self.days = days
        self._portals = list(portals)
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
        async with self._database.writing() as connection:
            upto: int = (await connection.execute(_CLOCK)).scalar_one()
            if upto == self._position:
                return
            statement = _ALL if self._position is None else _CHANGED
            where = {"portals": self._portals, "after": self._position, "upto": upto}
            rows = (await connection.execute(statement, where)).all()
        for row in rows:
            tenant = await self._accounts.tenant(row.tenant_id)
            body = orjson.loads(tenant.seal.open(bytes(row.body), body_place(row.tenant_id, row.kind, row.key)))
            if own_division(body.get("division", tenant.division), tenant.division):
                self._take(row, body)
            else:
                self._forget(row)
        self._position = upto

    def seen_from(self, tenant: Tenant) -> SeenFrom:
        """The register as a partner's records are checked against it."""
        return SeenFrom(self, tenant.division, self._weights)

    def _forget(self, row: Any) -> None:
        """What has left the division of its portal is no longer that portal's to say."""
        if row.kind == "leader":
            self._leaders.pop(row.key, None)
        elif (before := self._agencies.pop(row.key, None)) is not None:
            self._by_licence.pop(before.license_no, None)

    def _take(self, row: Any, body: Mapping[str, Any]) -> None:
        self._provinces[row.kind].add(row.division[:2])
        if row.kind == "leader":
            self._leaders[row.key] = row.state == "filed"
            return
        filed = FiledAgency(
            row.key,
            body["license_no"],
            row.state,
            body.get("outbound", body["agency_type"] == "outbound"),
            body.get("border", body["agency_type"] == "border"),
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
        return (register._agencies.get(uscc) if uscc else None) or register._by_licence.get(license_no)

    def is_filed_leader(self, cert_no: str) -> bool:
        return self.register._leaders.get(cert_no, False)

    def working_day_after(self, day: str, count: int) -> str | None:
        found = self.register.days.after(date.fromisoformat(day), count)
        return found and found.isoformat()

    def covers(self, kind: str, division: str | None) -> bool:
        return (division or self.division)[:2] in self.register._provinces[kind]


def _weight(word: str) -> Severity | None:
    return None if word == "off" else Severity(word)
