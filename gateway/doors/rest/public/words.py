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


def log_text(summary: str) -> Route:
    content = {"text/plain": {"schema": {"type": "string"}}}
    return route(
        summary,
        "C2SP tlog-checkpoint。存证日志的签名检查点，任何人可留存比对。",
        (problems.NOT_FOUND, problems.RATE_LIMITED),
        {"200": {"description": "OK", "content": content}},
        security=[],
    )


def log_tile() -> Route:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return route(
        "A tile of the transparency log, or a bundle of its entries",
        "C2SP tlog-tiles: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`. They never change. 存证日志数据块，内容不变。",
        (problems.NOT_FOUND, problems.RATE_LIMITED),
        {"200": {"description": "OK", "content": content}},
        security=[],
    )
