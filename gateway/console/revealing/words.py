"""What the form beside a record offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.access.accounts import Actor
from gateway.access.powers import Power
from gateway.authority.revealing import PURPOSES, personal_values
from gateway.console.shell.bodies import place_of
from gateway.ledger.rows import RecordRow
from gateway.wording.languages import word


def reveal_choices(
    person: Actor, row: RecordRow, body: Mapping[str, Any], *, back: str, language: str, partner: str = ""
) -> dict[str, Any] | None:
    """What the form beside a record offers to whoever may look behind masks; None for who may not. `partner` is named
    where several may keep one of that number.
    """
    if not person.may(Power.REVEAL):
        return None
    return {
        "kind": row.kind,
        "key": row.code or row.key,
        "agency": row.agency_uscc or "",
        "partner": partner,
        "back": back,
        "fields": [
            (pointer, place_of(row.kind, pointer, language)) for pointer, _ in personal_values(row.schema, body)
        ],
        "purposes": [(purpose.value, word(words, language)) for purpose, words in PURPOSES.items()],
    }
