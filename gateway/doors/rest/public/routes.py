"""What anyone may ask: is this code or QR genuine, with which keys is it signed, what has been revoked."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.lookup import verdict_on
from gateway.doors.requests import DirectRoute, Json, bad_parameter, bounded_body, json_object, services_of
from gateway.doors.rest.public import words as public_docs
from gateway.transparency import tiles
from gateway.transparency.published import LOG_PATH
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["public"])

_MOST_BYTES = 10_000
_TEXT = "text/plain; charset=utf-8"


@router.get(
    "/v1/verify/{entered}",
    **public_docs.public(Text("核验合同编码或二维码内容", "The verdict on a contract code or QR payload")),
)
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


@router.get(
    "/.well-known/jwks.json",
    **public_docs.public(
        Text("获取验证二维码和回执的公钥（含已停用的）", "Keys that verify QR codes and receipts, retired ones too")
    ),
)
async def jwks(request: Request) -> Response:
    return Json(services_of(request).keyring.as_jwks(), headers={"Cache-Control": "public, max-age=300"})


@router.get(
    "/.well-known/yizhan-revocations",
    **blocks_docs.signed(Text("获取已签名的失效编码清单", "Signed list of void codes"), is_public=True),
)
async def revocations(request: Request) -> Response:
    bundle = await services_of(request).revocations.bundle()
    return Response(bundle, media_type="application/jose", headers={"Cache-Control": "public, max-age=300"})


@router.get(
    f"{LOG_PATH}/checkpoint",
    **public_docs.log_text(
        Text("获取存证日志的最新签名检查点", "The newest signed checkpoint of the transparency log")
    ),
)
async def log_checkpoint(request: Request) -> Response:
    note = await services_of(request).published_log.checkpoint()
    if note is None:
        raise Refused(problems.NOT_FOUND)
    return Response(note, media_type=_TEXT, headers={"Cache-Control": "public, max-age=2"})


@router.get(
    f"{LOG_PATH}/key",
    **public_docs.log_text(Text("获取检查点的签名公钥", "The key that checkpoints are signed with, for monitors")),
)
async def log_key(request: Request) -> Response:
    key = services_of(request).published_log.verifier_key()
    return Response(f"{key}\n", media_type=_TEXT, headers={"Cache-Control": "public, max-age=300"})


@router.get(LOG_PATH + "/tile/{path:path}", **public_docs.log_tile())
async def log_tile(request: Request, path: str) -> Response:
    asked = tiles.asked_for(path)
    content = None if asked is None else await services_of(request).published_log.content(asked)
    if content is None:
        raise Refused(problems.NOT_FOUND)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="application/octet-stream", headers=headers)
