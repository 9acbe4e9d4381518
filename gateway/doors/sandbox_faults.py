"""Does to a request of the sandbox what its partner wants to see its own system cope with."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.hanging_up import LOSES_REPLY
from gateway.onboarding.faults import SLOW_SECONDS, Fault

_SOON = {"Retry-After": "1"}
_REFUSALS = {
    Fault.RATE_LIMITED: (problems.RATE_LIMITED, _SOON),
    Fault.BUSY: (problems.BUSY, _SOON),
    Fault.CLOCK_SKEW: (problems.BAD_TIMESTAMP, {}),
    Fault.EXPIRED_KEY: (problems.UNAUTHENTICATED, {}),
}


async def suffer(request: Request, fault: Fault | None) -> None:
    """Raises Refused where the fault is a refusal."""
    if fault is Fault.LOST_REPLY:
        request.scope["state"][LOSES_REPLY] = True
    elif fault is Fault.SLOW:
        await asyncio.sleep(SLOW_SECONDS)
    elif fault is not None:
        problem, headers = _REFUSALS[fault]
        raise Refused(problem, headers=dict(headers))
