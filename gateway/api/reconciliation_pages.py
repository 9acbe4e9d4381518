"""Reconciliations as pages for officials and operators.

A browser proves who it is by HTTP Basic: the key id is the user, the secret the password. It sends both with every
request to us, whoever caused it, so a decision is only taken from a form of our own pages.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from urllib.parse import parse_qsl, quote
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import problems
from gateway.access.accounts import Principal, Role
from gateway.api.reconciliations import csv_response, workbook_response
from gateway.api.requests import bad_parameter, bounded_body, must_be_encrypted, services_of
from gateway.console.languages import chosen
from gateway.console.reconciliations import MOST_SHOWN, shown_list, shown_run
from gateway.console.rendering import page
from gateway.problems import Refused
from gateway.reconcile.classes import Class, Decision
from gateway.reconcile.trends import trend

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Yizhan", charset="UTF-8"'}
_MOST_RUNS = 200
_MOST_LISTED = 30
_MOST_DAYS = 31
_LONGEST_FORM = 4096
_PAGE = "/reconciliations/{run_id:uuid}"


async def runs_page(request: Request) -> Response:
    """The newest runs, of one connector with its trend."""
    visitor = await _visitor(request)
    connector = request.query_params.get("connector", "").replace("\0", "") or None
    runs = await services_of(request).reconciliations.listed(visitor.scope, connector, limit=_MOST_RUNS)
    days = trend(runs)[-_MOST_DAYS:] if connector else []
    shown = shown_list(runs[:_MOST_LISTED], days, chosen(request).language)
    return page(request, "reconciliations.html", connector=connector or "", **shown)


async def run_page(request: Request) -> Response:
    """The report of one run."""
    visitor, reconciliations = await _visitor(request), services_of(request).reconciliations
    class_ = request.query_params.get("class")
    if class_ not in (None, *Class):
        raise bad_parameter("class", " | ".join(Class))
    run = await reconciliations.find(visitor.scope, request.path_params["run_id"])
    totals = await reconciliations.totals(visitor.scope, run.id)
    rows = await reconciliations.discrepancies(visitor.scope, run.id, class_=class_, limit=MOST_SHOWN + 1)
    decides = visitor.role is not Role.PARTNER
    shown = shown_run(run, totals, rows, chosen(request).language, decides=decides)
    return page(request, "reconciliation.html", chosen_class=class_ or "", **shown)


async def csv_file(request: Request) -> Response:
    visitor, services = await _visitor(request), services_of(request)
    run = await services.reconciliations.find(visitor.scope, request.path_params["run_id"])
    return csv_response(services, visitor, run.id)


async def workbook_file(request: Request) -> Response:
    visitor, services = await _visitor(request), services_of(request)
    run = await services.reconciliations.find(visitor.scope, request.path_params["run_id"])
    return await workbook_response(services, visitor, run)


async def decide(request: Request) -> Response:
    """A decision from the form beside a discrepancy, and back to it."""
    if request.headers.get("sec-fetch-site") != "same-origin":
        raise Refused(problems.FORBIDDEN)
    visitor, services, run_id = await _visitor(request), services_of(request), request.path_params["run_id"]
    body = await bounded_body(request, _LONGEST_FORM)
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    if form.get("decision") not in tuple(Decision):
        raise bad_parameter("decision", " | ".join(Decision))
    run = await services.reconciliations.find(visitor.scope, run_id)
    kind, key = form.get("kind", "").replace("\0", ""), form.get("key", "").replace("\0", "")
    await services.repairs.decide(visitor, run, kind, key, Decision(form["decision"]))
    return RedirectResponse(_place(run_id, kind, key), 303)


def _place(run_id: UUID, kind: str, key: str) -> str:
    return f"/reconciliations/{run_id}#{quote(f'{kind}/{key}')}"


async def _visitor(request: Request) -> Principal:
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


router = APIRouter(include_in_schema=False)
for _path, _endpoint in {
    "/reconciliations": runs_page,
    _PAGE: run_page,
    f"{_PAGE}.csv": csv_file,
    f"{_PAGE}.xlsx": workbook_file,
}.items():
    router.add_route(_path, _endpoint, methods=["GET"], include_in_schema=False)
router.add_route(f"{_PAGE}/decision", decide, methods=["POST"], include_in_schema=False)
