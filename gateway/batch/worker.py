"""A worker of large documents: cuts, processes and finishes until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from gateway.batch.cutting import Cutter
from gateway.batch.finishing import Finisher
from gateway.batch.processing import Processor

_IDLE_SECONDS = 0.25
_AFTER_FAILURE_SECONDS = 1.0
_log = structlog.get_logger()


class BatchWorker:
    """One process's share of the work; the store decides between several."""

    def __init__(self, cutter: Cutter, processor: Processor, finisher: Finisher) -> None:
        self._cutter = cutter
        self._processor = processor
        self._finisher = finisher

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is committed first."""
        parts = (self._cutter, self._processor, self._processor, self._finisher)  # one maps while the other commits
        try:
            await asyncio.gather(*(_repeat(part.turn, stop) for part in parts))
        finally:
            await self._cutter.close()


async def _repeat(turn: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        pause = 0.0
        try:
            if not await turn():
                pause = _IDLE_SECONDS
        except Exception as failure:
            _log.exception("background work failed", error=type(failure).__name__)
            pause = _AFTER_FAILURE_SECONDS
        if pause:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
