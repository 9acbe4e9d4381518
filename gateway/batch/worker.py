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
    """

    def __init__(
        self,
        cutter: Cutter,
        processor: Processor,
        finisher: Finisher,
        uploads: Uploads,
        *,
        integrator: Integrator,
        others: Mapping[Turn, float],
    ) -> None:
        self._cutter = cutter
        self._turns = {
            cutter.turn: _IDLE_SECONDS,
            finisher.turn: _IDLE_SECONDS,
            uploads.forget_abandoned: _CLEANING_SECONDS,
            integrator.keep: _INTEGRATING_SECONDS,
            **others,
        }
        self._processor = processor

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is committed first."""
        turns = [*self._turns.items(), *[(self._processor.turn, _IDLE_SECONDS)] * _PROCESSING_AT_ONCE]
        try:
            await asyncio.gather(*(_repeat(turn, idle_seconds, stop) for turn, idle_seconds in turns))
        finally:
            await self._cutter.close()


async def _repeat(turn: Turn, idle_seconds: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
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
