"""Credentials."""

from __future__ import annotations

from gateway.access.rows import Role
from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, route
from gateway.onboarding.rotations import MOST_OVERLAP_DAYS

_MOMENT = {"type": "string", "format": "date-time"}


def listed() -> Route:
    return route(
        "Credentials in sight",
        "A partner sees its own, an official those of its division, an operator all: until when they are good and when "
        "they were last used, to a minute or so. What proves them is never shown. 凭证列表。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def issued() -> Route:
    schema = {
        "type": "object",
        "required": ["partner"],
        "properties": {
            "partner": {"type": "string"},
            "role": {"type": "string", "enum": [role.value for role in Role], "default": Role.PARTNER.value},
            "connector": {"type": "string"},
            "expires_at": _MOMENT,
        },
    }
    return route(
        "Issue a credential to a partner",
        "For operators. The secret is shown once. Without `expires_at` it is good until it is revoked. 签发凭证。",
        WRITING,
        {"201": json_of("The credential with its secret", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def rotated() -> Route:
    schema = {
        "type": "object",
        "properties": {"overlap_days": {"type": "integer", "minimum": 0, "maximum": MOST_OVERLAP_DAYS}},
    }
    return route(
        "Replace a credential by a new one",
        "For operators. The new one opens the same doors, its secret is shown once; the old one is good for some days "
        "more. Its public keys speak for both, its webhook targets belong to the new one at once. 轮换凭证。",
        (*WRITING, problems.NOT_FOUND, problems.STATE_REFUSED),
        {"201": json_of("The new credential with its secret", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def revoked() -> Route:
    return route(
        "Revoke a credential",
        "For operators. It opens no door any more within seconds, and what is meant for its targets waits. 吊销凭证。",
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": {}}}},
    )
