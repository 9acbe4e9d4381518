"""What a scheduler runs: one blocking call each, JSON in and out, over services that live as long as the call.

Raises Retriable when trying again later may help and Fatal when a person must mend something; nothing else is
expected. The command line and Airflow call the same functions underneath.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from adapters.transports.portal import Window
from gateway.services import Services, open_services
from gateway.serving import database_of
from gateway.settings import Settings
from gateway.store.database import Scope
from gateway.sync.documents import Piece
from gateway.sync.exchange import opened_exchange
from gateway.sync.pull import plan, pull

T = TypeVar("T")
_EVERYTHING = Scope(division="%")


def with_services(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    """What `work` gives, over services of its own."""

    async def run(url: str) -> T:
        async with open_services(settings, url) as services:
            return await work(services)

    with database_of(settings) as url:
        return asyncio.run(run(url))


def plan_pull(connector_id: str, since: str | None = None, until: str | None = None) -> list[dict[str, Any]]:
    """The pieces of a pull, each for `pull_piece`. With both ends of a window the past is read again (a backfill)."""
    window = Window(since, until) if since is not None or until is not None else None

    async def work(services: Services) -> list[dict[str, Any]]:
        return [piece.as_json() for piece in await plan(services, connector_id, window)]

    return with_services(Settings(), work)


def pull_piece(connector_id: str, piece: Mapping[str, Any]) -> dict[str, int]:
    """Fetch and submit one piece; the totals of its fates, and `documents`."""

    async def work(services: Services) -> dict[str, int]:
        taken = await pull(services, connector_id, pieces=[Piece.from_json(piece)])
        totals = {"documents": len(taken)}
        for name, count in (item for each in taken for item in each.counts.items()):
            totals[name] = totals.get(name, 0) + count
        return totals

    return with_services(Settings(), work)


def deliver() -> None:
    """Send what is due to portals and webhooks, once."""
    with_services(Settings(), lambda services: services.relay.drain())


def reconcile(connector_id: str, kinds: Sequence[str] = (), repeats: str | None = None) -> dict[str, Any]:
    """Compare a portal with us; the run's id and how many differ how."""

    async def work(services: Services) -> dict[str, Any]:
        before = None if repeats is None else UUID(repeats)
        async with opened_exchange(services, connector_id) as (exchange, tenant):
            run_id = await services.reconciliations.run(exchange, connector_id, tenant, kinds, before)
        found = await services.reconciliations.find(_EVERYTHING, run_id)
        return {"run": str(run_id), "counts": found.counts}

    return with_services(Settings(), work)
