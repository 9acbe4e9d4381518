"""Is the service alive, is it ready, how is it doing."""

from __future__ import annotations

import asyncio

import prometheus_client
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import EVERYTHING
from gateway.doors.requests import DirectRoute, Json, services_of
from gateway.operations import gauges

router = APIRouter(route_class=DirectRoute, tags=["health"], include_in_schema=False)

_MEASURING_SECONDS = 3.0


@router.get("/healthz")
async def alive(request: Request) -> Response:
    return Json({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Ready means: the database answers and what it commits stays. When not, the error handlers say 503."""
    database = services_of(request).database
    database.durability.must_hold()
    await database.must_answer()
    return Json({"status": "ready"})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """What this process has counted, and the queues of the installation. It answers without a database too."""
    try:
        async with asyncio.timeout(_MEASURING_SECONDS):
            gauges.note(await services_of(request).operations.overview(EVERYTHING))
    except Exception:
        gauges.note_away()
    return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)
