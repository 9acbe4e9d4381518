"""The library of model contracts: anybody reads it, authorities upload and publish, technicians make templates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.reasons import required_reason
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    authenticated,
    bad_parameter,
    day_of,
    empowered,
    following,
    json_object,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.templates import words as docs
from gateway.templates.fields import not_asked_for, schema_of
from gateway.templates.library import MOST_BYTES, NewTemplate, Sought, TemplateLibrary
from gateway.templates.named_files import FILES
from gateway.templates.rows import TemplateRow
from gateway.templates.states import TemplateState
from schemas.codelists import codelist

router = APIRouter(route_class=DirectRoute, tags=["templates"])
_MOST = 1000
_MOST_VERSIONS = 2**31 - 1
_ONE = "/v1/templates/{code}"
_VERSION = "/v1/templates/{code}/versions/{version:whole}"


@router.get("/v1/templates", **docs.listed())
async def list_templates(request: Request) -> Response:
    call = await authenticated(request)
    given = request.query_params
    state, kind, division = given.get("state"), given.get("contract_type"), given.get("division")
    if state is not None and state not in tuple(TemplateState):
        raise bad_parameter("state", " | ".join(TemplateState))
    if kind is not None and kind not in codelist("contract_types"):
        raise bad_parameter("contract_type", " | ".join(codelist("contract_types")))
    if division is not None and division not in codelist("divisions"):
        raise bad_parameter("division", "GB/T 2260")
    limit = whole_number(request, "limit", 100, 1, most=_MOST)
    sought = Sought(
        states=[TemplateState(state)] if state else [TemplateState.PUBLISHED],
        contract_type=kind,
        applies_in=division,
        after=uuid_parameter(request, "after"),
    )
    rows = await _library(call).listed(call.principal.scope, sought, limit)
    return Json(
        {"templates": [_template(row) for row in rows], "next": following(rows, limit, lambda row: str(row.id))}
    )


@router.post("/v1/templates", **docs.uploaded())
async def upload_template(request: Request) -> Response:
    call = await empowered(request, Power.EDIT_TEMPLATES, with_body=True, most_bytes=MOST_BYTES)
    given = request.query_params
    new = NewTemplate(
        title=given.get("title", ""),
        contract_type=given.get("contract_type", ""),
        document=call.body,
        code=given.get("code"),
    )
    return Json(_template(await _library(call).upload(call.principal, new)), 201)


@router.get(_ONE, **docs.shown())
async def show_template(request: Request, code: str) -> Response:
    call = await authenticated(request)
    row = await _library(call).shown(call.principal.scope, code, _asked_version(request))
    return Json(_template(row) | {"schema": schema_of(row.fields), "not_asked_for": not_asked_for(row.fields)})


@router.get(f"{_ONE}/files/{{name}}", **docs.file())
async def read_template_file(request: Request, code: str, name: str) -> Response:
    call = await authenticated(request)
    if name not in FILES:
        raise Refused(problems.NOT_FOUND)
    kind, media_type = FILES[name]
    content = await _library(call).file(call.principal.scope, code, _asked_version(request), kind)
    return Response(content, media_type=media_type)


@router.get(f"{_VERSION}/blanks", **docs.blanks())
async def list_blanks(request: Request, code: str, version: int) -> Response:
    call = await authenticated(request)
    work = await _library(call).work(call.principal.scope, code, version)
    every = [dict(blank) | {"meaning": work.meanings[str(blank["number"])]} for blank in work.reading["blanks"]]
    return Json({"revision": work.revision, "blanks": every, "notes": work.reading["notes"]})


@router.put(f"{_VERSION}/meanings", **docs.marked())
async def mark_template(request: Request, code: str, version: int) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True)
    given = json_object(call.body, "revision", "meanings")
    meanings, revision = given.get("meanings"), given.get("revision")
    if not isinstance(meanings, dict) or not all(isinstance(each, str) for each in meanings.values()):
        raise bad_parameter("meanings", '{"1": "agency.name"}')
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise bad_parameter("revision", "1 ..")
    row = await _library(call).mark(call.principal, code, version, meanings=meanings, revision=revision)
    return Json(_template(row))


@router.put(f"{_VERSION}/template.docx", **docs.replaced())
async def replace_template(request: Request, code: str, version: int) -> Response:
    call = await empowered(request, Power.EDIT_CONNECTORS, with_body=True, most_bytes=MOST_BYTES)
    revision = whole_number(request, "revision", 0, 1, most=_MOST_VERSIONS)
    row = await _library(call).replace(call.principal, code, version, template=call.body, revision=revision)
    return Json(_template(row))


@router.post(f"{_VERSION}/decision", **docs.decided())
async def decide_template(request: Request, code: str, version: int) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body, "decision", "reason", "valid_from")
    decide = _DECISIONS.get(str(given.get("decision")))
    if decide is None:
        raise bad_parameter("decision", " | ".join(_DECISIONS))
    return Json(_template(await decide(call, code, version, given)))


async def _take(call: Call, code: str, version: int, given: Mapping[str, Any]) -> TemplateRow:
    return await _library(call).take(call.principal, code, version)


async def _submit(call: Call, code: str, version: int, given: Mapping[str, Any]) -> TemplateRow:
    return await _library(call).submit(call.principal, code, version)


async def _return(call: Call, code: str, version: int, given: Mapping[str, Any]) -> TemplateRow:
    return await _library(call).send_back(call.principal, code, version, required_reason(given.get("reason")))


async def _publish(call: Call, code: str, version: int, given: Mapping[str, Any]) -> TemplateRow:
    day = given.get("valid_from")
    if not isinstance(day, str | None):
        raise bad_parameter("valid_from", "YYYY-MM-DD")
    return await _library(call).publish(call.principal, code, version, valid_from=day_of(day, "valid_from"))


async def _withdraw(call: Call, code: str, version: int, given: Mapping[str, Any]) -> TemplateRow:
    return await _library(call).withdraw(call.principal, code, version, required_reason(given.get("reason")))


async def _end(call: Call, code: str, version: int, given: Mapping[str, Any]) -> TemplateRow:
    return await _library(call).end(call.principal, code, version, required_reason(given.get("reason")))


_DECISIONS: Mapping[str, Callable[[Call, str, int, Mapping[str, Any]], Awaitable[TemplateRow]]] = {
    "take": _take,
    "submit": _submit,
    "return": _return,
    "publish": _publish,
    "withdraw": _withdraw,
    "end": _end,
}


def _library(call: Call) -> TemplateLibrary:
    return call.services.templates


def _asked_version(request: Request) -> int | None:
    asked = request.query_params.get("version")
    return None if asked is None else whole_number(request, "version", 1, 1, most=_MOST_VERSIONS)


def _template(row: TemplateRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "version": row.version,
        "title": row.title,
        "contract_type": row.contract_type,
        "division": row.division,
        "state": row.state,
        "revision": row.revision,
        "blanks": row.blanks,
        "open": row.open,
        "fields": list(row.fields),
        "places": list(row.places),
        "pages": row.pages,
        "is_by_hand": row.is_by_hand,
        "uploaded_by": row.uploaded_by,
        "uploaded_at": row.uploaded_at,
        "worked_by": row.worked_by,
        "submitted_at": row.submitted_at,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "reason": row.reason,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    }
