"""Verification, and the doors of other protocols."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import NOTHING, OK, Route, json_of, route
from schemas.findings import Text


def public(summary: Text) -> Route:
    refusals = (problems.UNKNOWN_CODE, problems.FORGED, problems.ALTERED, problems.RATE_LIMITED)
    return route(summary, NOTHING, refusals, {"200": json_of(OK, {"type": "object"})}, security=[])


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
        Text("核验二维码全文或手工输入的编码", "The verdict on a whole QR text or a typed code"),
        NOTHING,
        refusals,
        {"200": json_of(OK, {"type": "object"})},
        security=[],
        body={"application/json": {"schema": schema}},
    )


def log_text(summary: Text) -> Route:
    content = {"text/plain": {"schema": {"type": "string"}}}
    return route(
        summary,
        Text("按 `C2SP tlog-checkpoint`；任何人可留存比对。", "C2SP tlog-checkpoint: anybody may keep it and compare."),
        (problems.NOT_FOUND, problems.RATE_LIMITED),
        {"200": {"description": OK, "content": content}},
        security=[],
    )


def log_tile() -> Route:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return route(
        Text("获取存证日志的数据块或条目包", "A tile of the transparency log, or a bundle of its entries"),
        Text(
            "按 `C2SP tlog-tiles`：`<L>/<N>[.p/<W>]` 或 `entries/<N>[.p/<W>]`，内容不变。",
            "C2SP tlog-tiles: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`. They never change.",
        ),
        (problems.NOT_FOUND, problems.RATE_LIMITED),
        {"200": {"description": OK, "content": content}},
        security=[],
    )
