"""Contracts as pages: the list, one with its life, its QR, its document and where it came from."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.contracts.words import BASE, TABLE, lines, shown_document
from gateway.console.revealing.words import reveal_choices
from gateway.console.shell import framing
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.lives import life_of
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.record_lists import RecordList, add_files, shown_records
from gateway.console.shell.record_words import shown_record, shown_steps
from gateway.console.shell.visitors import visitor
from gateway.doors.looking_into import looked_into
from gateway.doors.lookup import record_by_code
from gateway.doors.requests import Asked, Inquiry, services_of
from gateway.ledger.rows import RecordRow
from gateway.persons.person import Person
from gateway.trust import qr_image
from schemas.findings import Text

_READ = Power.READ_CONTRACTS
_LIST = RecordList(kind="contract", needs=_READ, table=TABLE, lines=lines)
_ONE = f"{BASE}/{{code}}"


async def list_page(request: Request) -> Response:
    """The newest contracts in sight, unless something else is asked for."""
    principal = await visitor(request, _READ)
    return await framed(request, principal, "contracts.html", table=await shown_records(request, principal, _LIST))


async def one_page(request: Request) -> Response:
    """A contract with its people, masked, its code and QR, its document, its life and where it came from."""
    person = await visitor(request, _READ)
    call, row = await _found(request, person)
    language, reader = chosen(request).language, call.services.reader
    into = await looked_into(call, row)
    document = await reader.document(call.principal.scope, row)
    return await framed(
        request,
        person,
        "contract.html",
        row=shown_record(row, into, language),
        body=shown_body("contract", into.body, into.findings, language),
        reveal=reveal_choices(person, row, into.body, back=f"{BASE}/{row.code}", language=language),
        versions=shown_steps("contract", into.steps, language),
        life=await life_of(call, row, into.steps, language),
        document=shown_document(document, language),
    )


async def picture(request: Request) -> Response:
    """The QR of a contract, as it is printed."""
    _, row = await _found(request, await visitor(request, _READ))
    if row.qr_text is None:
        raise Refused(problems.NOT_FOUND)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(qr_image.svg(row.qr_text), headers=headers, media_type="image/svg+xml")


async def _found(request: Request, person: Person) -> tuple[Inquiry, RecordRow]:
    """The contract of the address. Raises Refused (REQUEST-003)."""
    call = Asked(services_of(request), person)
    row = await record_by_code(call, request.path_params["code"])
    if row.kind != "contract":
        raise Refused(problems.NOT_FOUND)
    return call, row


MENU = (Entry(40, BASE, Text("电子合同", "Contracts"), Section.RECORDS, _READ),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
add_files(router, _LIST)
framing.add(router, f"{_ONE}/qr.svg", picture)
framing.add(router, _ONE, one_page)
