"""A large document followed while it is worked on: server-sent events, for programs and pages alike."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import orjson
from starlette.responses import StreamingResponse

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.batch.states import BatchState
from gateway.doors.requests import Inquiry

_EVENT_SECONDS = 0.3
_MOST_FOLLOWERS, _MOST_OF_ONE = 200, 50
_following: Counter[int] = Counter()
"""How many follow something in this process, by tenant."""


def followed(call: Inquiry, submission_id: UUID) -> StreamingResponse:
    """`progress` whenever something moved, `done` with the final answer at the end.

    Raises Refused (LIMIT-002) when too many follow something, or too many of the caller's.
    """
    if _following.total() >= _MOST_FOLLOWERS or _following[call.principal.tenant.id] >= _MOST_OF_ONE:
        raise Refused(problems.BUSY, headers={"Retry-After": "5"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(call, submission_id), media_type="text/event-stream", headers=headers)


async def _events(call: Inquiry, submission_id: UUID) -> AsyncIterator[bytes]:
    shown, follower = None, call.principal.tenant.id
    _following[follower] += 1
    try:
        while (progress := await call.services.batches.progress(call.principal.scope, submission_id)) is not None:
            if progress.is_done:
                break
            if progress != shown:
                shown = progress
                yield b"event: progress\ndata: %b\n\n" % orjson.dumps(progress.as_dict())
            await asyncio.sleep(_EVENT_SECONDS)
        done = await call.services.batches.outcome(call.principal.scope, submission_id) or {"state": BatchState.DONE}
        yield b"event: done\ndata: %b\n\n" % orjson.dumps(done)
    finally:
        _following[follower] -= 1
