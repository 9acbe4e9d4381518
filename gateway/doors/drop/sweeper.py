"""Finds complete files and has them taken: at once when a client has finished one, and every few seconds all over.

The rounds take up what a crash, a busy database or another SFTP server in front of the same folders has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import SftpSettings
from gateway.doors.drop.admission import Account, Doorman
from gateway.doors.drop.intaking import Taker
from gateway.doors.drop.places import RECEIPTS, REJECTED, Place

_PARALLEL = 8
_DAY = 86_400
_log = structlog.get_logger()


class Sweeper:
    """Each complete file is taken once at a time; several files at once, in no promised order."""

    def __init__(self, doorman: Doorman, taker: Taker, settings: SftpSettings) -> None:
        self._doorman = doorman
        self._taker = taker
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_PARALLEL)

    async def run(self) -> None:
        """Rounds until cancelled."""
        while True:
            with _survived("sftp.round"):
                for account in await self._doorman.everyone():
                    self.look(account)
                    await asyncio.to_thread(self._tidy, account)
            await asyncio.sleep(self._settings.sweep_seconds)

    def look(self, account: Account) -> None:
        """Have every complete file of an account taken that is not being taken already."""
        with _survived("sftp.look"):
            for inbox in account.files.layout.inboxes:
                for place in account.complete(inbox):
                    self._start(account, place)

    def _start(self, account: Account, place: Place) -> None:
        account.files.taken |= {place, place.marker}
        task = asyncio.create_task(self._take(account, place))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Return when what is being taken has its results."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _take(self, account: Account, place: Place) -> None:
        try:
            with _survived("sftp.take"):
                async with self._slots:
                    await self._taker.take(account, place)
        finally:
            account.files.taken -= {place, place.marker}

    def _tidy(self, account: Account) -> None:
        """Results older than the time they are kept; REST still has them."""
        oldest = Clock.now().timestamp() - self._settings.keep_days * _DAY
        for folder in (RECEIPTS, REJECTED):
            for name, found in account.files.listing(folder):
                if found.st_mtime < oldest:
                    account.files.remove(Place(folder, name))


@contextmanager
def _survived(event: str) -> Iterator[None]:
    """The next round tries again whatever went wrong; a refusal only says that the time has not come."""
    try:
        yield
    except (Refused, FileNotFoundError):
        return
    except Exception as error:
        _log.error(event, exc_info=error)
