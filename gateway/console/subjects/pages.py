"""Subject access as pages. The number that is looked for comes in a form each time, never in an address."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.base.problems import Refused
from gateway.console.shell import framing
from gateway.console.shell.explaining import explained
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import Row
from gateway.console.shell.visitors import Endpoint, own_form, visitor
from gateway.console.subjects.words import BASE, TABLE, lines, purposes
from gateway.doors.requests import services_of
from gateway.doors.retention_requests import subject_asked
from gateway.persons.person import Person
from schemas.findings import Text

_NEEDED = Power.MANAGE_RETENTION
_FORM = ("document_no", "request_no", "purpose")


async def first_page(request: Request) -> Response:
    """Where the number, the request and the purpose are entered."""
    return await _page(request, await visitor(request, _NEEDED), {})


async def _page(
    request: Request,
    person: Person,
    written: dict[str, str],
    *,
    found: Sequence[Row] | None = None,
    erased: int | None = None,
    refusal: Refused | None = None,
) -> Response:
    language = chosen(request).language
    return await framed(
        request,
        person,
        "subjects.html",
        200 if refusal is None else refusal.problem.status,
        written={name: written.get(name, "") for name in _FORM},
        purposes=purposes(language),
        columns=TABLE.headings(language),
        found=found,
        erased=erased,
        wrong=explained(refusal, language),
    )


async def look_up(request: Request) -> Response:
    """What is held of the person."""
    person, form = await own_form(request, _NEEDED)
    try:
        held = await services_of(request).subjects.held(person, subject_asked(form))
    except Refused as refusal:
        return await _page(request, person, form, refusal=refusal)
    return await _page(request, person, form, found=lines(held, chosen(request).language))


async def erase(request: Request) -> Response:
    """Empty what is due, and tell what stays."""
    person, form = await own_form(request, _NEEDED)
    done = await services_of(request).subjects.erase(person, subject_asked(form))
    staying = lines(done.staying, chosen(request).language)
    return await _page(request, person, form, found=staying, erased=done.erased)


def _file(extension: str) -> Endpoint:
    async def file(request: Request) -> Response:
        person, form = await own_form(request, _NEEDED)
        held = await services_of(request).subjects.held(person, subject_asked(form))
        every = lines(held, chosen(request).language)

        async def rows(limit: int, offset: int) -> Sequence[Row]:
            return every[offset : offset + limit]

        return await file_of(request, person, TABLE, rows, extension=extension)

    return file


MENU = (Entry(106, BASE, Text("个人查询", "Subject access"), Section.OVERSIGHT, _NEEDED),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, first_page)
framing.add(router, BASE, look_up, "POST")
framing.add(router, f"{BASE}/erase", erase, "POST")
framing.add(router, f"{BASE}/report.xlsx", _file("xlsx"), "POST")
