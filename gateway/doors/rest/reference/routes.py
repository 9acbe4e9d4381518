"""The OpenAPI document: in English, for generators of clients too, and in Chinese."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.requests import DirectRoute, Json
from gateway.doors.rest import openapi
from gateway.wording.languages import EN, ZH

router = APIRouter(route_class=DirectRoute, include_in_schema=False)


@router.get("/openapi.json")
async def in_english(request: Request) -> Response:
    return Json(openapi.document(request.app, EN))


@router.get("/openapi.zh.json")
async def in_chinese(request: Request) -> Response:
    return Json(openapi.document(request.app, ZH))
