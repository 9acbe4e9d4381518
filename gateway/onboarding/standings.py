"""Where every connector stands: the version in service, its tier, and what is missing for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from adapters.connector import Connector
from adapters.tiers import QUIET_DAYS, Service, Standing, standing
from gateway.base.clock import Clock
from gateway.dead_letters.unexplained import unexplained
from gateway.onboarding import statements as sql
from gateway.onboarding.rows import InServiceRow
from gateway.store.database import Database
from gateway.store.typed import fetch


@dataclass(frozen=True, slots=True)
class Listed:
    """A connector in service; `number` is that of its version, None where its installed folder serves."""

    connector: Connector
    number: int | None
    standing: Standing

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": self.number,
            "tier": self.standing.tier.value,
            "missing": [{"rule": rule.name, "title": rule.title._asdict()} for rule in self.standing.missing],
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """What a standing was found for: it is looked into again when one of these has changed."""

    connector: Connector
    today: date
    service: Service
    standing: Standing


class Standings:
    """Of the connectors in service."""

    def __init__(self, database: Database, connectors: Mapping[str, Connector]) -> None:
        self._database = database
        self._connectors = connectors
        self._known: dict[str, _Known] = {}
        self._alone = asyncio.Lock()

    async def listed(self) -> Sequence[Listed]:
        """Every connector in service, by id."""
        connectors, today = dict(self._connectors), Clock.china_today()
        since = Clock.now() - timedelta(days=QUIET_DAYS)
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.IN_SERVICE, {"names": list(connectors), "since": since}, InServiceRow)
            left = await unexplained(connection, list(connectors), since)
        found = []
        async with self._alone:
            for row in rows:
                service = Service(row.was_in_service, row.is_sending, left.get(row.connector, 0))
                connector = connectors[row.connector]
                reached = await self._standing(connector, today, service)
                found.append(Listed(connector, row.number, reached))
        return found

    async def _standing(self, connector: Connector, today: date, service: Service) -> Standing:
        known = self._known.get(connector.id)
        if known is None or known.connector is not connector or (known.today, known.service) != (today, service):
            reached = await asyncio.to_thread(standing, connector, today, service)
            self._known[connector.id] = known = _Known(connector, today, service, reached)
        return known.standing
