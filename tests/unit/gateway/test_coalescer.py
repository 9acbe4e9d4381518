"""Many requests, few round trips, no lost item."""

from __future__ import annotations

import asyncio

import pytest

from gateway.store.coalescer import Coalescer, QueueFull


async def test_items_that_wait_together_are_handled_together() -> None:
    batches: list[list[int]] = []
    begun, gate = asyncio.Event(), asyncio.Event()

    async def handle(items: list[int]) -> list[int]:
        batches.append(items)
        begun.set()
        await gate.wait()
        return [item * 10 for item in items]

    coalescer = Coalescer(handle, batch=100, queue=100)
    first = asyncio.create_task(coalescer.submit(1))
    await begun.wait()
    rest = [asyncio.create_task(coalescer.submit(item)) for item in (2, 3, 4)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40]
    assert batches == [[1], [2, 3, 4]]


async def test_an_exception_among_the_results_is_raised_for_its_item_only() -> None:
    async def handle(items: list[int]) -> list[int | Exception]:
        return [ValueError(str(item)) if item == 2 else item for item in items]

    coalescer = Coalescer(handle, batch=10, queue=10)
    results = await asyncio.gather(*(coalescer.submit(item) for item in (1, 2, 3)), return_exceptions=True)
    assert results[0] == 1
    assert isinstance(results[1], ValueError)
    assert results[2] == 3


async def test_a_full_queue_refuses_at_once() -> None:
    gate = asyncio.Event()

    async def handle(items: list[int]) -> list[int]:
        await gate.wait()
        return items

    coalescer = Coalescer(handle, batch=1, queue=2)
    taken = [asyncio.create_task(coalescer.submit(item)) for item in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await coalescer.submit(3)
    gate.set()
    assert await asyncio.gather(*taken) == [1, 2]


async def test_a_caller_that_hangs_up_does_not_cancel_its_item() -> None:
    handled: list[int] = []
    gate = asyncio.Event()

    async def handle(items: list[int]) -> list[int]:
        await gate.wait()
        handled.extend(items)
        return items

    coalescer = Coalescer(handle, batch=10, queue=10)
    caller = asyncio.create_task(coalescer.submit(7))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.set()
    await coalescer.drain()
    assert handled == [7]


@pytest.mark.parametrize("parallel", [1, 2])
async def test_who_comes_in_the_step_in_which_the_last_worker_ends_is_served(parallel: int) -> None:
    """An answered caller runs before the loop has noticed that the worker has ended: its next item needs another."""

    async def handle(items: list[int]) -> list[int]:
        return items

    async def come(first: int) -> list[int]:
        return [await coalescer.submit(first + number) for number in range(20)]

    coalescer = Coalescer(handle, batch=1, queue=100, parallel=parallel)
    async with asyncio.timeout(5):
        answered = await asyncio.gather(*(come(100 * number) for number in range(parallel)))
        await coalescer.drain()
    assert answered == [[100 * each + number for number in range(20)] for each in range(parallel)]
