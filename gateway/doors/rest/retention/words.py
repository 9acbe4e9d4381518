"""Purges and holds."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, route
from gateway.ledger.kinds import BEHAVIOURS

_NOTHING = {"application/json": {"schema": {"type": "object", "properties": {}}}}


def planned() -> Route:
    return route(
        "What a purge would remove today",
        "By subject and division, and what a hold keeps back; nothing is changed. "
        "清除计划（试运行）：各辖区到期与保全的数量。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def purged() -> Route:
    return route(
        "Remove the personal content that is due",
        "Numbers, codes, states, hashes, receipts and answers stay. A run that is still `running` goes on with the "
        "next call. 到期清除；状态为 running 时再次调用即继续。",
        WRITING,
        {"200": json_of("The run with its report", OBJECT)},
        body=_NOTHING,
    )


def runs() -> Route:
    return route("Purges, the newest first", "清除记录。", READING, {"200": json_of("OK", OBJECT)})


def report() -> Route:
    return route(
        "The report of a purge",
        "How many rows it has emptied of what, in which division. 清除报告。",
        (*READING, problems.NOT_FOUND),
        {"200": json_of("OK", OBJECT)},
    )


def holds() -> Route:
    return route("What is held back from purges", "保全清单。", READING, {"200": json_of("OK", OBJECT)})


def held() -> Route:
    schema = {
        "type": "object",
        "required": ["partner", "reason"],
        "additionalProperties": False,
        "properties": {
            "partner": {"type": "string"},
            "kind": {"type": "string", "enum": [*BEHAVIOURS]},
            "key": {"type": "string", "description": "With `kind`: one record instead of all of the agency"},
            "reason": {"type": "string", "minLength": 1, "maxLength": 500},
        },
    }
    return route(
        "Hold what an agency has, or one record of it, whatever its age",
        "诉讼或执法保全：被保全的内容到期不清除，直至解除。",
        (*WRITING, problems.NOT_FOUND),
        {"201": json_of("The hold", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def lifted() -> Route:
    return route(
        "Lift a hold",
        "What it has held back goes with the next purge. 解除保全。",
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of("OK", OBJECT)},
        body=_NOTHING,
    )
