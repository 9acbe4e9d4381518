"""Work beside other work: it goes on for as long as the block does, and has ended when that is left."""

from __future__ import annotations

import asyncio

import pytest

from gateway.base.beside import beside


class Work:
    """Takes a few turns of the event loop to end, like a query that the server is told to give up."""

    def __init__(self) -> None:
        self.began, self.has_ended, self.was_hurried = False, False, False

    async def run(self, turns: int = 5) -> None:
        self.began = True
        try:
            await asyncio.Event().wait()
        finally:
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            except asyncio.CancelledError:
                self.was_hurried = True
                raise
            self.has_ended = True


async def test_all_of_it_has_ended_when_the_block_is_left() -> None:
    quick, slow = Work(), Work()
    async with beside(quick.run(turns=1), slow.run(turns=50)):
        await asyncio.sleep(0)
        assert quick.began
        assert slow.began
    assert quick.has_ended
    assert slow.has_ended
    assert not slow.was_hurried


async def test_what_the_block_fails_with_is_told_and_the_work_has_ended_all_the_same() -> None:
    work = Work()

    async def failing() -> None:
        async with beside(work.run()):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert work.has_ended


async def test_a_work_that_failed_is_told_of() -> None:
    async def failing() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        async with beside(failing()):
            await asyncio.sleep(0)
