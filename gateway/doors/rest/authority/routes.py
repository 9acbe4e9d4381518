"""The authority's desk: conflicts with portals, alerts, pledges that wait and their verdicts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.alerts import alerts
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    answer_response,
    authenticated,
    bad_parameter,
    flag,
    json_object,
)
from gateway.doors.rest.filed import words as docs
from gateway.doors.rest.filed.routes import found
from gateway.ledger.conflicts import Conflict, ConflictChoice
from schemas.codelists import codelist

router = APIRouter(route_class=DirectRoute, tags=["desk"])


@router.get("/v1/conflicts", **docs.conflicts())
async def list_conflicts(request: Request) -> Response:
    call = await authenticated(request)
    rows = await call.services.desk.conflicts(call.principal.scope)
    return Json({"conflicts": [await _conflict(call, row) for row in rows]})


@router.post("/v1/conflicts/{conflict_id:uuid}/decision", **docs.decision())
async def decide_conflict(request: Request, conflict_id: UUID) -> Response:
    call = await authenticated(request, with_body=True)
    decision = json_object(call.body).get("decision")
    if decision not in list(ConflictChoice):
        raise bad_parameter("decision", " | ".join(ConflictChoice))
    rows = await call.services.desk.conflicts(call.principal.scope, conflict_id)
    if not rows:
        raise Refused(problems.NOT_FOUND)
    return answer_response(await call.services.desk.decide(call.principal, rows[0], ConflictChoice(decision)))


@router.get("/v1/alerts", **docs.alerts())
async def list_alerts(request: Request) -> Response:
    call = await authenticated(request)
    rows = await alerts.listed(call.services.database, call.principal.scope)
    shown = ("id", "connector", "code", "subject", "detail", "times", "first_at", "last_at")
    return Json({"alerts": [{name: getattr(row, name) for name in shown} for row in rows]})


@router.post("/v1/alerts/{alert_id:uuid}/close", **docs.close())
async def close_alert(request: Request, alert_id: UUID) -> Response:
    call = await authenticated(request)
    if not call.principal.decides:
        raise Refused(problems.FORBIDDEN)
    if not await alerts.close(call.services.database, alert_id, call.principal):
        raise Refused(problems.NOT_FOUND)
    return Json({"id": alert_id, "state": "closed"})


@router.get("/v1/pledges", **docs.pledges())
async def list_pledges(request: Request) -> Response:
    overdue = flag(request, "overdue")
    call = await authenticated(request)
    found = await call.services.pledges.waiting(call.principal.scope, Clock.china_today() if overdue else None)
    shown = ("key", "division", "agency_name", "agency_uscc", "due_on", "stored_at", "version")
    return Json({"pledges": [{name: getattr(row, name) for name in shown} for row in found.rows], "more": found.more})


@router.post("/v1/pledges/{key}/verdict", **docs.verdict())
async def verify_pledge(request: Request, key: str) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body)
    verdicts = list(codelist("pledge_verdicts"))
    if given.get("verdict") not in verdicts:
        raise bad_parameter("verdict", " | ".join(verdicts))
    for name in ("evidence", "verifier"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            raise bad_parameter(name, "1 .. 2000")
    row = await found(call, "pledge", key, request.query_params.get("partner"))
    return answer_response(
        await call.services.pledges.verify(
            call.principal,
            row,
            verdict=given["verdict"],
            evidence=given["evidence"],
            verifier=given["verifier"],
            today=Clock.china_today(),
        )
    )


async def _conflict(call: Call, row: Conflict) -> dict[str, Any]:
    """A conflict with what differs, personal values masked."""
    return {
        "id": row.id,
        "connector": row.connector,
        "kind": row.kind,
        "key": row.key,
        "division": row.division,
        "reason": row.reason,
        "our_version": row.version,
        "their_revision": row.their_revision,
        "opened_at": row.opened_at,
        "differences": await call.services.desk.differences(row),
    }
