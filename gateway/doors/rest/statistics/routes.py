"""Figures of what was reported, over REST."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.requests import Call, DirectRoute, Json, authenticated
from gateway.doors.rest.statistics import words
from gateway.doors.statistics_requests import question_of
from gateway.statistics.figures import must_read

router = APIRouter(route_class=DirectRoute, tags=["statistics"])


async def _reader(request: Request) -> Call:
    call = await authenticated(request)
    must_read(call.principal)
    return call


@router.get("/v1/statistics/figures", **words.figures())
async def figures(request: Request) -> Response:
    call = await _reader(request)
    scope = call.principal.scope
    question = await question_of(request, scope)
    rows = await call.services.figures.of(scope, question)
    mark = await call.services.figures.mark(scope)
    return Json(
        {
            "since": question.span.first,
            "until": question.span.last,
            "counted_at": mark.moved_at,
            "rows": [_shown(row.columns()) for row in rows],
        }
    )


def _shown(columns: dict[str, Any]) -> dict[str, Any]:
    """A row without what it is not grouped by; an agency is told by its credit code."""
    hidden = {"agency"} if columns["uscc"] or columns["agency"] is None else set[str]()
    return {name: value for name, value in columns.items() if value is not None and name not in hidden}
