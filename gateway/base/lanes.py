"""Work that takes long, a few at a time: nobody has all the lanes, and who waits goes in turns."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from prometheus_client import Gauge

from gateway.base import problems
from gateway.base.problems import Refused

_TAKEN = Gauge("yizhan_lanes_taken", "Long work under way", ["work"])
_WAITING = Gauge("yizhan_lanes_waiting", "Long work that waits for its turn", ["work"])
_RETRY_AFTER = {"Retry-After": "2"}


class Lanes:
    """`at_once` lanes, of which each owner has at most `each`. Owners take turns, and each in the order of asking.

    At most `waiting` of an owner may wait. `work` names them to whoever measures. Not for several event loops.
    """

    def __init__(self, work: str, at_once: int, *, each: int, waiting: int) -> None:
        self._taken_now, self._waiting_now = _TAKEN.labels(work), _WAITING.labels(work)
        self._free = at_once
        self._each = each
        self._most_waiting = waiting
        self._taken: Counter[Hashable] = Counter()
        self._queues: dict[Hashable, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, owner: Hashable) -> AsyncIterator[None]:
        """A lane of the owner's, for as long as the context is open. Raises Refused (LIMIT-002)."""
        with self._waiting_now.track_inprogress():
            await self._enter(owner)
        try:
            with self._taken_now.track_inprogress():
                yield
        finally:
            self._leave(owner)

    async def _enter(self, owner: Hashable) -> None:
        queue = self._queues.get(owner)
        if queue is not None and len(queue) >= self._most_waiting:
            raise Refused(problems.BUSY, headers=_RETRY_AFTER)
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(owner, deque()).append(turn)
        self._call_next()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                self._forget(owner, turn)
            else:  # it was called a moment before
                self._leave(owner)
            raise

    def _leave(self, owner: Hashable) -> None:
        self._free += 1
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
        self._call_next()

    def _forget(self, owner: Hashable, turn: asyncio.Future[None]) -> None:
        queue = self._queues[owner]
        queue.remove(turn)
        if not queue:
            del self._queues[owner]

    def _call_next(self) -> None:
        """Call whoever is next. Who has been called goes behind all others, so that owners take turns."""
        while self._free and (owner := self._next()) is not None:
            queue = self._queues.pop(owner)
            turn = queue.popleft()
            if queue:
                self._queues[owner] = queue
            self._free -= 1
            self._taken[owner] += 1
            turn.set_result(None)

    def _next(self) -> Hashable | None:
        return next((owner for owner in self._queues if self._taken[owner] < self._each), None)
