"""The list of what does not agree with another side, as addresses ask for it and as it names what is concerned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from gateway.authority.open_differences import Behind, Concerned, SoughtDifferences
from gateway.authority.rows import About, Turn
from gateway.doors.requests import bad_parameter
from gateway.trust.codes import grouped
from schemas.catalog import kind_names

CRITERIA = ("about", "connector", "division", "kind", "turn")
"""The parameters of the list."""
_DIVISION = re.compile("[0-9]{6}")
Member = TypeVar("Member", bound=StrEnum)


def sought_of(given: Mapping[str, str]) -> SoughtDifferences:
    """What is asked for; an empty criterion is none. Raises Refused (REQUEST-001)."""
    values = {name: given.get(name, "").strip().replace("\0", "") for name in CRITERIA}
    if values["kind"] and values["kind"] not in kind_names():
        raise bad_parameter("kind", " | ".join(kind_names()))
    if values["division"] and not _DIVISION.fullmatch(values["division"]):
        raise bad_parameter("division", "[0-9]{6}")
    return SoughtDifferences(
        about=_member("about", values["about"], About),
        connector=values["connector"] or None,
        division=values["division"] or None,
        kind=values["kind"] or None,
        turn=_member("turn", values["turn"], Turn),
    )


def behind_of(given: str | None) -> Behind | None:
    """`next` of the page before. Raises Refused (REQUEST-001)."""
    try:
        return None if given is None else Behind.read(given)
    except ValueError:
        raise bad_parameter("after", "next") from None


def subject_of(record: Concerned | None) -> str:
    """What a record is called: the route of a group, the name of a branch or a person (masked), else its agency."""
    if record is None:
        return ""
    named = record.body.get("name") or record.body.get("route_name") or record.body.get("subject_name")
    return str(named or record.row.agency_name)


def printed_code_of(record: Concerned | None) -> str:
    """The code of a contract as it is printed; empty for what has none."""
    return grouped(record.row.code) if record is not None and record.row.code else ""


def _member(name: str, value: str, known: type[Member]) -> Member | None:
    if value and value not in tuple(known):
        raise bad_parameter(name, " | ".join(known))
    return known(value) if value else None
