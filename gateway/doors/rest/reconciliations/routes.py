"""Reconciliations: look, download, compare one's own list, decide, repair."""

from __future__ import annotations

import asyncio
import io
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.errors import Retriable
from gateway.access.accounts import Role
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.downloads import SPREADSHEET, csv_response, workbook_response
from gateway.doors.reasons import required_reason
from gateway.doors.repairs import repaired
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    authenticated,
    bad_parameter,
    following,
    json_object,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.reconciliations import words as docs
from gateway.reconcile.classes import Class, Decision
from gateway.reconcile.lists import SentTotals, sent_by
from gateway.reconcile.reports import total_document
from gateway.reconcile.rows import Discrepancy, Run
from gateway.reconcile.states import DiscrepancyState
from schemas.catalog import kind_names
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["reconciliations"])

Member = TypeVar("Member", bound=StrEnum)

_RUN = "/v1/reconciliations/{run_id:uuid}"


@router.get("/v1/reconciliations", **docs.listed())
async def list_runs(request: Request) -> Response:
    limit = whole_number(request, "limit", 100, 1, most=1000)
    connector = _text(request, "connector")
    before = uuid_parameter(request, "before")
    call = await authenticated(request)
    runs = await call.services.reconciliations.listed(call.principal.scope, connector, before, limit)
    return Json({"reconciliations": [run_document(run) for run in runs], "next": following(runs, limit, _run_place)})


@router.post("/v1/reconciliations", **docs.compare())
async def compare(request: Request) -> Response:
    kind = request.query_params.get("kind")
    if kind is not None and kind not in kind_names():
        raise bad_parameter("kind", " | ".join(kind_names()))
    call = await authenticated(request, with_body=True)
    if call.principal.role is not Role.PARTNER:
        raise Refused(problems.FORBIDDEN)
    async with call.services.lanes.turn(call.principal.tenant.id):
        sent = await asyncio.to_thread(sent_by, io.BytesIO(call.body), kind and f"{kind}.v1")
    reconciliations, tenant = call.services.reconciliations, call.principal.tenant
    try:
        if isinstance(sent, SentTotals):
            run_id = await reconciliations.run_totals(tenant, sent)
        else:
            run_id = await reconciliations.run_list(tenant, sent)
    except Retriable:
        raise Refused(problems.BUSY, headers={"Retry-After": "5"}) from None
    return Json(run_document(await reconciliations.find(call.principal.scope, run_id)), 201)


@router.get(
    _RUN,
    **blocks_docs.answers(Text("查看一次对账的计数和控制合计", "A reconciliation with its counts and control totals")),
)
async def show_run(request: Request, run_id: UUID) -> Response:
    call, run = await _run(request, run_id)
    totals = await call.services.reconciliations.totals(call.principal.scope, run_id)
    return Json(run_document(run) | {"totals": [total_document(row) for row in totals]})


@router.get(
    f"{_RUN}/report", **blocks_docs.signed(Text("下载已签名的对账报告", "The signed report of a reconciliation"))
)
async def show_report(request: Request, run_id: UUID) -> Response:
    _, run = await _run(request, run_id)
    if run.report is None:
        raise Refused(problems.NOT_FOUND)
    return Response(run.report, media_type="application/jose")


@router.get(f"{_RUN}/discrepancies", **docs.discrepancies())
async def list_discrepancies(request: Request, run_id: UUID) -> Response:
    limit = whole_number(request, "limit", 100, 1, most=1000)
    class_, state = _one_of(request, "class", Class), _one_of(request, "state", DiscrepancyState)
    kind, _, key = (_text(request, "after") or "").partition("/")
    call, _ = await _run(request, run_id)
    rows = await call.services.reconciliations.discrepancies(
        call.principal.scope, run_id, class_=class_, state=state, after=(kind, key), limit=limit
    )
    return Json({"discrepancies": [_discrepancy_document(row) for row in rows], "next": following(rows, limit, _place)})


