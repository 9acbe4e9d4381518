"""What is held of a person who asks, and their wish to be forgotten."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.doors.requests import DirectRoute, Json, empowered, json_object
from gateway.doors.rest.subjects import words
from gateway.doors.retention_requests import subject_asked
from gateway.retention.subjects import Held

router = APIRouter(route_class=DirectRoute, tags=["subjects"])

_NEEDED = Power.MANAGE_RETENTION
_MEMBERS = ("document_no", "request_no", "purpose")


@router.post("/v1/subjects", **words.held())
async def held(request: Request) -> Response:
    call = await empowered(request, _NEEDED, with_body=True)
    asking = subject_asked(json_object(call.body, *_MEMBERS))
    found = await call.services.subjects.held(call.principal, asking)
    return Json({"request_no": asking.request_no, "records": [_document(each) for each in found]})


@router.post("/v1/subjects/erasures", **words.erased())
async def erase(request: Request) -> Response:
    call = await empowered(request, _NEEDED, with_body=True)
    asking = subject_asked(json_object(call.body, *_MEMBERS))
    done = await call.services.subjects.erase(call.principal, asking)
    staying = [_document(each) for each in done.staying]
    return Json({"request_no": asking.request_no, "erased": done.erased, "staying": staying})


def _document(each: Held) -> dict[str, Any]:
    row = each.row
    return {
        "kind": row.kind,
        "key": row.key,
        "code": row.code,
        "agency_name": row.agency_name,
        "division": row.division,
        "depart_on": row.depart_on,
        "return_on": row.return_on,
        "state": row.state,
        "fields": [title._asdict() for title in each.fields],
        "shown": [asdict(one) for one in each.shown],
        "erasable_on": each.erasable_on,
        "on_hold": each.is_on_hold,
    }
