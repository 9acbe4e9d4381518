"""Dead letters as pages: by code and connector, tried out first, then replayed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.console.letters.words import BASE, STATES, TABLE, choice_of, lines, place_in, shown_replays
from gateway.console.shell import framing
from gateway.console.shell.appearance import address_of
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.tabular import A_PAGE, shown_table
from gateway.console.shell.visitors import every_field_of, fields_of, own_body, visitor
from gateway.dead_letters.replays import Selection
from gateway.dead_letters.rows import Letter
from gateway.doors.requests import bad_parameter, services_of
from gateway.ledger.letters import LetterKey
from gateway.ledger.states import REPLAYABLE, LetterState
from gateway.persons.person import Person
from schemas.findings import Text

_POWER = Power.OPERATE
_LONGEST_BATCH = 16_384


async def list_page(request: Request) -> Response:
    """Letters in sight in the order in which they came."""
    principal, language = await visitor(request, _POWER), chosen(request).language
    found = await services_of(request).replays.letters(principal.scope, _selection(request))
    rows = lines(found[:A_PAGE], language)
    table = shown_table(request, language, TABLE, rows, count=len(rows), most=A_PAGE)
    after = address_of(request, after=choice_of(found[A_PAGE - 1].place)) if len(found) > A_PAGE else ""
    return await framed(request, principal, "dead_letters.html", table=table, after=after)


def _selection(request: Request) -> Selection:
    """What the address asks for, and one more than a page. Raises Refused (REQUEST-001)."""
    given = {name: value.strip().replace("\0", "") for name, value in request.query_params.items()}
    state = given.get("state") or None
    if state is not None and state not in tuple(STATES):
        raise bad_parameter("state", " | ".join(STATES))
    after = _places([given["after"]])[0] if given.get("after") else Selection().after
    return Selection(
        connector=given.get("connector") or None,
        kind=given.get("kind") or None,
        code=given.get("code", "").upper() or None,
        state=None if state is None else LetterState(state),
        after=(after[0], after[1]),
        limit=A_PAGE + 1,
    )


def _places(given: list[str]) -> list[LetterKey]:
    """Raises Refused (REQUEST-001)."""
    try:
        return [place_in(text) for text in dict.fromkeys(given)][:A_PAGE]
    except ValueError:
        raise bad_parameter("row", "<submission_id>/<ordinal>") from None


async def replay(request: Request) -> Response:
    """What was chosen is tried out first, which stores nothing; asked again with `sure`, it is replayed."""
    principal, body = await own_body(request, _LONGEST_BATCH, _POWER)
    dry_run, language = "sure" not in fields_of(body), chosen(request).language
    replays = services_of(request).replays
    letters = [
        letter for place in _places(every_field_of(body, "row")) for letter in await _letters(request, principal, place)
    ]
    outcomes = await (replays.try_out(letters) if dry_run else replays.replay(principal, letters))
    done = shown_replays(letters, outcomes, language, dry_run=dry_run)
    good = [each for each in done if each["is_good"]]
    return await framed(request, principal, "replayed.html", done=done, good=good, dry_run=dry_run)


async def _letters(request: Request, principal: Person, place: LetterKey) -> list[Letter]:
    """The letter of a place in sight, if it may still pass."""
    wanted = Selection(submission_id=place.id, ordinal=place.ordinal, state=None, limit=1)
    found = await services_of(request).replays.letters(principal.scope, wanted)
    return [letter for letter in found if letter.state in REPLAYABLE]


MENU = (Entry(70, BASE, Text("死信", "Dead letters"), Section.EXCHANGE, _POWER, "dead_letters", "?state=open"),)

router = APIRouter(include_in_schema=False)
framing.add(router, BASE, list_page)
framing.add(router, BASE, replay, "POST")
