"""Reconciliations: runs, their reports and discrepancies, decisions and repair."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.reconcile.classes import Class, Decision
from gateway.reconcile.states import DiscrepancyState
from schemas.catalog import kind_names

_LIMIT = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
_STATES = [state.value for state in DiscrepancyState]


def listed() -> Route:
    parameters = [
        query("connector", {"type": "string"}, "Runs of one connector"),
        query("before", {"type": "string", "format": "uuid"}, "`next` of the call before"),
        query("limit", _LIMIT, "Most to return"),
    ]
    return route(
        "Reconciliations, the newest first",
        "Officials see those of their division, partners their own. 对账记录。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


def discrepancies() -> Route:
    parameters = [
        query("class", {"type": "string", "enum": list(Class)}, "Of one class"),
        query("state", {"type": "string", "enum": _STATES}, "In one state"),
        query("after", {"type": "string"}, "`next` of the call before"),
        query("limit", _LIMIT, "Most to return"),
    ]
    return route(
        "What is not the same on both sides",
        "Which fields differ is said for the first thousand, personal values masked. 差异清单。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


def file(media_type: str) -> Route:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return route("The discrepancies as a file", "", READING, {"200": {"description": "OK", "content": content}})


def compare() -> Route:
    kind = query("kind", {"type": "string", "enum": list(kind_names())}, "What the business numbers are of")
    text = {"schema": {"type": "string"}}
    return route(
        "Compare your own list or totals with what was accepted and coded",
        "CSV or NDJSON: `key,content_sha256,day` (hash and day may be missing) with `kind`, or `day,kind,count`. Days "
        "are those in China on which you sent. 提交自己的清单或日合计，与已接收、已赋码的记录核对。",
        WRITING,
        {"201": json_of("The run with its counts", OBJECT)},
        parameters=[kind],
        body={"text/csv": {**text, "example": "key,day\nERP-1,2017-08-04\n"}, "application/x-ndjson": text},
    )


def decide() -> Route:
    schema = {
        "type": "object",
        "required": ["decision"],
        "properties": {"decision": {"type": "string", "enum": list(Decision)}},
    }
    return route(
        "Decide about a discrepancy that is not safe to repair",
        "For officials and operators; audited. The next repair does what was decided. 人工核定。",
        (*WRITING, problems.STATE_REFUSED, problems.VERSION_MOVED, problems.DECIDED_ELSEWHERE),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def repair() -> Route:
    return route(
        "Pull and push what is safe or decided",
        "For officials and operators. Run the reconciliation again afterwards: it must come out clean. 修复。",
        (*WRITING, problems.STATE_REFUSED),
        {"200": json_of("What was done and what waits for a person", OBJECT)},
    )
