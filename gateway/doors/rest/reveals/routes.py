"""Personal values in clear, over REST."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.doors.requests import DirectRoute, Json, bad_parameter, empowered, json_object
from gateway.doors.rest.reveals import words
from gateway.doors.reveal_requests import purpose_asked, record_asked

router = APIRouter(route_class=DirectRoute, tags=["reveals"])


@router.post("/v1/reveals", **words.revealed())
async def reveal(request: Request) -> Response:
    call = await empowered(request, Power.REVEAL, with_body=True)
    given = json_object(call.body, "kind", "key", "agency_uscc", "partner", "fields", "purpose")
    fields, purpose = given.get("fields"), purpose_asked(given.get("purpose"))
    if not isinstance(fields, list) or not all(isinstance(each, str) for each in fields):
        raise bad_parameter("fields", '["/travellers/0/name"]')
    texts = [given.get(name) or "" for name in ("kind", "key", "agency_uscc", "partner")]
    if not all(isinstance(each, str) and "\0" not in each for each in texts):
        raise bad_parameter("key", "text")
    kind, key, agency, partner = texts
    row = await record_asked(call, kind, key, agency, partner=partner)
    return Json({"values": await call.services.revealing.reveal(call.principal, row, fields, purpose)})
