"""Checks on the road over REST."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.doors.field_check_requests import check_asked, checked_record
from gateway.doors.requests import (
    DirectRoute,
    Json,
    bad_parameter,
    empowered,
    following,
    json_object,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.field_checks import words
from gateway.field_checks.field_checks import FieldCheck
from gateway.field_checks.states import Outcome

router = APIRouter(route_class=DirectRoute, tags=["field checks"])

_MEMBERS = ("id", "about", "outcome", "note", "place", "people", "checked_at", "photos")


@router.post("/v1/field-checks", **words.recorded())
async def record(request: Request) -> Response:
    call = await empowered(request, Power.INSPECT, with_body=True)
    given = json_object(call.body, *_MEMBERS)
    about = given.get("about")
    if not isinstance(about, str):
        raise bad_parameter("about", "LY... | roster:...")
    check = check_asked(given, _photos(given.get("photos", [])))
    found = await checked_record(call, about)
    stored, is_new = await call.services.field_checks.record(call.principal, found, check)
    return Json(_document(stored), 201 if is_new else 200)


@router.get("/v1/field-checks", **words.listed())
async def list_checks(request: Request) -> Response:
    after, limit = uuid_parameter(request, "after"), whole_number(request, "limit", 100, 1, most=1000)
    about, outcome = request.query_params.get("about"), request.query_params.get("outcome")
    if outcome not in (None, *Outcome):
        raise bad_parameter("outcome", " | ".join(Outcome))
    call = await empowered(request, Power.INSPECT)
    found = await call.services.field_checks.listed(
        call.principal.scope,
        record=None if about is None else await checked_record(call, about),
        outcome=None if outcome is None else Outcome(outcome),
        after=after,
        limit=limit,
    )
    return Json(
        {"checks": [_document(each) for each in found], "next": following(found, limit, lambda each: str(each.row.id))}
    )


@router.get("/v1/field-checks/{check_id:uuid}", **words.shown())
async def show(request: Request, check_id: UUID) -> Response:
    call = await empowered(request, Power.INSPECT)
    return Json(_document(await call.services.field_checks.find(call.principal.scope, check_id)))


@router.get("/v1/field-checks/{check_id:uuid}/photos/{number:whole}", **words.photo())
async def photo(request: Request, check_id: UUID, number: int) -> Response:
    call = await empowered(request, Power.INSPECT)
    content, media_type = await call.services.field_checks.photo(call.principal.scope, check_id, number)
    return Response(content, media_type=media_type)


def _photos(given: Any) -> list[bytes]:
    """Raises Refused (REQUEST-001)."""
    try:
        return [b64decode(each, validate=True) for each in given]
    except (binascii.Error, TypeError, ValueError):
        raise bad_parameter("photos", "[base64]") from None


def _document(check: FieldCheck) -> dict[str, Any]:
    row = check.row
    return {
        "id": str(row.id),
        "kind": row.kind,
        "about": row.code,
        "version": row.version,
        "state": row.state,
        "outcome": row.outcome,
        "note": check.note,
        "place": check.place,
        "people": check.people,
        "photos": check.photos,
        "is_kept": check.is_kept,
        "made_by": row.made_by,
        "checked_at": row.checked_at,
        "stored_at": row.stored_at,
    }
