"""What anyone may ask: is this code or QR genuine, with which keys is it signed, what has been revoked."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.lookup import verdict_on
from gateway.doors.requests import DirectRoute, Json, bad_parameter, bounded_body, json_object, services_of
from gateway.doors.rest.public import words as public_docs

router = APIRouter(route_class=DirectRoute, tags=["public"])

_MOST_BYTES = 10_000


@router.get("/v1/verify/{entered}", **public_docs.public("The verdict on a contract code or QR payload"))
async def verify(request: Request, entered: str) -> Response:
    return await _verdict(request, entered)


@router.post("/v1/verify", **public_docs.verify_text())
async def verify_text(request: Request) -> Response:
    entered = json_object(await bounded_body(request, _MOST_BYTES), "text").get("text")
    if not isinstance(entered, str):
        raise bad_parameter("text", "string")
    return await _verdict(request, entered)


async def _verdict(request: Request, entered: str) -> Response:
    return Json(await verdict_on(services_of(request), entered))


@router.get("/.well-known/jwks.json", **public_docs.public("Keys that verify QR codes and receipts, retired ones too"))
async def jwks(request: Request) -> Response:
    return Json(services_of(request).keyring.as_jwks(), headers={"Cache-Control": "public, max-age=300"})


@router.get("/.well-known/yizhan-revocations", **blocks_docs.signed("Signed list of void codes", is_public=True))
async def revocations(request: Request) -> Response:
    bundle = await services_of(request).revocations.bundle()
    return Response(bundle, media_type="application/jose", headers={"Cache-Control": "public, max-age=300"})
