"""The form by which a system is registered, as the API and the page take it.

Source: the notice's form about an ERP or e-contract system that is to be connected (domain section 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from gateway.doors.requests import bad_parameter
from gateway.onboarding.registrations import PARTNER
from gateway.onboarding.states import RegistrationState
from schemas.catalog import kind_names

CHANNELS = ("rest", "soap", "sftp", "upload", "portal")
APPLICANTS = ("agency", "vendor")
DECISIONS = tuple(state.value for state in RegistrationState if state is not RegistrationState.APPLIED)
LONGEST_REASON = 500


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


SYSTEM: dict[str, Any] = {
    "organisation": _text(200),
    "applicant": {"type": "string", "enum": list(APPLICANTS)},
    "name": _text(200),
    "channel": {"type": "string", "enum": list(CHANNELS)},
    "kinds": {
        "type": "array", "items": {"type": "string", "enum": list(kind_names())}, "minItems": 1, "uniqueItems": True,
    },
    "version": _text(50),
    "uscc": {"type": "string", "pattern": "^[0-9A-Z]{18}$"},
    "division": {"type": "string", "pattern": "^[0-9]{6}$"},
    "agencies": {"type": "integer", "minimum": 1, "maximum": 100_000},
    "daily": {"type": "integer", "minimum": 0, "maximum": 100_000_000},
    "remarks": _text(2000),
}  # fmt: skip
CONTACT: dict[str, Any] = {
    "name": _text(50),
    "phone": {"type": "string", "pattern": "^[0-9+() -]{5,30}$"},
    "email": {"type": "string", "pattern": "^[^@ ]{1,100}@[^@ ]{1,100}$"},
}
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["system", "contact"],
    "additionalProperties": False,
    "properties": {
        "system": {
            "type": "object",
            "required": ["organisation", "applicant", "name", "channel", "kinds"],
            "additionalProperties": False,
            "properties": SYSTEM,
        },
        "contact": {
            "type": "object",
            "required": ["name", "phone"],
            "additionalProperties": False,
            "properties": CONTACT,
        },
    },
}


def flaws(given: Any) -> Iterator[str]:
    """The places of a form that are not filled in as they should be: `system/uscc`; "form" for the form itself."""
    for error in _validator().iter_errors(given):
        place = "/".join(str(step) for step in error.instance_path)
        missing = getattr(error.kind, "property", None)
        yield f"{place}/{missing}".strip("/") if missing else place or "form"


def decision(state: object, reason: object, partner: object) -> tuple[RegistrationState, str, str | None]:
    """What is decided about a registration, why, and what the system will be called. Raises Refused (REQUEST-001)."""
    if not isinstance(state, str) or state not in DECISIONS:
        raise bad_parameter("state", " | ".join(DECISIONS))
    if not isinstance(reason, str) or not 1 <= len(reason.strip()) <= LONGEST_REASON or "\0" in reason:
        raise bad_parameter("reason", f"1 .. {LONGEST_REASON}")
    if partner is not None and (not isinstance(partner, str) or not PARTNER.fullmatch(partner)):
        raise bad_parameter("partner", PARTNER.pattern)
    return RegistrationState(state), reason.strip(), partner


def has_null(given: Any) -> bool:
    """Whether a text of the form holds a null character."""
    return "\0" in "".join(_texts(given))


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(FORM)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
