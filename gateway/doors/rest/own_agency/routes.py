"""An agency's own desk: what is filed of it, and the guides that it confirms."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.dossier_documents import dossier_document
from gateway.doors.lookup import seen_body
from gateway.doors.reasons import reason_of
from gateway.doors.requests import DirectRoute, Json, answer_response, authenticated, json_object
from gateway.doors.rest.own_agency import words as docs
from gateway.doors.versions_seen import version_seen
from schemas import catalog
from schemas.masking import masked

router = APIRouter(route_class=DirectRoute, tags=["own agency"])


@router.get("/v1/own-agency", **docs.dossier())
async def show_own_agency(request: Request) -> Response:
    call = await authenticated(request)
    own = call.services.own_agency
    return Json(dossier_document(await own.dossier(call.principal)) | {"applicants": await own.waiting(call.principal)})


@router.get("/v1/own-agency/guides/{key}", **docs.applicant())
async def show_applicant(request: Request, key: str) -> Response:
    call = await authenticated(request)
    row = await call.services.own_agency.applicant(call.principal, key)
    body = masked(await seen_body(call, row), catalog.kind(row.schema))
    answer = Json({"key": row.key, "version": row.version, "state": row.state, "body": body})
    answer.headers["ETag"] = f'"{row.version}"'
    return answer


@router.post("/v1/own-agency/guides/{key}/confirmation", **docs.confirmation())
async def confirm_applicant(request: Request, key: str) -> Response:
    version = version_seen(request)
    call = await authenticated(request)
    row = await call.services.own_agency.applicant(call.principal, key)
    return answer_response(await call.services.own_agency.confirm(call.principal, row, version))


@router.post("/v1/own-agency/guides/{key}/decline", **docs.decline())
async def decline_applicant(request: Request, key: str) -> Response:
    version = version_seen(request)
    call = await authenticated(request, with_body=True)
    row = await call.services.own_agency.applicant(call.principal, key)
    reason = reason_of(json_object(call.body, "reason").get("reason"))
    return answer_response(await call.services.own_agency.decline(call.principal, row, version, reason=reason))
