"""One qualification record as a page shows it: found by its address, with its history and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.revealing.words import reveal_choices
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.language import chosen
from gateway.console.shell.lives import life_of
from gateway.console.shell.record_words import address, shown_record, shown_steps
from gateway.doors.looking_into import LookedInto
from gateway.doors.lookup import key_parameter, records_by
from gateway.doors.requests import Asked, services_of
from gateway.ledger.rows import RecordRow
from gateway.persons.person import Person

LONGEST_FORM = 32_768
"""Of a decision with its reason, as browsers write Chinese."""


async def record_here(request: Request, person: Person, kind: str) -> RecordRow:
    """The record of the address. Where a portal and an agency keep one of that number, the last word.

    Raises Refused (REQUEST-003).
    """
    call = Asked(services_of(request), person)
    key, agency = request.path_params["key"].replace("\0", ""), request.query_params.get("agency_uscc")
    found = await records_by(call, kind, {key_parameter(kind): [key]})
    rows = [row for row in found if agency in (None, row.agency_uscc)]
    if not rows:
        raise Refused(problems.NOT_FOUND)
    return max(rows, key=lambda row: row.stored_at)


def mark_of(row: RecordRow) -> str:
    """The version that somebody has seen, and of whose record."""
    return str(row.submission_id)


async def shown_page(
    request: Request, person: Person, row: RecordRow, into: LookedInto, *, base: str
) -> dict[str, Any]:
    """What every page of one record shows."""
    call, language = Asked(services_of(request), person), chosen(request).language
    here, keeper = address(base, row), await call.services.accounts.tenant(row.tenant_id)
    return {
        "row": shown_record(row, into, language),
        "here": here,
        "seen": mark_of(row),
        "body": shown_body(row.kind, without_materials(into.body), into.findings, language),
        "reveal": reveal_choices(person, row, into.body, back=here, language=language, partner=keeper.name),
        "versions": shown_steps(row.kind, into.steps, language),
        "life": await life_of(call, row, into.steps, language),
    }


def without_materials(body: Mapping[str, Any]) -> dict[str, Any]:
    """They have a section of their own."""
    return {name: value for name, value in body.items() if name != "materials"}


def joined(place: str, query: str) -> str:
    """An address with one more query."""
    return f"{place}{'&' if '?' in place else '?'}{query}"