@router.get(f"{_RUN}.csv", **docs.file("text/csv"))
async def download_csv(request: Request, run_id: UUID) -> Response:
    call, _ = await _run(request, run_id)
    return csv_response(call.services, call.principal, run_id)


@router.get(f"{_RUN}.xlsx", **docs.file(SPREADSHEET))
async def download_workbook(request: Request, run_id: UUID) -> Response:
    call, run = await _run(request, run_id)
    return await workbook_response(call.services, call.principal, run)


@router.post(f"{_RUN}/discrepancies/{{kind}}/{{key:path}}/decision", **docs.decide())
async def decide(request: Request, run_id: UUID, kind: str, key: str) -> Response:
    call, run = await _run(request, run_id, with_body=True)
    given = json_object(call.body, "decision", "reason", "seen")
    decision, seen = given.get("decision"), given.get("seen")
    if not isinstance(decision, str) or decision not in tuple(Decision):
        raise bad_parameter("decision", " | ".join(Decision))
    if not isinstance(seen, str):
        raise bad_parameter("seen", docs.SEEN)
    reason = required_reason(given.get("reason"))
    if "\0" in key or "\0" in kind:
        raise Refused(problems.NOT_FOUND)
    number = await call.services.repairs.decide(
        call.principal, run, kind, key, decision=Decision(decision), reason=reason, seen=seen
    )
    return Json(
        {"reconciliation_id": str(run_id), "kind": kind, "key": key, "decision": decision},
        headers={"Yizhan-Decision": str(number)},
    )


@router.post(f"{_RUN}/repair", **docs.repair())
async def repair(request: Request, run_id: UUID) -> Response:
    call, run = await _run(request, run_id, with_body=True)
    done = await repaired(call.services, call.principal, run)
    return Json(
        {
            "reconciliation_id": str(run_id),
            "pages_taken": done.pages_taken,
            "records_sent": done.records_sent,
            "waiting": done.waiting,
        }
    )


def run_document(run: Run) -> dict[str, Any]:
    """What is told of a run."""
    return {
        "reconciliation_id": str(run.id),
        "source": run.source,
        "connector": run.connector,
        "kinds": run.kinds,
        "division": run.division,
        "repeats": run.repeats and str(run.repeats),
        "state": run.state,
        "counts": run.counts,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "failure": run.failed and run.failed.zh,
        "failure_en": run.failed and run.failed.en,
    }


def _discrepancy_document(row: Discrepancy) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "key": row.key,
        "class": row.class_,
        "division": row.division,
        "day": row.day,
        "type": row.subkind,
        "copies_there": row.copies,
        "our_revision": row.our_revision,
        "their_revision": row.their_revision,
        "our_sha256": row.our_hash and row.our_hash.hex(),
        "their_sha256": row.their_hash and row.their_hash.hex(),
        "fields": row.fields,
        "repair": row.repair,
        "state": row.state,
        "problem": row.problem,
        "since": row.since,
        "seen": row.seen,
        "decision": row.decision,
        "decided_at": row.decided_at,
        "allowed": sorted(row.allowed),
        "conflict": row.conflict and str(row.conflict),
    }


def _run_place(run: Run) -> str:
    return str(run.id)


def _place(row: Discrepancy) -> str:
    return f"{row.kind}/{row.key}"


async def _run(request: Request, run_id: UUID, *, with_body: bool = False) -> tuple[Call, Run]:
    call = await authenticated(request, with_body=with_body)
    return call, await call.services.reconciliations.find(call.principal.scope, run_id)


def _one_of(request: Request, name: str, known: type[Member]) -> Member | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    if value not in tuple(known):
        raise bad_parameter(name, " | ".join(known))
    return known(value)


def _text(request: Request, name: str) -> str | None:
    value = request.query_params.get(name)
    if value is not None and "\0" in value:
        raise bad_parameter(name, "string")
    return value
