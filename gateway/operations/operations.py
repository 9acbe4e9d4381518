"""How the exchange is doing now, and how it did in the last hours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.base.clock import Clock
from gateway.base.ids import least_uuid7
from gateway.operations import statements as sql
from gateway.operations.queues import Standing, standings
from gateway.operations.rows import DepthSample, HeldUpTarget, QueueRow, Stream, TrafficHour
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch

MOST_COUNTED = 100_000
"""A queue is counted as far as that."""
EVERY = timedelta(minutes=5)
"""The distance of two samples."""
KEPT = timedelta(days=14)
SHOWN = timedelta(hours=24)
_SETTLED = timedelta(minutes=1)
"""What was received so long ago has committed, or never will."""
_MOST_TARGETS = 100
_FRESH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that is known now. `calendar_until` is the last day of which is known whether it is worked."""

    at: datetime
    queues: Sequence[Standing]
    targets: Sequence[HeldUpTarget]
    streams: Sequence[Stream]
    calendar_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The last hours: depths every five minutes, traffic by hour and channel."""

    depths: Sequence[DepthSample]
    traffic: Sequence[TrafficHour]


class Operations:
    """Looks at the queues of the whole installation, and samples them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[datetime, Sequence[Standing]] | None = None
        self._alone = asyncio.Lock()

    async def queues(self, within: timedelta = _FRESH) -> Sequence[Standing]:
        """Every queue now, or as it was at most so long ago: a program that asks often does not count often."""
        async with self._alone:
            now = Clock.now()
            if self._known is None or now - self._known[0] > within:
                async with self._database.writing() as connection:
                    rows = await fetch(connection, sql.QUEUES, {"most": MOST_COUNTED}, QueueRow)
                self._known = now, standings(rows)
            return self._known[1]

    async def overview(self, scope: Scope) -> Overview:
        """Queues and streams of all, targets as far as they are in sight; counted now, for somebody looks at it."""
        queues = await self.queues(timedelta())
        async with self._database.reading(scope) as connection:
            where = {"most": MOST_COUNTED, "limit": _MOST_TARGETS}
            targets = await fetch(connection, sql.HELD_UP, where, HeldUpTarget)
        async with self._database.writing() as connection:
            streams = await fetch(connection, sql.STREAMS, {}, Stream)
            until: date | None = (await connection.execute(sql.CALENDAR_UNTIL)).scalar()
        return Overview(at=Clock.now(), queues=queues, targets=targets, streams=streams, calendar_until=until)

    async def history(self) -> History:
        """The last `SHOWN`, as it was sampled."""
        where = {"since": Clock.now() - SHOWN}
        async with self._database.writing() as connection:
            return History(
                depths=await fetch(connection, sql.DEPTHS, where, DepthSample),
                traffic=await fetch(connection, sql.TRAFFIC, where, TrafficHour),
            )

    async def sample(self, now: datetime | None = None) -> bool:
        """Note the depth of every queue and what came in since the last time; False where another process does.

        Called more often than samples are taken: a moment that is there is not written again.
        """
        now = now or Clock.now()
        queues = await self.queues()
        async with self._database.writing() as connection:
            if not (await connection.execute(sql.IS_OURS)).scalar_one():
                return False
            last: datetime | None = (await connection.execute(sql.LAST_TRAFFIC)).scalar()
            since = max(_slot(now - SHOWN), _slot(last) + EVERY if last else _slot(now - SHOWN))
            until = _slot(now - _SETTLED)
            rows = [
                {
                    "at": _slot(now),
                    "queue": each.queue.value,
                    "depth": each.depth,
                    "oldest_seconds": each.oldest_seconds(now),
                }
                for each in queues
            ]
            await connection.execute(sql.PUT_QUEUE, rows)
            if since < until:
                await connection.execute(
                    sql.PUT_TRAFFIC,
                    {
                        "every": EVERY,
                        "since": since,
                        "until": until,
                        "least_id": least_uuid7(since),
                        "most_id": least_uuid7(until),
                    },
                )
            for forget in sql.FORGET:
                await connection.execute(forget, {"before": now - KEPT})
        return True


def _slot(moment: datetime) -> datetime:
    """The last moment of a sample that is not after one."""
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % int(EVERY.total_seconds()), moment.tzinfo)
