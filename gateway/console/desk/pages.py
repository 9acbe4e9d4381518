"""My desk: what waits for whoever has signed in, by their duties."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.base.clock import Clock
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.visitors import visitor
from gateway.doors.requests import services_of
from gateway.persons.duties import titles_of
from gateway.wording.dates import day
from gateway.wording.languages import word


async def desk_page(request: Request) -> Response:
    person, language = await visitor(request), chosen(request).language
    factors = await services_of(request).own_account.factors(person)
    return await framed(
        request,
        person,
        "desk.html",
        name=person.contact.name,
        duties=[word(title, language) for title in titles_of(person.duties)],
        today=day(Clock.china_today(), language),
        lacks_second=not factors.has_totp and not factors.passkeys,
        few_codes=factors.recovery_codes if factors.has_totp or factors.passkeys else None,
    )


router = APIRouter(include_in_schema=False)
framing.add(router, "/desk", desk_page)
