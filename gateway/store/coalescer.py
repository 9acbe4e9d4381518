"""Turns many concurrent requests into few round trips: whoever waits together is served together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class QueueFull(Exception):
    """More is waiting than the bound allows; the caller should try again in a moment."""


class Coalescer(Generic[Item, Result]):
    """Collects items while earlier ones are being handled, then hands them over together.

    `handle` gets a list of items and returns one result (or exception) for each, in order. `weigh` says how much an
    item counts against `batch` and `queue`. At most `parallel` batches are under way. A caller that is cancelled
    does not cancel its item.
    """

    def __init__(
        self,
        handle: Callable[[list[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        batch: int,
        queue: int,
        parallel: int = 1,
        weigh: Callable[[Item], int] = lambda _: 1,
    ) -> None:
        self._handle = handle
        self._batch = batch
        self._queue_limit = queue
        self._parallel = parallel
        self._weigh = weigh
        self._waiting: deque[tuple[Item, int, asyncio.Future[Result]]] = deque()
        self._waiting_weight = 0
        self._workers: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Result:
        """The result of `item`. Raises QueueFull at once when too much is waiting, else whatever `handle` gave."""
        weight = self._weigh(item)
        if self._waiting and self._waiting_weight + weight > self._queue_limit:
            raise QueueFull
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, weight, future))
        self._waiting_weight += weight
        if len(self._workers) < self._parallel:
            self._workers.add(asyncio.create_task(self._work()))
        return await future

    async def drain(self) -> None:
        """Return when everything accepted so far has been handled."""
        while self._workers:
            await asyncio.wait(self._workers)

    async def _work(self) -> None:
        """Handle what waits. Whoever comes once nothing waits must not count on this worker: it is none any more in the
        very step in which it has seen that.
        """
        try:
            await asyncio.sleep(0)  # whoever is ready in this turn of the loop joins the first batch
            while self._waiting:
                items, futures = self._take()
                try:
                    results = await self._handle(items)
                except Exception as error:
                    results = [error] * len(items)
                for future, result in zip(futures, results, strict=True):
                    _settle(future, result)
        finally:
            self._workers.discard(asyncio.current_task())  # type: ignore[arg-type]

    def _take(self) -> tuple[list[Item], list[asyncio.Future[Result]]]:
        items: list[Item] = []
        futures: list[asyncio.Future[Result]] = []
        room = self._batch
        while self._waiting and (not items or self._waiting[0][1] <= room):
            item, weight, future = self._waiting.popleft()
            self._waiting_weight -= weight
            room -= weight
            items.append(item)
            futures.append(future)
        return items, futures


def _settle(future: asyncio.Future[Result], result: Result | Exception) -> None:
    if future.done():  # the caller hung up; its item was handled all the same
        return
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # a caller that hung up does not leave a warning behind
    else:
        future.set_result(result)
