"""Materials of filings: an authority lists and reads them, the agency hands them in at its own desk."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.authority.filing_materials import Material, NewMaterial
from gateway.doors.lookup import seen_body
from gateway.doors.requests import DirectRoute, Json, authenticated, services_of
from gateway.doors.rest.filed.routes import found
from gateway.doors.rest.materials import words as docs
from gateway.doors.sent_forms import FORM_AROUND, sent_form
from schemas import catalog
from schemas.masking import masked

router = APIRouter(route_class=DirectRoute, tags=["filed records"])
_PDF = "application/pdf"


@router.get("/v1/filings/{key}/materials", **docs.listed())
async def list_materials(request: Request, key: str) -> Response:
    call = await authenticated(request)
    row = await found(call, "filing", key, request.query_params.get("partner"))
    return Json({"key": row.key, "materials": _documents(await call.services.materials.listed(call.principal, row))})


@router.get("/v1/filings/{key}/materials/{sha256}", **docs.read())
async def read_material(request: Request, key: str, sha256: str) -> Response:
    call = await authenticated(request)
    row = await found(call, "filing", key, request.query_params.get("partner"))
    return Response(await call.services.materials.read(call.principal, row, sha256), media_type=_PDF)


@router.get("/v1/own-agency/filings/{key}", **docs.own_filing())
async def show_own_filing(request: Request, key: str) -> Response:
    call = await authenticated(request)
    row = await call.services.own_agency.filing(call.principal, key)
    body = masked(await seen_body(call, row), catalog.kind(row.schema))
    materials = _documents(await call.services.materials.listed(call.principal, row))
    return Json({"key": row.key, "version": row.version, "state": row.state, "body": body, "materials": materials})


@router.post("/v1/own-agency/filings/{key}/materials", **docs.hand_in())
async def hand_material_in(request: Request, key: str) -> Response:
    most_bytes = services_of(request).settings.http.max_document_bytes
    call = await authenticated(request, with_body=True, most_bytes=most_bytes + FORM_AROUND)
    row = await call.services.own_agency.filing(call.principal, key)
    form = sent_form(request.headers.get("content-type", ""), call.body)
    file = form.files.get("file")
    content = b"" if file is None else file.content
    new = NewMaterial(name=form.fields.get("name", ""), kind=form.fields.get("kind", ""), content=content)
    stored = await call.services.materials.hand_in(call.principal, row, new)
    document = {"key": row.key, "sha256": stored.sha256, "size_bytes": stored.size_bytes, "pages": stored.pages}
    return Json(document, 201 if stored.is_new else 200)


@router.delete("/v1/own-agency/filings/{key}/materials/{sha256}", **docs.take_back())
async def take_material_back(request: Request, key: str, sha256: str) -> Response:
    call = await authenticated(request)
    row = await call.services.own_agency.filing(call.principal, key)
    await call.services.materials.take_back(call.principal, row, sha256)
    return Response(status_code=204)


@router.get("/v1/own-agency/filings/{key}/materials/{sha256}", **docs.read(()))
async def read_own_material(request: Request, key: str, sha256: str) -> Response:
    call = await authenticated(request)
    row = await call.services.own_agency.filing(call.principal, key)
    return Response(await call.services.materials.read(call.principal, row, sha256), media_type=_PDF)


def _documents(materials: list[Material]) -> list[dict[str, object]]:
    return [asdict(each) for each in materials]
