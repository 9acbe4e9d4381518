"""Upload sessions: a large document in parts, each with its hash; what has arrived need not be sent again."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import Role
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.batch.uploads import Session, Wanted
from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.openapi_blocks import TRIAL
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    answer_response,
    authenticated,
    bad_parameter,
    flag,
    idempotency_key,
    json_object,
)
from gateway.doors.rest.uploads import words as uploads_docs
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["uploads"])

_MOST_PARTS = 10_000


@router.post("/v1/uploads", **uploads_docs.new_upload())
async def open_session(request: Request) -> Response:
    call = await _partner(request, with_body=True)
    session, created = await call.services.uploads.open(call.principal, _wanted(call, idempotency_key(request)))
    headers = {"Location": f"/v1/uploads/{session.id}"}
    response = Json(session.as_dict(), 201 if created else 200)
    response.headers.update(headers)
    return response


@router.get(
    "/v1/uploads/{upload_id:uuid}",
    **blocks_docs.answers(Text("查看上传会话已收到的分块", "An upload session: which parts have arrived")),
)
async def show_session(request: Request, upload_id: UUID) -> Response:
    call = await _partner(request)
    return Json((await _session(call, upload_id)).as_dict())


@router.put("/v1/uploads/{upload_id:uuid}/parts/{number:whole}", **uploads_docs.upload_part())
async def put_part(request: Request, upload_id: UUID, number: int) -> Response:
    call = await _partner(request, with_body=True)
    session = await _session(call, upload_id)
    if not 1 <= number <= session.parts_wanted:
        raise bad_parameter("number", f"1 .. {session.parts_wanted}")
    digest = await call.services.uploads.put(
        call.principal, session, number, call.body, content_digest=request.headers.get("content-digest")
    )
    return Json({"upload_id": str(upload_id), "number": number, "sha256": digest.hex()})


@router.post("/v1/uploads/{upload_id:uuid}/complete", **uploads_docs.complete_upload())
async def complete(request: Request, upload_id: UUID) -> Response:
    dry_run = flag(request, "dry_run")
    call = await _partner(request)
    session = await _session(call, upload_id)
    if dry_run:
        most = call.services.settings.http.max_body_bytes
        envelope = await call.services.uploads.whole(call.principal, session, most)
        trial = await call.services.intake.try_out(envelope, call.principal.tenant)
        return await asyncio.to_thread(lambda: Json(trial.as_dict(), media_type=TRIAL))
    return answer_response(await call.services.uploads.complete(call.principal, session))


async def _partner(request: Request, *, with_body: bool = False) -> Call:
    call = await authenticated(request, with_body=with_body)
    if call.principal.role is not Role.PARTNER:
        raise Refused(problems.FORBIDDEN)
    return call


async def _session(call: Call, upload_id: UUID) -> Session:
    session = await call.services.uploads.find(call.principal.scope, upload_id)
    if session is None:
        raise Refused(problems.NOT_FOUND)
    return session


def _wanted(call: Call, key: str | None) -> Wanted:
    """The session that the body asks for. Raises Refused (REQUEST-001, REQUEST-002)."""
    given = json_object(call.body, "sha256", "size_bytes", "connector", "kind", "filename", "content_type", "amend")
    size, digest = given.get("size_bytes"), given.get("sha256")
    most = call.services.settings.batch.max_bytes
    if type(size) is not int or not 1 <= size <= most:
        raise bad_parameter("size_bytes", f"1 .. {most}")
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise bad_parameter("sha256", "64 hex, lower case")
    amend = given.get("amend", False)
    if not isinstance(amend, bool):
        raise bad_parameter("amend", "true | false")
    return Wanted(
        sha256=bytes.fromhex(digest),
        size_bytes=size,
        connector=_text(given, "connector", 32),
        kind=_text(given, "kind", 32),
        filename=_text(given, "filename", 255),
        content_type=_text(given, "content_type", 200) or "application/octet-stream",
        amend=amend,
        idempotency_key=key,
    )


def _text(given: dict[str, Any], name: str, longest: int) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        raise bad_parameter(name, f"1 .. {longest}")
    return value
