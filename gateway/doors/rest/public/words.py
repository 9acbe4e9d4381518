"""Verification, and the doors of other protocols."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import Route, json_of, route


def public(summary: str) -> Route:
    refusals = (problems.UNKNOWN_CODE, problems.FORGED, problems.ALTERED, problems.RATE_LIMITED)
    return route(summary, "", refusals, {"200": json_of("OK", {"type": "object"})}, security=[])


def verify_text() -> Route:
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 4000}}}
    refusals = (
        problems.UNKNOWN_CODE,
        problems.FORGED,
        problems.ALTERED,
        problems.RATE_LIMITED,
        problems.BAD_REQUEST,
        problems.TOO_LARGE,
    )
    return route(
        "The verdict on a whole QR text or a typed code",
        "",
        refusals,
        {"200": json_of("OK", {"type": "object"})},
        security=[],
        body={"application/json": {"schema": schema}},
    )
