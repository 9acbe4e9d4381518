"""How the exchange is doing, over REST."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.doors.requests import DirectRoute, Json, empowered
from gateway.doors.rest.operations import words
from gateway.operations.rows import HeldUpTarget

router = APIRouter(route_class=DirectRoute, tags=["operations"])


@router.get("/v1/operations", **words.overview())
async def overview(request: Request) -> Response:
    call = await empowered(request, Power.OPERATE)
    operations = call.services.operations
    now, history = await operations.overview(call.principal.scope), await operations.history()
    return Json(
        {
            "at": now.at,
            "queues": [
                {"queue": each.queue, "depth": each.depth, "since": each.since, "is_late": each.is_late(now.at)}
                for each in now.queues
            ],
            "targets": [_target(row) for row in now.targets],
            "streams": [row.columns() for row in now.streams],
            "calendar_until": now.calendar_until,
            "depths": [row.columns() for row in history.depths],
            "traffic": [row.columns() for row in history.traffic],
        }
    )


def _target(row: HeldUpTarget) -> dict[str, Any]:
    return {name: value for name, value in row.columns().items() if name != "url"} | {"host": row.host}
