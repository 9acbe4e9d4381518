"""The change feed: what happened to the caller's records, in order."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.requests import DirectRoute, Json, authenticated, whole_number
from gateway.doors.rest.submissions import words as submissions_docs

router = APIRouter(route_class=DirectRoute, tags=["changes"])

_LARGEST = 2**63 - 1


@router.get("/v1/changes", **submissions_docs.changes())
async def list_changes(request: Request) -> Response:
    call = await authenticated(request)
    after = whole_number(request, "after", 0, 0, most=_LARGEST)
    limit = whole_number(request, "limit", 100, 1, most=1000)
    rows, high_water = await call.services.reader.changes(call.principal.scope, after, limit)
    return Json({"changes": [row.columns() for row in rows], "high_water": high_water})
