"""How the existing protocol stands in the API reference."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import DRY_RUN, OBJECT, Route, json_of, route


def compat(summary: str) -> Route:
    refusals = (
        problems.UNAUTHENTICATED,
        problems.BAD_SIGNATURE,
        problems.BAD_TIMESTAMP,
        problems.FORBIDDEN,
        problems.NOT_FOUND,
        problems.UNREADABLE,
        problems.REJECTED,
        problems.CONFLICT,
        problems.UNKNOWN_CONNECTOR,
        problems.TOO_LARGE,
        problems.BODY_INCOMPLETE,
        problems.RATE_LIMITED,
        problems.BUSY,
    )
    names = ("source", "key", "version", "timestamp", "signature")
    headers = [
        {"name": f"x-12301-{name}", "in": "header", "required": False, "schema": {"type": "string"}} for name in names
    ]
    return route(
        summary,
        "Off unless the credential's connector opens this door. 兼容现有电子合同接口，按对接配置开通。",
        refusals,
        {"200": json_of("Known content", OBJECT), "201": json_of("Stored", OBJECT)},
        parameters=[*headers, DRY_RUN],
        security=[],
        body={"application/json": {"schema": OBJECT}},
        refusal=json_of("The refusal in the protocol's clothes", OBJECT),
    )
