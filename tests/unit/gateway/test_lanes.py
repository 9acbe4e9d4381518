"""Lanes: nobody has them all, who waits goes in turns, and nothing is lost when somebody hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gateway.base.lanes import Lanes
from gateway.base.problems import Refused


class Jobs:
    """Jobs that run until they are told to end, and the order in which they began."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self.began: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, *names: str) -> None:
        """Ask for lanes; the first letter of a name is its owner."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._run(name))
        await self.settle()

    async def _run(self, name: str) -> None:
        async with self._lanes.turn(name[0]):
            self.began.append(name)
            await self._ends[name].wait()

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await self.tasks[name]
        await self.settle()

    @staticmethod
    async def settle() -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@asynccontextmanager
async def jobs(at_once: int, each: int, waiting: int = 100) -> AsyncIterator[Jobs]:
    async with AsyncExitStack() as stack:
        made = Jobs(Lanes("test", at_once, each=each, waiting=waiting))
        yield made
        await stack.aclose()
        for task in made.tasks.values():
            task.cancel()
        await asyncio.gather(*made.tasks.values(), return_exceptions=True)


def test_one_owner_leaves_a_lane_to_others() -> None:
    async def go() -> None:
        async with jobs(3, each=2) as running:
            await running.ask("a1", "a2", "a3", "a4")
            assert running.began == ["a1", "a2"]
            await running.ask("b1")
            assert running.began == ["a1", "a2", "b1"]
            await running.end("a1")
            assert running.began[3:] == ["a3"]

    asyncio.run(go())


def test_owners_take_turns_however_many_of_one_wait() -> None:
    async def go() -> None:
        async with jobs(1, each=1) as running:
            await running.ask("a1", "a2", "a3", "a4", "b1", "c1", "b2")
            for _ in range(6):
                await running.end(running.began[-1])
            assert running.began == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]

    asyncio.run(go())


def test_more_than_may_wait_is_refused_and_others_may_still_ask() -> None:
    async def go() -> None:
        async with jobs(1, each=1, waiting=2) as running:
            await running.ask("a1", "a2", "a3", "a4", "b1")
            with pytest.raises(Refused):
                await running.tasks["a4"]
            await running.end("a1", "a2", "b1", "a3")
            assert running.began == ["a1", "a2", "b1", "a3"]

    asyncio.run(go())


def test_who_hangs_up_while_waiting_gives_the_place_to_the_next() -> None:
    async def go() -> None:
        async with jobs(1, each=1) as running:
            await running.ask("a1", "a2", "b1")
            running.tasks["a2"].cancel()
            await running.end("a1")
            assert running.began == ["a1", "b1"]
            await running.end("b1")
            await running.ask("a3")
            assert running.began == ["a1", "b1", "a3"]

    asyncio.run(go())


def test_who_hangs_up_when_just_called_gives_the_lane_back() -> None:
    async def go() -> None:
        lanes = Lanes("test", 1, each=1, waiting=10)
        first = lanes.turn("a")
        await first.__aenter__()
        called = asyncio.create_task(lanes.turn("b").__aenter__())
        await Jobs.settle()
        await first.__aexit__(None, None, None)
        called.cancel()
        with pytest.raises(asyncio.CancelledError):
            await called
        async with asyncio.timeout(5), lanes.turn("c"):
            pass

    asyncio.run(go())
