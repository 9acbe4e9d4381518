"""Where the QR of a printed roster leads: the facts to compare with the paper, then what became of it. No login."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.console.sealed_rosters.words import shown
from gateway.console.shell.language import chosen
from gateway.console.shell.rendering import page
from gateway.seals.sealed_rosters import PATH
from gateway.wiring.services import Services
from gateway.wording.dates import moment


async def scanned(request: Request) -> Response:
    """A code that is not known is answered alike, whatever is wrong with it."""
    services: Services = request.app.state.services
    language = chosen(request).language
    checked_at = moment(Clock.now(), language)
    try:
        found = await services.sealed_rosters.facts(request.path_params["code"])
    except Refused as refusal:
        status = refusal.problem.status
        return page(request, "printed_roster.html", status, facts=None, tone="none", checked_at=checked_at)
    context = shown(found, language)
    return page(request, "printed_roster.html", checked_at=checked_at, **context)


router = APIRouter(include_in_schema=False)
for _path in (PATH, PATH.lower()):
    router.add_route(f"{_path}{{code}}", scanned, methods=["GET"], include_in_schema=False)
