"""Personal values in clear, on a page of their own: asked for beside a record, with a purpose."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.authority.revealing import PURPOSES
from gateway.console.shell import framing
from gateway.console.shell.bodies import place_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.visitors import LONGEST_FORM, every_field_of, fields_of, own_body, own_place
from gateway.doors.requests import Asked, services_of
from gateway.doors.reveal_requests import purpose_asked, record_asked
from gateway.wording.languages import word

_NAMED = ("kind", "key", "agency_uscc", "partner", "back")


async def reveal(request: Request) -> Response:
    """The values, shown once; the browser keeps nothing of it."""
    person, body = await own_body(request, LONGEST_FORM, Power.REVEAL)
    form, fields = fields_of(body), every_field_of(body, "field")
    kind, key, agency, partner, back = (form.get(name, "") for name in _NAMED)
    services, language = services_of(request), chosen(request).language
    purpose = purpose_asked(form.get("purpose"))
    row = await record_asked(Asked(services, person), kind, key, agency, partner=partner)
    found = await services.revealing.reveal(person, row, fields, purpose)
    return await framed(
        request,
        person,
        "revealed.html",
        key=row.code or row.key,
        purpose=word(PURPOSES[purpose], language),
        values=[{"place": place_of(kind, pointer, language), "text": value} for pointer, value in found.items()],
        back=own_place(back, "/desk"),
    )


router = APIRouter(include_in_schema=False)
framing.add(router, "/reveal", reveal, "POST")
