"""Looking up and moving records."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.doors.lookup import key_parameter, printed_number
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.ledger.kinds import BEHAVIOURS, own_life
from gateway.ledger.wanted import MOST_COUNTED, Order


def criteria_of(kind: str) -> tuple[str, ...]:
    """By what a kind may be found."""
    queue = ("state",) if own_life(kind).is_queued else ()
    return key_parameter(kind), *printed_number(kind), "content_sha256", "document_no", *queue


def search(kind: str) -> Route:
    key = key_parameter(kind)
    parameters = [
        query(key, {"type": "string"}, "Your own number"),
        *(query(name, {"type": "string"}, "The number printed on it") for name in printed_number(kind)),
        query("content_sha256", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "Hash of the canonical content"),
        query("document_no", {"type": "string"}, "Identity document of a person named in it (partners only)"),
    ]
    if "state" in criteria_of(kind):
        states = {"type": "string", "enum": sorted(own_life(kind).machine.states)}
        parameters.append(query("state", states, "In this state, the oldest first"))
    parameters += [
        query("after", {"type": "string"}, "`next` of the page before, by state and by person"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    rows = {"type": "array", "items": {"type": "object"}}
    records = {"type": "object", "properties": {"records": rows, "next": {"type": ["string", "null"]}}}
    return route(f"Find {kind}s by one criterion", "", READING, {"200": json_of("OK", records)}, parameters=parameters)


def listed() -> Route:
    day = {"type": "string", "format": "date"}
    parameters = [
        {**query("kind", {"type": "string", "enum": list(BEHAVIOURS)}, "The kind of record"), "required": True},
        query("state", {"type": "string"}, "In this state"),
        query("subkind", {"type": "string"}, "Of this type: outbound, domestic"),
        query("agency", {"type": "string"}, "Of the agency with this credit code, or with this in its name"),
        query("number", {"type": "string"}, "With this business number, code, or number printed on it"),
        query("departs_from", day, "The first day of departure"),
        query("departs_until", day, "The last day of departure"),
        query("order", {"type": "string", "enum": list(Order), "default": Order.OLDEST}, "How they are sorted"),
        query("offset", {"type": "integer", "minimum": 0, "maximum": MOST_COUNTED, "default": 0}, "How many to skip"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    rows = {"type": "array", "items": {"type": "object"}}
    count = {"type": "integer", "description": f"At most {MOST_COUNTED}; `is_more` says that there are more"}
    schema = {"type": "object", "properties": {"records": rows, "count": count, "is_more": {"type": "boolean"}}}
    return route(
        "A list of records by criteria, without their bodies",
        "按条件列出记录，不含正文；缺省先到的在前。与管理页面的列表相同。",
        READING,
        {"200": json_of("OK", schema)},
        parameters=parameters,
    )


def lookup(kind: str) -> Route:
    names = [key_parameter(kind), *printed_number(kind), "content_sha256"]
    names += ["code"] if BEHAVIOURS[kind].is_coded else []
    strings = {"type": "array", "items": {"type": "string"}, "maxItems": 1000}
    schema = {"type": "object", "properties": dict.fromkeys(names, strings), "additionalProperties": False}
    return route(
        f"Look up many {kind}s at once",
        "At most 1000 values in all. 批量查询。",
        WRITING,
        {"200": json_of("OK", {"type": "object"})},
        body={"application/json": {"schema": {**schema, "minProperties": 1}, "example": {names[0]: ["ERP-1"]}}},
    )


def show(kind: str, words: str) -> Route:
    described = "Of what was removed at the end of its time, `body` is null. 已过保存期限的，body 为 null。"
    refusals = (*READING, problems.KEPT_NO_LONGER)
    return route(
        f"A {kind} by its {words}", described, refusals, {"200": json_of("OK", OBJECT)}, parameters=_whose(kind)
    )


def state(kind: str) -> Route:
    schema = {
        "type": "object",
        "required": ["state"],
        "properties": {
            "state": {"type": "string", "enum": sorted(own_life(kind).machine.states)},
            "reason": {
                "type": "string",
                "minLength": 1,
                "maxLength": 500,
                "description": "Kept with the record, in the change feed and in webhooks; without personal data",
            },
        },
        "additionalProperties": False,
    }
    return route(
        f"Move a {kind} to another state",
        _moves_of(kind),
        (*WRITING, problems.STATE_REFUSED),
        {"200": json_of("The new state", {"type": "object"})},
        parameters=_whose(kind),
        body={"application/json": {"schema": schema}},
    )


def document() -> Route:
    pdf = {"schema": {"type": "string", "format": "binary"}}
    return route(
        "Upload the final PDF of a contract",
        "Its pages must show this contract's own QR. 上传合同终稿，页面上须有本合同的二维码。",
        (*WRITING, problems.DOCUMENT_REFUSED, problems.DOCUMENT_TOO_LARGE),
        {"200": json_of("Was there already", {"type": "object"}), "201": json_of("Stored", {"type": "object"})},
        body={"application/pdf": pdf},
    )


def _whose(kind: str) -> list[dict[str, Any]]:
    """What tells records of one number apart; a code is one record's."""
    if BEHAVIOURS[kind].is_coded:
        return []
    return [query("agency_uscc", {"type": "string"}, "Whose record, when several agencies use this number")]


def _moves_of(kind: str) -> str:
    machine = own_life(kind).machine
    moves = {
        state: sorted(after for after in machine.states if machine.may_move(state, after)) for state in machine.states
    }
    return "; ".join(f"{state} -> {' | '.join(after)}" for state, after in moves.items() if after)
