"""How the exchange is doing, as a page for whoever operates."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.console.operations.words import shown_history, shown_overview
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import visitor
from gateway.doors.requests import services_of
from schemas.findings import Text

_PATH = "/operations"


async def overview_page(request: Request) -> Response:
    """Every queue with its age, what came in, what is held up, how far the calendar reaches."""
    person = await visitor(request, Power.OPERATE)
    operations, language = services_of(request).operations, chosen(request).language
    overview = await operations.overview(person.scope)
    shown = shown_overview(overview, language) | shown_history(await operations.history(), overview.at, language)
    return await framed(request, person, "operations.html", **shown)


MENU = (Entry(55, _PATH, Text("运行状况", "Operations"), Section.EXCHANGE, Power.OPERATE),)

router = APIRouter(include_in_schema=False)
framing.add(router, _PATH, overview_page)
