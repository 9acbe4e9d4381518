"""What the pages for officials and operators share: who looks, forms of our own, refusals as pages.

A browser proves who it is by HTTP Basic: the key id is the user, the secret the password. It sends both with every
request to us, whoever caused it, so a decision is only taken from a form of our own pages.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import Principal
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell.rendering import page
from gateway.doors.requests import bounded_body, must_be_encrypted, services_of

Endpoint = Callable[[Request], Awaitable[Response]]
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Yizhan", charset="UTF-8"'}
LONGEST_FORM = 4096


def add(router: APIRouter, path: str, endpoint: Endpoint, method: str = "GET") -> None:
    """Serve a page whose refusals are pages as well."""

    @wraps(endpoint)
    async def shown(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refusal:
            return _refusal(request, refusal)

    router.add_route(path, shown, methods=[method], include_in_schema=False)


async def visitor(request: Request) -> Principal:
    """Who looks. Raises Refused (AUTH-001), upon which a browser asks for key id and secret."""
    must_be_encrypted(request)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, secret = b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = secret = ""
    if scheme.lower() != "basic" or not user:
        raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)
    try:
        return await services_of(request).authenticator.with_secret(user.replace("\0", ""), secret)
    except Refused as refusal:
        raise Refused(refusal.problem, refusal.detail, headers=_CHALLENGE) from None


async def own_form(request: Request) -> tuple[Principal, dict[str, str]]:
    """Who decides, and the fields of the form. Raises Refused (AUTH-005) for a form of another site or a partner's."""
    principal, body = await own_body(request, LONGEST_FORM)
    return principal, fields_of(body)


async def own_body(request: Request, most_bytes: int) -> tuple[Principal, bytes]:
    """Who decides, and what a page of ours has sent. Raises Refused (AUTH-005) as `own_form` does."""
    must_be_own(request)
    principal = await visitor(request)
    if not principal.decides:
        raise Refused(problems.FORBIDDEN)
    return principal, await bounded_body(request, most_bytes)


def must_be_own(request: Request) -> None:
    """Raises Refused (AUTH-005) for what another site had the browser send."""
    if request.headers.get("sec-fetch-site") != "same-origin":
        raise Refused(problems.FORBIDDEN)


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form."""
    return {name: value.replace("\0", "") for name, value in parse_qsl(body.decode("utf-8", "replace"))}


def _refusal(request: Request, refusal: Refused) -> Response:
    status = refusal.problem.status
    answer = page(request, "refusal.html", status, problem=refusal.problem, detail=refusal.detail)
    answer.headers.update(refusal.headers)
    return answer
