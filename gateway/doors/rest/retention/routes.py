"""What need be kept no longer: planned, removed, told; and what a case holds back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.doors.requests import DirectRoute, Json, empowered, json_object
from gateway.doors.rest.retention import words
from gateway.doors.retention_requests import MOST_AT_ONCE, hold_asked
from gateway.retention.purging import Planned, Report
from gateway.retention.rows import HoldRow, RunRow

router = APIRouter(route_class=DirectRoute, tags=["retention"])

_NEEDED = Power.MANAGE_RETENTION


@router.get("/v1/retention/plan", **words.planned())
async def plan(request: Request) -> Response:
    call = await empowered(request, _NEEDED)
    return Json({"plan": [_planned(each) for each in await call.services.purging.plan(call.principal)]})


@router.post("/v1/retention/runs", **words.purged())
async def purge(request: Request) -> Response:
    call = await empowered(request, _NEEDED, with_body=True)
    return Json(_report(await call.services.purging.run(call.principal, MOST_AT_ONCE)))


@router.get("/v1/retention/runs", **words.runs())
async def list_runs(request: Request) -> Response:
    call = await empowered(request, _NEEDED)
    return Json({"runs": [_run(row) for row in await call.services.purging.reports(call.principal)]})


@router.get("/v1/retention/runs/{run_id:uuid}", **words.report())
async def show_run(request: Request, run_id: UUID) -> Response:
    call = await empowered(request, _NEEDED)
    return Json(_report(await call.services.purging.report(call.principal, run_id)))


@router.get("/v1/retention/holds", **words.holds())
async def list_holds(request: Request) -> Response:
    call = await empowered(request, _NEEDED)
    return Json({"holds": [_hold(row) for row in await call.services.holds.listed(call.principal)]})


@router.post("/v1/retention/holds", **words.held())
async def place_hold(request: Request) -> Response:
    call = await empowered(request, _NEEDED, with_body=True)
    given = json_object(call.body, "partner", "kind", "key", "reason")
    agency, record, reason = await hold_asked(call, given)
    return Json({"hold_id": str(await call.services.holds.place(call.principal, agency, reason, record))}, 201)


@router.post("/v1/retention/holds/{hold_id:uuid}/lift", **words.lifted())
async def lift_hold(request: Request, hold_id: UUID) -> Response:
    call = await empowered(request, _NEEDED, with_body=True)
    await call.services.holds.lift(call.principal, hold_id)
    return Json({"hold_id": str(hold_id)})


def _planned(each: Planned) -> dict[str, Any]:
    return {"subject": each.due.subject.value, "before": each.due.before, "due": each.rows, "held": each.held}


def _run(row: RunRow) -> dict[str, Any]:
    shown = row.columns()
    return {"run_id": str(shown.pop("id")), **shown}


def _report(report: Report) -> dict[str, Any]:
    return _run(report.run) | {"counts": [each.columns() for each in report.counts]}


def _hold(row: HoldRow) -> dict[str, Any]:
    shown = row.columns()
    del shown["tenant_id"]
    return {"hold_id": str(shown.pop("id")), **shown}
