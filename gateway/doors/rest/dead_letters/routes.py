"""Records that did not pass, over all submissions: look, edit, try out, replay."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import Actor, Role
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.dead_letters.replays import MOST_AT_ONCE, Replayed, Selection
from gateway.dead_letters.rows import Letter
from gateway.doors.findings_shown import fate_shown, findings_shown
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    authenticated,
    bad_parameter,
    following,
    json_object,
    whole_number,
)
from gateway.doors.rest.dead_letters import words as dead_letters_docs
from gateway.ledger.states import REPLAYABLE, LetterState

router = APIRouter(route_class=DirectRoute, tags=["dead letters"])

_MOST_EDITS = 50
_LARGEST_ORDINAL = 2**31 - 1
_POINTER = re.compile(r"(?:/[^\x00-\x1f/]{0,200}){1,20}")

_REPLAY_MEMBERS = ("dry_run", "limit", "ordinal", "submission_id", "state", "connector", "kind", "code", "after")


@router.get("/v1/dead-letters", **dead_letters_docs.dead_letters())
async def list_letters(request: Request) -> Response:
    limit = whole_number(request, "limit", 100, 1, most=MOST_AT_ONCE)
    call = await authenticated(request)
    letters = await call.services.replays.letters(call.principal.scope, _selection(dict(request.query_params), limit))
    shown = [_document(call.principal, letter) for letter in letters]
    return Json({"dead_letters": shown, "next": following(letters, limit, _place)})


@router.post("/v1/dead-letters/replay", **dead_letters_docs.replay())
async def replay(request: Request) -> Response:
    call = await _replayer(request)
    given = json_object(call.body, *_REPLAY_MEMBERS)
    dry_run, limit, ordinal = given.pop("dry_run", True), given.pop("limit", 100), given.pop("ordinal", None)
    if not isinstance(dry_run, bool):
        raise bad_parameter("dry_run", "true | false")
    if type(limit) is not int or not 1 <= limit <= MOST_AT_ONCE:
        raise bad_parameter("limit", f"1 .. {MOST_AT_ONCE}")
    known = type(ordinal) is int and 0 < ordinal <= _LARGEST_ORDINAL and "submission_id" in given
    if ordinal is not None and not known:
        raise bad_parameter("ordinal", "integer, with submission_id")
    selection = replace(_selection(given, limit), ordinal=ordinal)
    if selection.state not in REPLAYABLE:
        raise bad_parameter("state", " | ".join(REPLAYABLE))
    letters = await call.services.replays.letters(call.principal.scope, selection)
    replays = call.services.replays
    done = await (replays.try_out(letters) if dry_run else replays.replay(call.principal, letters))
    counts = Counter(one.status.value for one in done)
    return Json(
        {
            "dry_run": dry_run,
            "counts": counts,
            "dead_letters": [_tried(call.principal, one) for one in done],
            "next": following(letters, limit, _place),
        }
    )


@router.post(
    "/v1/submissions/{submission_id:uuid}/dead-letters/{ordinal:whole}/edit", **dead_letters_docs.edit_letter()
)
async def edit(request: Request, submission_id: UUID, ordinal: int) -> Response:
    call = await _replayer(request)
    values = json_object(call.body, "set").get("set")
    if not isinstance(values, dict) or not 1 <= len(values) <= _MOST_EDITS:
        raise bad_parameter("set", '{"/pointer": value}')
    if not all(_POINTER.fullmatch(pointer) for pointer in values):
        raise bad_parameter("set", "JSON pointer (RFC 6901)")
    try:
        orjson.dumps(values)
    except (TypeError, ValueError):
        raise bad_parameter("set", '{"/pointer": value}') from None
    if ordinal > _LARGEST_ORDINAL:
        raise Refused(problems.NOT_FOUND)
    selection = Selection(submission_id=submission_id, ordinal=ordinal, state=None, limit=1)
    letters = await call.services.replays.letters(call.principal.scope, selection)
    if not letters:
        raise Refused(problems.NOT_FOUND)
    await call.services.replays.edit(call.principal, letters[0], values)
    edited = await call.services.replays.letters(call.principal.scope, selection)
    (tried,) = await call.services.replays.try_out(edited)
    return Json({"dry_run": True, **_tried(call.principal, tried)})


async def _replayer(request: Request) -> Call:
    """Partners replay their own letters, operators everybody's; officials look."""
    call = await authenticated(request, with_body=True)
    if call.principal.role is Role.OFFICIAL:
        raise Refused(problems.FORBIDDEN)
    return call


def _selection(given: dict[str, Any], limit: int) -> Selection:
    """Raises Refused (REQUEST-001)."""
    state = given.get("state", LetterState.OPEN)
    if not isinstance(state, str) or state not in tuple(LetterState):
        raise bad_parameter("state", " | ".join(LetterState))
    texts = {name: given.get(name) for name in ("connector", "kind", "code")}
    for name, value in texts.items():
        if value is not None and (not isinstance(value, str) or "\0" in value):
            raise bad_parameter(name, "string")
    submission_id = None if given.get("submission_id") is None else _uuid(given["submission_id"], "submission_id")
    after = _after(given.get("after"))
    return Selection(submission_id=submission_id, state=LetterState(state), after=after, limit=limit, **texts)


def _after(given: Any) -> tuple[UUID, int]:
    """`next` of the call before: `<submission>/<ordinal>`."""
    if given is None:
        return UUID(int=0), 0
    submission, _, ordinal = str(given).partition("/")
    if not ordinal.isdecimal() or len(ordinal) > 9:
        raise bad_parameter("after", "<submission_id>/<ordinal>")
    return _uuid(submission, "after"), int(ordinal)


def _uuid(given: Any, name: str) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        raise bad_parameter(name, "uuid") from None


def _place(letter: Letter) -> str:
    return f"{letter.submission_id}/{letter.ordinal}"


def _tried(actor: Actor, one: Replayed) -> dict[str, Any]:
    return {**one.as_dict(), "record": fate_shown(actor, one.answer)}


def _document(actor: Actor, letter: Letter) -> dict[str, Any]:
    return {
        "submission_id": str(letter.submission_id),
        "ordinal": letter.ordinal,
        "kind": letter.kind,
        "key": letter.key,
        "locator": letter.locator,
        "connector": letter.connector,
        "mapping": letter.mapping,
        "state": letter.state,
        "attempts": letter.attempts,
        "edited": letter.edited is not None,
        "stored_at": letter.stored_at,
        "replayed_by": letter.replayed_by and str(letter.replayed_by),
        "findings": findings_shown(actor, letter.findings),
    }
