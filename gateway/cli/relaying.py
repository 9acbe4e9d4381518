"""`yizhan relay`: the relay as a process of its own, and what an operator asks of it at the terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from rich.console import Console

from gateway.access.accounts import TERMINAL
from gateway.base import logs
from gateway.base.clock import CHINA
from gateway.base.errors import both
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, identity
from gateway.relay.rows import Target
from gateway.serving.companions import stopping
from gateway.serving.serving import database_of, environment_of
from gateway.wiring.services import Services, open_services


def relay(settings: Settings) -> None:
    """Deliver until SIGINT or SIGTERM; attempts under way are finished first."""
    logs.configure()
    with database_of(settings) as url:
        os.environ |= environment_of(settings, url)
        asyncio.run(_relay(settings, url))


def list_targets(settings: Settings) -> None:
    """Every tenant's targets with their health, a line each; a portal is named by its connector."""

    async def listed(services: Services) -> Sequence[Target]:
        return await services.targets.listed(TERMINAL)

    console = Console(soft_wrap=True, highlight=False)
    for row in at_terminal(settings, listed):
        until = f"  熔断至 open until {row.open_until.astimezone(CHINA):%m-%d %H:%M:%S}" if row.open_until else ""
        where = row.connector or row.url or ""
        failures = f"失败 failures {row.failures}"
        halt = f"  {both(row.halt)}" if row.halt else ""
        console.print(f"{row.id}  {row.format}  {where}  {row.shown_state}  {failures}{until}{halt}", markup=False)


def redeliver(settings: Settings, target: str, first: int, last: int, *, everything: bool) -> int:
    """Send dead deliveries (or all) between two positions again; returns how many."""

    async def again(services: Services) -> int:
        row = await services.targets.find(TERMINAL, identity(target))
        return await services.targets.redeliver(TERMINAL, row, first, last, everything=everything)

    return at_terminal(settings, again)


async def _relay(settings: Settings, database_url: str) -> None:
    async with stopping() as stop, open_services(settings, database_url) as services:
        await services.relay.run(stop)
