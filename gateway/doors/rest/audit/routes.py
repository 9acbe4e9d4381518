"""The audit log, as far as it concerns the caller."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway import audit
from gateway.doors.requests import DirectRoute, Json, authenticated, flag, following, moment_parameter, whole_number
from gateway.doors.rest.audit import words as docs

router = APIRouter(route_class=DirectRoute, tags=["audit"])

_LARGEST = 2**63 - 1


@router.get("/v1/audit", **docs.entries())
async def list_entries(request: Request) -> Response:
    limit = whole_number(request, "limit", 100, 1, most=1000)
    sought = audit.Sought(
        actor=_text(request, "actor"),
        object=_text(request, "object"),
        since=moment_parameter(request, "since"),
        until=moment_parameter(request, "until"),
        after=whole_number(request, "after", 0, 0, most=_LARGEST),
        is_newest_first=flag(request, "newest_first"),
    )
    call = await authenticated(request)
    rows = await audit.listed(call.services.database, call.principal.scope, sought, limit)
    return Json(
        {"entries": [row.columns() for row in rows], "next": following(rows, limit, lambda row: str(row.position))}
    )


def _text(request: Request, name: str) -> str | None:
    """As PostgreSQL can hold it: what no entry can contain, none is found for."""
    value = request.query_params.get(name)
    return None if value is None else value.replace("\0", "\ufffd")
