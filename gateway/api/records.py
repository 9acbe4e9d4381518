"""Looking records up, moving their states, their QR images and documents."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway import audit
from gateway.api.descriptions import blocks as blocks_docs
from gateway.api.descriptions import records as records_docs
from gateway.api.requests import Call, DirectRoute, Json, authenticated, bad_parameter, json_object, whole_number
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger.lifecycle import TRANSITIONS
from gateway.ledger.sealed import body_place
from gateway.trust import qr_image
from gateway.trust.codes import grouped
from schemas import catalog
from schemas.findings import Text
from schemas.masking import masked

router = APIRouter(route_class=DirectRoute, tags=["records"])

_MOST_LOOKUPS = 1000
_KIND_OF = {"contracts": "contract", "rosters": "roster"}
_KEY_PARAMETER = {"contract": "business_no", "roster": "group_no"}
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
    return Json({"records": [_document(call, row) for row in await _rows(call, kind, wanted)]})


@router.post("/v1/contracts/lookup", **records_docs.lookup("contract"))
async def look_up_contracts(request: Request) -> Response:
    return await _look_up(request, "contract")


@router.post("/v1/rosters/lookup", **records_docs.lookup("roster"))
async def look_up_rosters(request: Request) -> Response:
    return await _look_up(request, "roster")


async def _look_up(request: Request, kind: str) -> Response:
    call = await authenticated(request, with_body=True)
    return Json({"records": await looked_up(call, kind, json_object(call.body))})


async def looked_up(call: Call, kind: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The caller's records of one kind by lists of codes, numbers or hashes. Raises Refused (REQUEST-001)."""
    allowed = {_KEY_PARAMETER[kind], "content_sha256"} | ({"code"} if kind == "contract" else set())
    if not wanted or not wanted.keys() <= allowed:
        raise bad_parameter("body", " | ".join(sorted(allowed)))
    for name, values in wanted.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise bad_parameter(name, "[string]")
    if sum(map(len, wanted.values())) > _MOST_LOOKUPS:
        raise bad_parameter("body", f"<= {_MOST_LOOKUPS}")
    return [_document(call, row) for row in await _rows(call, kind, wanted)]


async def _rows(call: Call, kind: str, wanted: dict[str, list[str]]) -> list[Any]:
    """Rows of one kind by every criterion given, each row once."""
    reader, scope = call.services.reader, call.principal.scope
    found: dict[tuple[int, str], Any] = {}
    for name, values in wanted.items():
        clean = [value.replace("\0", "") for value in values]
        if name == "code":
            codes = [code for value in clean if (code := call.services.scheme.parse(value))]
            rows = await reader.by_codes(scope, codes)
        elif name == "content_sha256":
            rows = await reader.by_hashes(scope, kind, [_hash(value) for value in clean])
        elif name == "state":
            rows = await reader.rosters_by_state(scope, clean[0])
        elif name == "document_no":
            if scope.tenant_id is None:  # the index is keyed by tenant: others would find nothing and believe it
                raise Refused(problems.FORBIDDEN)
            rows = [row for v in clean for row in await reader.by_person(scope, call.principal.tenant.seal.blind(v))]
        else:
            rows = await reader.by_keys(scope, kind, clean)
        found.update({(row.tenant_id, row.key): row for row in rows if row.kind == kind})
    return list(found.values())


