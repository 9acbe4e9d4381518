"""Pages for people: what this service is, the verdict on a contract, the API reference, the meaning of each problem."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.console.field_checks.links import check_place
from gateway.console.public import problem_pages
from gateway.console.public.status_page import status_page
from gateway.console.public.words import shown
from gateway.console.shell import assets
from gateway.console.shell.language import chosen
from gateway.console.shell.rendering import page
from gateway.contracts.verifying import Verdict
from gateway.wiring.services import Services

_LONGEST_TEXT = 4000
_LONGEST_CODE = 60
_STATUS = {Verdict.UNKNOWN: 404, Verdict.FORGED: 404, Verdict.ALTERED: 409}

DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The API viewer writes styles of its own and sends the requests that its reader tries out, to this service only."""


async def home(request: Request) -> Response:
    return page(request, "home.html", entered="")


async def verify_form(request: Request) -> Response:
    """The form, or the verdict on `?text=`."""
    entered = request.query_params.get("text", "").strip()
    if not entered:
        return page(request, "verify_form.html", entered="")
    return await _verdict(request, entered[:_LONGEST_TEXT])


async def scanned(request: Request) -> Response:
    """What a phone opens from a QR; a code typed in the QR's place is welcome too."""
    return await _verdict(request, request.path_params["payload"])


async def _verdict(request: Request, entered: str) -> Response:
    services: Services = request.app.state.services
    verification = await services.verifier.verify(entered)
    context = shown(verification, chosen(request).language)
    facts = verification.facts
    check_at = "" if facts is None else await check_place(request, facts.code)
    status = _STATUS.get(verification.verdict, 200)
    again = entered if verification.verdict is Verdict.UNKNOWN and len(entered) <= _LONGEST_CODE else ""
    return page(request, "verdict.html", status, entered=again, check_at=check_at, **context)


async def problem_list(request: Request) -> Response:
    return page(request, "problems.html", families=problem_pages.families())


async def problem(request: Request) -> Response:
    entry = problem_pages.entries().get(request.path_params["code"].upper())
    if entry is None:
        raise HTTPException(404)
    return page(request, "problem.html", entry=entry)


async def docs(request: Request) -> Response:
    return page(request, "docs.html", policy=DOCS)


router = APIRouter(include_in_schema=False)
for _path, _endpoint in {
    "/TEST/V/{payload}": scanned,
    "/test/v/{payload}": scanned,
    "/V/{payload}": scanned,
    "/v/{payload}": scanned,
    "/verify": verify_form,
    "/": home,
    "/problems": problem_list,
    "/problems/{code}": problem,
    "/docs": docs,
    "/status": status_page,
    "/static/{name:path}": assets.serve,
}.items():
    # Plain routes: these pages take nothing that wants FastAPI's parsing, and scanned() is called often.
    router.add_route(_path, _endpoint, methods=["GET"], include_in_schema=False)
