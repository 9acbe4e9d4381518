"""The state of the system, as a page that needs nothing but this process: it stays when the database is away."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response

from gateway.base.clock import Clock
from gateway.console.shell.language import chosen
from gateway.console.shell.rendering import page
from gateway.doors.requests import services_of
from gateway.store.database import DATABASE_AWAY
from gateway.wording.dates import moment

_PATIENCE_SECONDS = 3.0


async def status_page(request: Request) -> Response:
    """What works and what does not. The answer is 503 while nothing can be stored, for whoever watches."""
    services = services_of(request)
    answers, is_durable = await _answers(request), services.database.durability.weak is None
    return page(
        request,
        "status.html",
        200 if answers and is_durable else 503,
        answers=answers,
        is_durable=is_durable,
        now=moment(Clock.now(), chosen(request).language),
        version=version("yizhan"),
    )


async def _answers(request: Request) -> bool:
    """Whether the database does, within a few seconds."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await services_of(request).database.must_answer()
    except (*DATABASE_AWAY, TimeoutError):
        return False
    return True