def _hash(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise bad_parameter("content_sha256", "64 hex") from None


@router.get("/v1/contracts/{code}", **blocks_docs.answers("A contract by its code"))
async def show_contract(request: Request, code: str) -> Response:
    call = await authenticated(request)
    return Json(await whole(call, await _contract(call, code)))


@router.get("/v1/rosters/{group_no:path}", **blocks_docs.answers("A roster by its group number"))
async def show_roster(request: Request, group_no: str) -> Response:
    call = await authenticated(request)
    row = await _roster(call, group_no, request.query_params.get("agency_uscc"))
    return Json(await whole(call, row))


@router.post("/v1/contracts/{code}/state", **records_docs.state("contract"))
async def move_contract(request: Request, code: str) -> Response:
    call = await authenticated(request, with_body=True)
    return await _move(call, await _contract(call, code))


@router.post("/v1/rosters/{group_no:path}/state", **records_docs.state("roster"))
async def move_roster(request: Request, group_no: str) -> Response:
    call = await authenticated(request, with_body=True)
    return await _move(call, await _roster(call, group_no, request.query_params.get("agency_uscc")))


async def _move(call: Call, row: Any) -> Response:
    wanted = json_object(call.body).get("state")
    states = TRANSITIONS[row.kind]
    if not isinstance(wanted, str) or wanted not in states:
        raise bad_parameter("state", " | ".join(states))
    state = await call.services.transitions.move(call.principal, row, wanted)
    return Json({"kind": row.kind, "key": row.key, "code": row.code, "state": state})


@router.get("/v1/contracts/{code}/qr.png", **blocks_docs.file("image/png"))
async def qr_png(request: Request, code: str) -> Response:
    call = await authenticated(request)
    size = _print_size(request)
    return Response(qr_image.png((await _contract(call, code)).qr_text, size), media_type="image/png")


@router.get("/v1/contracts/{code}/qr.svg", **blocks_docs.file("image/svg+xml"))
async def qr_svg(request: Request, code: str) -> Response:
    call = await authenticated(request)
    size = _print_size(request)
    return Response(qr_image.svg((await _contract(call, code)).qr_text, size), media_type="image/svg+xml")


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


async def stored_document(call: Call, code: str, pdf: bytes) -> tuple[bool, dict[str, Any]]:
    """Whether the document of a contract is new, and what is told of it. Raises Refused."""
    row = await _contract(call, code)
    if call.principal.tenant.id != row.tenant_id:
        raise Refused(problems.FORBIDDEN)
    stored = await call.services.documents.put(call.principal, row, pdf)
    return stored.created, {
        "code": row.code,
        "sha256": stored.sha256.hex(),
        "size_bytes": stored.size_bytes,
        "pages": stored.pages,
        "code_printed": stored.code_printed,
    }


@router.get("/v1/contracts/{code}/document", **blocks_docs.file("application/pdf"))
async def get_document(request: Request, code: str) -> Response:
    call = await authenticated(request)
    row = await _contract(call, code)
    if call.principal.tenant.id != row.tenant_id:
        raise Refused(problems.FORBIDDEN)
    pdf = await call.services.documents.get(call.principal, row)
    if pdf is None:
        raise Refused(problems.NOT_FOUND)
    return Response(pdf, media_type="application/pdf")


async def _contract(call: Call, entered: str) -> Any:
    code = call.services.scheme.parse(entered)
    rows = await call.services.reader.by_codes(call.principal.scope, [code]) if code else []
    if not rows:
        raise Refused(problems.NOT_FOUND)
    return rows[0]


async def _roster(call: Call, group_no: str, agency_uscc: str | None) -> Any:
    found = await call.services.reader.by_keys(call.principal.scope, "roster", [group_no.replace("\0", "")])
    rows = [row for row in found if agency_uscc in (None, row.agency_uscc)]
    if not rows:
        raise Refused(problems.NOT_FOUND)
    if len(rows) > 1:
        detail = Text("多家旅行社使用此团号，请用参数 agency_uscc 指明", "Several agencies use it: give agency_uscc")
        agencies = [{"agency_name": row.agency_name, "agency_uscc": row.agency_uscc} for row in rows]
        raise Refused(problems.BAD_REQUEST, detail, agencies=agencies)
    return rows[0]


async def whole(call: Call, row: Any) -> dict[str, Any]:
    """A record with its history. Officials see the body too, personal values masked, and that they looked is kept."""
    document = _document(call, row)
    if "body" not in document:
        seal = (await call.services.accounts.tenant(row.tenant_id)).seal
        body = orjson.loads(seal.open(bytes(row.body), body_place(row.tenant_id, row.kind, row.key)))
        document["body"] = masked(body, catalog.kind(row.schema))
        async with call.services.database.writing() as connection:
            await audit.record(connection, call.principal, f"{row.kind}.view", row.code or row.key)
    return document | {"earlier_versions": await _earlier_versions(call, row)}


async def _earlier_versions(call: Call, row: Any) -> list[dict[str, Any]]:
    versions = await call.services.reader.versions(call.principal.scope, row.tenant_id, row.kind, row.key)
    return [
        {
            "version": version.version,
            "state": version.state,
            "content_sha256": bytes(version.content_hash).hex(),
            "submission_id": str(version.submission_id),
            "stored_at": version.stored_at,
            "replaced_at": version.replaced_at,
        }
        for version in versions
    ]


def _document(call: Call, row: Any) -> dict[str, Any]:
    """A record as its owner sees it; for others the facts without the sealed body."""
    document: dict[str, Any] = {
        "kind": row.kind,
        "key": row.key,
        "schema": row.schema,
        "version": row.version,
        "state": row.state,
        "subkind": row.subkind,
        "agency_name": row.agency_name,
        "agency_uscc": row.agency_uscc,
        "depart_on": row.depart_on,
        "return_on": row.return_on,
        "headcount": row.headcount,
        "division": row.division,
        "content_sha256": bytes(row.content_hash).hex(),
        "submission_id": str(row.submission_id),
        "stored_at": row.stored_at,
        "issued_at": row.issued_at,
    }
    if row.code is not None:
        document |= {"code": row.code, "code_printed": grouped(row.code), "qr_text": row.qr_text}
    if row.tenant_id == call.principal.tenant.id:
        place = body_place(row.tenant_id, row.kind, row.key)
        document["body"] = orjson.Fragment(call.principal.tenant.seal.open(bytes(row.body), place))
    return document
