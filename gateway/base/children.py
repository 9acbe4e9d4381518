"""Work that is done in a child process: it is given on standard input, the answer comes on its output."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


class ChildFailed(Exception):
    """The child ended without an answer: its bounds ended it, or what it was given did."""

    def __init__(self, exit_status: int | None) -> None:
        super().__init__(f"exit status {exit_status}")
        self.exit_status = exit_status


async def answer_of(command: Sequence[str], given: bytes, seconds: float) -> bytes:
    """What a child says, which has nothing of our environment and never outlives the asking.

    Raises TimeoutError after so many seconds; ChildFailed.
    """
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nowhere, env={})
    try:
        async with asyncio.timeout(seconds):
            said, _ = await child.communicate(given)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise ChildFailed(child.returncode)
    return said
