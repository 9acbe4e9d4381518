"""Whether as many records came as a connector expects of a period; an alert where not, until one has as many again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from adapters.connector import Bounds, Connector, Expected
from gateway.access.accounts import TERMINAL, Accounts, Role
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base.clock import CHINA, Clock
from gateway.base.ids import least_uuid7
from gateway.store.database import Database
from gateway.store.typed import fetch
from gateway.volumes import statements as sql
from gateway.volumes.periods import Period, last_period
from gateway.volumes.rows import Received
from schemas import catalog
from schemas.findings import Text

_NONE = Received(kind="", count=0, before=0)


class Volumes:
    """Looks at each period of each connector once, when it is over."""

    def __init__(self, connectors: Mapping[str, Connector], database: Database, accounts: Accounts) -> None:
        self._expected = {each.id: (each, each.expected) for each in connectors.values() if each.expected is not None}
        self._database = database
        self._accounts = accounts
        self._looked_at: dict[str, Period] = {}

    async def look(self, today: date | None = None) -> None:
        """Look at the periods that are over on a day, by default today in China, and were not looked at yet."""
        for connector, expected in self._expected.values():
            period = last_period(expected.frequency, today or Clock.china_today())
            if self._looked_at.get(connector.id) != period:
                await self._compare(connector, expected, period)
                self._looked_at[connector.id] = period

    async def _compare(self, connector: Connector, expected: Expected, period: Period) -> None:
        found = {each.kind: each for each in await self._received(connector.id, period)}
        bound = [
            each
            for each in await self._accounts.bound_to(connector.id)
            if each.role is Role.PARTNER and not each.tenant.is_sandbox
        ]
        for tenant in {each.tenant.id: each.tenant for each in bound}.values():
            for kind, bounds in expected.volumes.items():
                alert = Alert(tenant, connector.id, AlertCode.VOLUME, kind)
                received = found.get(kind, _NONE)
                if bounds.least <= received.count <= bounds.most:
                    await alerts.settle(self._database, alert)
                elif received.count or received.before:  # who has never sent anything is not late
                    what = _said(connector, kind, received.count, bounds, period=period)
                    await alerts.raise_alert(self._database, alert, what)

    async def _received(self, connector: str, period: Period) -> list[Received]:
        before_first = period.first - (period.until - period.first)
        first, until, before = (_midnight(day) for day in (period.first, period.until, before_first))
        where = {
            "connector": connector,
            "first": first,
            "until": until,
            "before_first": before,
            "least_id": least_uuid7(before - timedelta(days=1)),
            "most_id": least_uuid7(until + timedelta(days=1)),
        }
        async with self._database.reading(TERMINAL.scope) as connection:
            return await fetch(connection, sql.RECEIVED, where, Received)


def _said(connector: Connector, kind: str, count: int, bounds: Bounds, *, period: Period) -> Text:
    words, who = catalog.kind(connector.route(kind).kind.id).title(""), connector.publisher or connector.partner
    return Text(
        f"{who}的{words.zh}在 {period.days} 收到 {count} 条，应为 {bounds.least} 至 {bounds.most} 条",
        f"{who}: {count} records ({words.en}) came in {period.days}, {bounds.least} to {bounds.most} are expected",
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
