"""`yizhan relay`: the relay as a process of its own, and what an operator asks of it at the terminal."""

from __future__ import annotations

import asyncio
import os

from gateway import logs
from gateway.companions import stopping
from gateway.services import open_services
from gateway.serving import database_of, environment_of
from gateway.settings import Settings


def relay(settings: Settings) -> None:
    """Deliver until SIGINT or SIGTERM; attempts under way are finished first."""
    logs.configure()
    with database_of(settings) as url:
        os.environ |= environment_of(settings, url)
        asyncio.run(_relay(settings, url))


async def _relay(settings: Settings, database_url: str) -> None:
    async with stopping() as stop, open_services(settings, database_url) as services:
        await services.relay.run(stop)
