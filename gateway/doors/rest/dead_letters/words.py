"""Dead letters and their replay."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.ledger.states import REPLAYABLE, LetterState


def dead_letters() -> Route:
    states = {"type": "string", "enum": [state.value for state in LetterState], "default": LetterState.OPEN.value}
    parameters = [
        query("state", states, "resolved: replayed, or its number has been stored since"),
        query("submission_id", {"type": "string", "format": "uuid"}, "Of one submission"),
        query("connector", {"type": "string"}, "By the connector that read them"),
        query("kind", {"type": "string"}, "contract, roster ..."),
        query("code", {"type": "string"}, "With this finding, such as CONTRACT-012"),
        query("after", {"type": "string"}, "`next` of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    return route(
        "Records that did not pass, in the order in which they came",
        "未通过的记录（死信），按提交顺序。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


def replay() -> Route:
    text = {"type": "string"}
    properties = {
        "dry_run": {"type": "boolean", "default": True},
        "state": {"type": "string", "enum": REPLAYABLE, "default": LetterState.OPEN.value},
        "submission_id": {"type": "string", "format": "uuid"},
        "ordinal": {"type": "integer", "minimum": 1},
        "connector": text,
        "kind": text,
        "code": text,
        "after": text,
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    }
    return route(
        "Replay dead letters with the mapping of today, in the original order",
        "A dry run (the default) says what would happen and stores nothing. Codes of stored records stay as they are. "
        "重放死信，默认只试算。",
        WRITING,
        {"200": json_of("What became, or would become, of each", OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties}}},
    )


def edit_letter() -> Route:
    values = {"type": "object", "minProperties": 1, "maxProperties": 50}
    schema = {"type": "object", "required": ["set"], "properties": {"set": values}}
    example = {"set": {"/touristsInfo/totalNumber": 3}}
    return route(
        "Edit the source of a dead letter, by JSON pointer",
        "Audited; the original stays. Answers what a replay would do now. 人工更正。",
        (*WRITING, problems.STATE_REFUSED),
        {"200": json_of("What a replay would do", OBJECT)},
        body={"application/json": {"schema": schema, "example": example}},
    )
