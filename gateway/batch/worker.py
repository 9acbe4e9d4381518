"""A worker of large documents: cuts, processes and finishes until it is told to stop; it keeps the log's tree too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from gateway.batch.cutting import Cutter
from gateway.batch.finishing import Finisher
from gateway.batch.processing import Processor
from gateway.batch.uploads import Uploads
from gateway.transparency.integrating import Integrator

_IDLE_SECONDS = 0.25
_AFTER_FAILURE_SECONDS = 1.0
_CLEANING_SECONDS = 3600.0
_INTEGRATING_SECONDS = 1.0
_PROCESSING_AT_ONCE = 2
"""One chunk is mapped while the other commits."""
_log = structlog.get_logger()
Turn = Callable[[], Awaitable[bool]]
"""Some work, at most what one transaction does of it; False where there is none."""


class BatchWorker:
    """One process's share of the work; the store decides between several.

    `others` are turns of other rooms that belong beside this work, and how many seconds each rests when it finds none.
    The steps of the work rest while `is_work` says no: one question wakes them all, as most of the time there is none.
    """

    def __init__(
        self,
        cutter: Cutter,
        processor: Processor,
        finisher: Finisher,
        uploads: Uploads,
        *,
        is_work: Callable[[], Awaitable[bool]],
        integrator: Integrator,
        others: Mapping[Turn, float],
    ) -> None:
        self._cutter = cutter
        self._is_work = is_work
        self._steps = (cutter.turn, finisher.turn, *[processor.turn] * _PROCESSING_AT_ONCE)
        self._turns = {
            uploads.forget_abandoned: _CLEANING_SECONDS,
            integrator.keep: _INTEGRATING_SECONDS,
            **others,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is committed first."""
        due, always = asyncio.Event(), asyncio.Event()
        always.set()
        steps = (_repeat(turn, _IDLE_SECONDS, stop, due) for turn in self._steps)
        others = (_repeat(turn, idle_seconds, stop, always) for turn, idle_seconds in self._turns.items())
        try:
            await asyncio.gather(self._watch(stop, due), *steps, *others)
        finally:
            await self._cutter.close()

    async def _watch(self, stop: asyncio.Event, due: asyncio.Event) -> None:
        """Set `due` while there is work; where that cannot be asked, the steps find out why."""
        while not stop.is_set():
            try:
                is_work = await self._is_work()
            except Exception:
                is_work = True
            if is_work:
                due.set()
            else:
                due.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _IDLE_SECONDS)
        due.set()


async def _repeat(turn: Turn, idle_seconds: float, stop: asyncio.Event, due: asyncio.Event) -> None:
    while await due.wait() and not stop.is_set():
        pause = 0.0
        try:
            if not await turn():
                pause = idle_seconds
        except Exception as failure:
            _log.exception("background work failed", error=type(failure).__name__)
            pause = _AFTER_FAILURE_SECONDS
        if pause:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
