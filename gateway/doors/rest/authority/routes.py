"""The authority's desk: conflicts with portals, alerts, pledges that wait and their verdicts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import must_may
from gateway.access.powers import Power
from gateway.alerts import alerts
from gateway.alerts.rows import AlertRow
from gateway.authority.open_differences import Behind, Difference, FoundDiscrepancy, OpenConflict
from gateway.authority.self_reports import mark_of
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts.page_pictures import PICTURE_TYPE
from gateway.doors.dossier_documents import dossier_document
from gateway.doors.lookup import seen_body
from gateway.doors.reasons import required_reason
from gateway.doors.requests import (
    DirectRoute,
    Json,
    answer_response,
    authenticated,
    bad_parameter,
    empowered,
    flag,
    following,
    json_object,
    services_of,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.filed import words as docs
from gateway.doors.rest.filed.routes import found
from gateway.doors.sought_alerts import sought_alerts
from gateway.doors.sought_differences import behind_of, sought_of, subject_of
from gateway.ledger.conflicts import ConflictChoice
from schemas.codelists import codelist

_NO_DAY = "infinity"  # behind every day, as PostgreSQL writes it

router = APIRouter(route_class=DirectRoute, tags=["desk"])


@router.get("/v1/differences", **docs.differences())
async def list_differences(request: Request) -> Response:
    sought, after = sought_of(request.query_params), behind_of(request.query_params.get("after"))
    limit = whole_number(request, "limit", 100, 1, most=1000)
    call = await authenticated(request)
    rows = await call.services.differences.listed(call.principal.scope, sought, after=after, limit=limit)
    following_page = following(rows, limit, lambda each: str(Behind(each.row.since, each.row.name)))
    return Json({"differences": [_difference(each) for each in rows], "next": following_page})


@router.get("/v1/waiting", **docs.waiting())
async def count_waiting(request: Request) -> Response:
    call = await authenticated(request)
    return Json((await call.services.waiting.counted(call.principal.scope)).columns())


@router.post("/v1/conflicts/{conflict_id:uuid}/decision", **docs.decision())
async def decide_conflict(request: Request, conflict_id: UUID) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body, "decision", "reason", "seen")
    decision, seen = given.get("decision"), given.get("seen")
    if decision not in list(ConflictChoice):
        raise bad_parameter("decision", " | ".join(ConflictChoice))
    if not isinstance(seen, str):
        raise bad_parameter("seen", docs.SEEN)
    reason = required_reason(given.get("reason"))
    must_may(call.principal, Power.RECONCILE)
    desk = call.services.desk
    conflict = await desk.must_be_undecided(call.principal.scope, conflict_id)
    concluded = await desk.decide(call.principal, conflict, ConflictChoice(decision), seen, reason=reason)
    answer = answer_response(concluded.answer)
    if concluded.number is not None:
        answer.headers["Yizhan-Decision"] = str(concluded.number)
    return answer


@router.get("/v1/alerts", **docs.alerts())
async def list_alerts(request: Request) -> Response:
    after, limit = uuid_parameter(request, "after"), whole_number(request, "limit", 100, 1, most=1000)
    call = await authenticated(request)
    found = sought_alerts(request)
    rows = await alerts.listed(call.services.database, call.principal.scope, found, after=after, limit=limit)
    return Json(
        {"alerts": [_alert_document(row) for row in rows], "next": following(rows, limit, lambda row: str(row.id))}
    )


@router.post("/v1/alerts/{alert_id:uuid}/close", **docs.close())
async def close_alert(request: Request, alert_id: UUID) -> Response:
    call = await authenticated(request)
    must_may(call.principal, Power.OPERATE)
    if not await alerts.close(call.services.database, alert_id, call.principal):
        raise Refused(problems.NOT_FOUND)
    return Json({"id": alert_id, "state": "closed"})


@router.get("/v1/pledges", **docs.pledges())
async def list_pledges(request: Request) -> Response:
    overdue, limit = flag(request, "overdue"), whole_number(request, "limit", 100, 1, most=1000)
    after = _due_place(request.query_params.get("after"))
    call = await authenticated(request)
    before = Clock.china_today() if overdue else None
    found = await call.services.pledges.waiting(call.principal.scope, before, after=after, limit=limit)
    shown = ("key", "division", "agency_name", "agency_uscc", "due_on", "stored_at", "version")
    today, left = Clock.china_today(), call.services.pledges.left
    rows = [
        {name: getattr(row, name) for name in shown} | {"working_days_left": left(row.due_on, today)}
        for row in found.rows
    ]
    following_page = following(found.rows, limit, lambda row: f"{row.due_on or _NO_DAY}/{row.agency_uscc}/{row.key}")
    return Json({"pledges": rows, "more": found.more, "next": following_page})


@router.post("/v1/pledges/{key}/verdict", **docs.verdict())
async def verify_pledge(request: Request, key: str) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body, "verdict", "evidence", "verifier")
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


@router.get("/v1/agencies/{key}/dossier", **docs.dossier())
async def show_dossier(request: Request, key: str) -> Response:
    call = await empowered(request, Power.READ_AGENCIES)
    return Json(dossier_document(await call.services.dossiers.of(call.principal.scope, key)))


@router.get("/v1/agencies/{key}/self-report", **docs.self_report())
async def show_self_report(request: Request, key: str) -> Response:
    call = await empowered(request, Power.READ_AGENCIES)
    report = await call.services.self_reports.of(call.principal, key)
    if report is None:
        raise Refused(problems.NOT_FOUND)
    return Json(
        {"key": key, "differences": report.differences, "is_kept": report.kept is not None, "seen": mark_of(report)}
    )


@router.post("/v1/agencies/{key}/self-report", **docs.take_over())
async def take_self_report_over(request: Request, key: str) -> Response:
    call = await authenticated(request, with_body=True)
    seen = json_object(call.body, "seen").get("seen")
    if not isinstance(seen, str):
        raise bad_parameter("seen", docs.REPORT_SEEN)
    return answer_response(await call.services.self_reports.take_over(call.principal, key, seen))


@router.get("/v1/agencies/{key}/penalties", **docs.penalties_of_agency())
async def list_penalties(request: Request, key: str) -> Response:
    call = await empowered(request, Power.READ_AGENCIES)
    on_file = await call.services.penalties.on_file(call.principal, key.replace("\0", ""))
    return Json({"key": key, "is_known": on_file.is_known, "penalties": [asdict(each) for each in on_file.penalties]})


@router.get("/v1/pledges/{key}/penalties", **docs.penalties())
async def show_penalties(request: Request, key: str) -> Response:
    call = await empowered(request, Power.READ_AGENCIES)
    row = await found(call, "pledge", key, request.query_params.get("partner"))
    on_file = await call.services.penalties.on_file(call.principal, row.agency_uscc)
    received_on = date.fromisoformat((await seen_body(call, row))["received_on"])
    penalties = [
        asdict(penalty) | {"breaks": penalty.breaks(received_on, Clock.china_today())} for penalty in on_file.penalties
    ]
    return Json({"key": row.key, "is_known": on_file.is_known, "penalties": penalties})


@router.put("/v1/pledges/{key}/document", **docs.put_pledge_file())
async def put_pledge_file(request: Request, key: str) -> Response:
    most_bytes = services_of(request).settings.http.max_document_bytes
    call = await authenticated(request, with_body=True, most_bytes=most_bytes)
    row = await found(call, "pledge", key, request.query_params.get("partner"))
    stored = await call.services.pledge_files.put(call.principal, row, call.body)
    document = {"key": row.key, "sha256": stored.sha256, "size_bytes": stored.size_bytes, "pages": stored.pages}
    return Json(document, 201 if stored.is_new else 200)


@router.get("/v1/pledges/{key}/document", **docs.get_pledge_file())
async def get_pledge_file(request: Request, key: str) -> Response:
    call = await authenticated(request)
    row = await found(call, "pledge", key, request.query_params.get("partner"))
    return Response(await call.services.pledge_files.read(call.principal, row), media_type="application/pdf")


@router.get("/v1/pledges/{key}/document/pages/{number:whole}", **docs.get_pledge_page())
async def get_pledge_page(request: Request, key: str, number: int) -> Response:
    call = await authenticated(request)
    row = await found(call, "pledge", key, request.query_params.get("partner"))
    picture = await call.services.pledge_files.picture(call.principal, row, number)
    return Response(picture, media_type=PICTURE_TYPE)


def _due_place(text: str | None) -> tuple[str, str, str] | None:
    """Where a page of pledges goes on: a day (or none), an agency and a number."""
    if text is None:
        return None
    day, agency, key = [*text.replace("\0", "").split("/", 2), "", ""][:3]
    if day != _NO_DAY and not _is_day(day):
        raise bad_parameter("after", "YYYY-MM-DD/USCC/key")
    return day, agency, key


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _difference(each: Difference) -> dict[str, Any]:
    """A line of the list, with the address that takes the decision about it where there is one to take."""
    row = each.row
    document: dict[str, Any] = {
        "name": row.name,
        "about": row.about,
        "connector": row.connector,
        "division": row.division,
        "kind": row.kind or None,
        "key": row.key or None,
        "subject": subject_of(each.record) or None,
        "code": (each.record and each.record.row.code) or None,
        "agency_uscc": (each.record and each.record.row.agency_uscc) or None,
        "since": row.since,
        "turn": row.turn,
        "alerts": row.codes or [],
    }
    if each.decidable is None:
        return document | {"decide": None, "allowed": [], "seen": None}
    document |= {"allowed": sorted(each.decidable.allowed), "seen": each.decidable.seen}
    if isinstance(each.decidable, OpenConflict):
        return document | _conflict(each.decidable)
    return document | _discrepancy(each.decidable)


def _conflict(each: OpenConflict) -> dict[str, Any]:
    """A conflict with what differs, personal values masked."""
    row = each.conflict
    return {
        "id": row.id,
        "decide": f"/v1/conflicts/{row.id}/decision",
        "reason": row.reason,
        "our_version": row.version,
        "our_revision": row.revision,
        "their_revision": row.their_revision,
        "differences": each.fields,
    }


def _discrepancy(each: FoundDiscrepancy) -> dict[str, Any]:
    row = each.discrepancy
    run = f"/v1/reconciliations/{row.reconciliation_id}"
    return {
        "reconciliation_id": row.reconciliation_id,
        "decide": f"{run}/discrepancies/{quote(row.kind, safe='')}/{quote(row.key, safe='')}/decision",
        "class": row.class_,
        "our_revision": row.our_revision,
        "their_revision": row.their_revision,
        "problem": row.problem,
        "differences": each.fields,
    }


def _alert_document(row: AlertRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "connector": row.connector,
        "code": row.code,
        "subject": row.subject,
        "detail": row.text.zh,
        "detail_en": row.text.en,
        "times": row.times,
        "first_at": row.first_at,
        "last_at": row.last_at,
    }
