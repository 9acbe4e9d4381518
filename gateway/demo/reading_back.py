"""While the demo with portals serves on, it pulls from a portal that was sent something, as a schedule would."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from gateway.base.settings import Settings
from gateway.demo.portals import SimulatedPortal
from gateway.wiring.services import open_services

_PAUSE_SECONDS = 1.0


@contextmanager
def reading_back(settings: Settings, database_url: str, portals: Mapping[str, SimulatedPortal]) -> Iterator[None]:
    """Do so until the context is left. A portal that writes files lays them out first."""
    stop = threading.Event()
    reader = threading.Thread(target=_watch, args=(settings, database_url, portals, stop), daemon=True)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()


def _watch(
    settings: Settings, database_url: str, portals: Mapping[str, SimulatedPortal], stop: threading.Event
) -> None:
    seen = {name: _pushed(portal) for name, portal in portals.items()}
    while not stop.wait(_PAUSE_SECONDS):
        for name, portal in portals.items():
            with suppress(Exception):  # the demo goes on; a second later it is tried again
                if (pushed := _pushed(portal)) != seen[name]:
                    portal.export()
                    portal.export(full=True)
                    asyncio.run(_pull(settings, database_url, name))
                    seen[name] = pushed


def _pushed(portal: SimulatedPortal) -> int:
    return len(portal.control("pushed"))


async def _pull(settings: Settings, database_url: str, name: str) -> None:
    async with open_services(settings, database_url) as services:
        await services.pulls.pull(name)
