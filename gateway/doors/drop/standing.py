"""The SFTP drop as a whole: its folders are watched, its files taken, and SFTP is served unless another does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.base.beside import beside
from gateway.doors.drop.admission import Doorman
from gateway.doors.drop.intaking import Taker
from gateway.doors.drop.server import host_keys, listen
from gateway.doors.drop.sweeper import Sweeper
from gateway.wiring.services import Services


@asynccontextmanager
async def standing(services: Services, folder: Path, *, watch_only: bool) -> AsyncIterator[str]:
    """The drop, over `folder`, as long as the block lasts; files that are being taken then get their results first.

    Gives words for whoever started it: address and fingerprints, or the folder when it is only watched.
    """
    settings = services.settings.sftp
    doorman = Doorman(services, folder)
    sweeper = Sweeper(doorman, Taker(services), settings)
    async with beside(sweeper.run()):
        if watch_only:
            yield f"监视目录 watching {folder}"
        else:
            keys = await asyncio.to_thread(host_keys, folder)
            shown = ", ".join(f"{key.get_fingerprint()} {key.get_algorithm()}" for key in keys)
            async with await listen(services, doorman, sweeper.look, keys) as acceptor:
                yield f"SFTP {settings.host}:{acceptor.get_port()} {shown}"
    await sweeper.drain()
