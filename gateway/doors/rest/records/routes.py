"""Looking records up, moving their states, their QR images and documents."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.lookup import (
    contract_by_code,
    looked_up,
    record_document,
    records_by,
    roster_by_group,
    stored_document,
    whole,
)
from gateway.doors.requests import Call, DirectRoute, Json, authenticated, bad_parameter, json_object, whole_number
from gateway.doors.rest.records import words as records_docs
from gateway.ledger.kinds import own_life
from gateway.ledger.rows import RecordRow
from gateway.trust import qr_image
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["records"])

_KIND_OF = {"contracts": "contract", "rosters": "roster"}
_CRITERIA = {
    "contract": ("business_no", "content_sha256", "document_no"),
    "roster": ("group_no", "content_sha256", "document_no", "state"),
}


@router.get("/v1/contracts", **records_docs.search("contract"))
async def find_contracts(request: Request) -> Response:
    return await _find(request, "contract")


@router.get("/v1/rosters", **records_docs.search("roster"))
async def find_rosters(request: Request) -> Response:
    return await _find(request, "roster")


async def _find(request: Request, kind: str) -> Response:
    call = await authenticated(request)
    wanted = {name: [value] for name in _CRITERIA[kind] if (value := request.query_params.get(name))}
    if len(wanted) != 1:
        detail = Text(
            f"请给出且只给出一个条件：{'、'.join(_CRITERIA[kind])}",
            f"Give exactly one criterion: {', '.join(_CRITERIA[kind])}",
        )
        raise Refused(problems.BAD_REQUEST, detail)
    return Json({"records": [record_document(call, row) for row in await records_by(call, kind, wanted)]})


@router.post("/v1/contracts/lookup", **records_docs.lookup("contract"))
async def look_up_contracts(request: Request) -> Response:
    return await _look_up(request, "contract")


@router.post("/v1/rosters/lookup", **records_docs.lookup("roster"))
async def look_up_rosters(request: Request) -> Response:
    return await _look_up(request, "roster")


async def _look_up(request: Request, kind: str) -> Response:
    call = await authenticated(request, with_body=True)
    return Json({"records": await looked_up(call, kind, json_object(call.body))})


@router.get("/v1/contracts/{code}", **blocks_docs.answers("A contract by its code"))
async def show_contract(request: Request, code: str) -> Response:
    call = await authenticated(request)
    return Json(await whole(call, await contract_by_code(call, code)))


@router.get("/v1/rosters/{group_no:path}", **blocks_docs.answers("A roster by its group number"))
async def show_roster(request: Request, group_no: str) -> Response:
    call = await authenticated(request)
    row = await roster_by_group(call, group_no, request.query_params.get("agency_uscc"))
    return Json(await whole(call, row))


@router.post("/v1/contracts/{code}/state", **records_docs.state("contract"))
async def move_contract(request: Request, code: str) -> Response:
    call = await authenticated(request, with_body=True)
    return await _move(call, await contract_by_code(call, code))


@router.post("/v1/rosters/{group_no:path}/state", **records_docs.state("roster"))
async def move_roster(request: Request, group_no: str) -> Response:
    call = await authenticated(request, with_body=True)
    return await _move(call, await roster_by_group(call, group_no, request.query_params.get("agency_uscc")))


async def _move(call: Call, row: RecordRow) -> Response:
    wanted = json_object(call.body).get("state")
    states = own_life(row.kind).machine.states
    if not isinstance(wanted, str) or wanted not in states:
        raise bad_parameter("state", " | ".join(states))
    state = await call.services.transitions.move(call.principal, row, wanted)
    return Json({"kind": row.kind, "key": row.key, "code": row.code, "state": state})


@router.get("/v1/contracts/{code}/qr.png", **blocks_docs.file("image/png"))
async def qr_png(request: Request, code: str) -> Response:
    call = await authenticated(request)
    size = _print_size(request)
    return Response(qr_image.png(await _qr_text(call, code), size), media_type="image/png")


@router.get("/v1/contracts/{code}/qr.svg", **blocks_docs.file("image/svg+xml"))
async def qr_svg(request: Request, code: str) -> Response:
    call = await authenticated(request)
    size = _print_size(request)
    return Response(qr_image.svg(await _qr_text(call, code), size), media_type="image/svg+xml")


async def _qr_text(call: Call, code: str) -> str:
    """What is drawn for a contract in sight. Raises Refused (REQUEST-003)."""
    qr_text = (await contract_by_code(call, code)).qr_text
    if qr_text is None:
        raise Refused(problems.NOT_FOUND)
    return qr_text


def _print_size(request: Request) -> int:
    size = whole_number(request, "size_mm", 30, 1, 1000)
    if size not in qr_image.PRINT_SIZES_MM:
        raise bad_parameter("size_mm", " | ".join(map(str, qr_image.PRINT_SIZES_MM)))
    return size


@router.put("/v1/contracts/{code}/document", **records_docs.document())
async def put_document(request: Request, code: str) -> Response:
    call = await authenticated(request, with_body=True)
    created, document = await stored_document(call, code, call.body)
    return Json(document, 201 if created else 200)


@router.get("/v1/contracts/{code}/document", **blocks_docs.file("application/pdf"))
async def get_document(request: Request, code: str) -> Response:
    call = await authenticated(request)
    row = await contract_by_code(call, code)
    if call.principal.tenant.id != row.tenant_id:
        raise Refused(problems.FORBIDDEN)
    pdf = await call.services.documents.get(call.principal, row)
    if pdf is None:
        raise Refused(problems.NOT_FOUND)
    return Response(pdf, media_type="application/pdf")
