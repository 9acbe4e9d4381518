"""Versions of partner folders over REST."""

from __future__ import annotations

import asyncio
from base64 import b64encode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.errors import Fatal
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.openapi_blocks import TRIAL
from gateway.doors.requests import DirectRoute, Json, bad_parameter, empowered, json_object
from gateway.doors.rest.connectors import words
from gateway.doors.workshop_requests import MOST_BYTES, drafted, ranked, tried
from gateway.onboarding.packing import files_in_zip
from gateway.onboarding.states import VersionState
from gateway.onboarding.workshop import Flaw

router = APIRouter(route_class=DirectRoute, tags=["connectors"])

_LONGEST_NOTE = 500


@router.get("/v1/connectors/{connector}/versions", **words.listed())
async def list_versions(request: Request, connector: str) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS)
    rows = await call.services.versions.listed(connector.replace("\0", ""))
    return Json({"versions": [row.as_dict() for row in rows]})


@router.post("/v1/connectors/versions", **words.saved())
async def save_version(request: Request) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True)
    note = request.query_params.get("note", "")
    if len(note) > _LONGEST_NOTE or "\0" in note:
        raise bad_parameter("note", f"0 .. {_LONGEST_NOTE}")
    try:
        files = files_in_zip(call.body)
    except Fatal as error:
        raise Refused(problems.UNFIT_CONNECTOR, error.text) from None
    return Json((await call.services.versions.save(call.principal, files, note)).as_dict(), 201)


@router.post("/v1/connectors/trials", **words.tried())
async def try_folder(request: Request) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True, most_bytes=MOST_BYTES)
    found = await tried(call.services.workshop, call.principal, call.body)
    if isinstance(found, Flaw):
        raise Refused(problems.UNFIT_CONNECTOR, found.text, file=found.file, line=found.line)
    return await asyncio.to_thread(lambda: Json(found.as_dict(), media_type=TRIAL))


@router.post("/v1/connectors/drafts", **words.drafted())
async def draft(request: Request) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True, most_bytes=MOST_BYTES)
    files = await drafted(call.services.workshop, call.principal, call.body)
    return Json({"files": {name: b64encode(content).decode() for name, content in files.items()}})


@router.post("/v1/connectors/candidates", **words.ranked())
async def rank(request: Request) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True, most_bytes=MOST_BYTES)
    return Json({"fields": await ranked(call.services.workshop, call.principal, call.body)})


@router.post("/v1/connectors/{connector}/versions/{number:whole}/state", **words.moved())
async def move_version(request: Request, connector: str, number: int) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True)
    given = json_object(call.body, "state").get("state")
    name, versions = connector.replace("\0", ""), call.services.versions
    moves = {
        VersionState.STAGED: versions.stage,
        VersionState.LIVE: versions.promote,
        VersionState.RETIRED: versions.retire,
    }
    if not isinstance(given, str) or given not in moves:
        raise bad_parameter("state", " | ".join(moves))
    if number > 2**31 - 1:
        raise Refused(problems.NOT_FOUND)
    return Json((await moves[VersionState(given)](call.principal, name, number)).as_dict())
