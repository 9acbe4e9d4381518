"""`yizhan work`: workers of large documents as processes of their own."""

from __future__ import annotations

import asyncio
import gc
import os

from gateway.base import logs
from gateway.base.settings import Settings
from gateway.serving.companions import companions, stopping
from gateway.serving.serving import database_of, environment_of
from gateway.wiring.services import open_services


def work(settings: Settings, processes: int) -> None:
    """Work until SIGINT or SIGTERM; the chunk under way is committed first."""
    logs.configure()
    with database_of(settings) as url:
        os.environ |= environment_of(settings, url)
        with companions(*(["work"] for _ in range(processes - 1))):
            os.nice(settings.batch.niceness)
            asyncio.run(_work(settings, url))


async def _work(settings: Settings, database_url: str) -> None:
    async with stopping() as stop, open_services(settings, database_url) as services:
        gc.freeze()
        await services.batch_worker.run(stop)
