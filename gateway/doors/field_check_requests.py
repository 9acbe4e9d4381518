"""What a check on the road is asked with, alike for the API and the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.base.clock import read_moment
from gateway.doors.lookup import record_by_code, record_by_key
from gateway.doors.requests import Inquiry, bad_parameter
from gateway.field_checks.field_checks import NewCheck
from gateway.field_checks.states import Outcome
from gateway.ledger.rows import RecordRow

NUMBER = "roster:"
"""Before the number of a roster, which has no code: `roster:TG-20170804-01`."""


async def checked_record(call: Inquiry, about: str) -> RecordRow:
    """The contract of a code, or a roster by its number. Raises Refused (REQUEST-003)."""
    if about.startswith(NUMBER):
        return await record_by_key(call, "roster", about.removeprefix(NUMBER).replace("\0", ""), None)
    return await record_by_code(call, about)


def about_of(record: RecordRow) -> str:
    """How a record is named where it is checked."""
    return record.code or f"{NUMBER}{record.key}"


def check_asked(given: Mapping[str, Any], photos: Sequence[bytes]) -> NewCheck:
    """What was found. Raises Refused (REQUEST-001)."""
    try:
        check_id = UUID(given.get("id") or "")
    except (ValueError, TypeError, AttributeError):
        raise bad_parameter("id", "UUID") from None
    outcome = given.get("outcome")
    if not isinstance(outcome, str) or outcome not in tuple(Outcome):
        raise bad_parameter("outcome", " | ".join(Outcome))
    try:
        checked_at = read_moment(given.get("checked_at") or "")
    except (ValueError, TypeError):
        raise bad_parameter("checked_at", "YYYY-MM-DDThh:mm:ss+08:00") from None
    return NewCheck(
        id=check_id,
        outcome=Outcome(outcome),
        note=_text(given, "note"),
        place=_text(given, "place"),
        people=_people(given.get("people")),
        checked_at=checked_at,
        photos=photos,
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str):
        raise bad_parameter(name, "text")
    return value.replace("\0", "").strip()


def _people(given: Any) -> int | None:
    if given in (None, ""):
        return None
    if type(given) is int or (isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 9):
        return int(given)
    raise bad_parameter("people", "0, 1, 2, ...")
