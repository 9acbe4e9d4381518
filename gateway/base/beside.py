"""Work that runs beside other work, and has ended when that has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """`works` run for as long as the block lasts; what goes on then is cancelled, and waited for.

    A task that is only told to end goes on for a moment, with its connection in the midst of a query: whoever closes
    what it uses, or the event loop, must not meet it there. Raises what a work had failed with.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()
