"""Purges and holds."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import NOTHING, OBJECT, OK, READING, WRITING, Route, json_of, route
from gateway.ledger.kinds import BEHAVIOURS
from schemas.findings import Text

_NOTHING = {"application/json": {"schema": {"type": "object", "properties": {}}}}


def planned() -> Route:
    return route(
        Text("查看清除计划", "What a purge would remove today"),
        Text(
            "试运行：各辖区到期与保全的数量，不作任何改动。",
            "By subject and division, and what a hold keeps back; nothing is changed.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def purged() -> Route:
    return route(
        Text("清除到期的个人信息", "Remove the personal content that is due"),
        Text(
            "编号、编码、状态、摘要、回执和答复保留；状态为 `running` 时再次调用即继续。",
            "Numbers, codes, states, hashes, receipts and answers stay. A run that is still `running` goes on with the "
            "next call.",
        ),
        WRITING,
        {"200": json_of(Text("清除及其报告", "The run with its report"), OBJECT)},
        body=_NOTHING,
    )


def runs() -> Route:
    return route(Text("列出清除记录", "Purges, the newest first"), NOTHING, READING, {"200": json_of(OK, OBJECT)})


def report() -> Route:
    return route(
        Text("查看清除报告", "The report of a purge"),
        Text("各辖区清除了哪些内容、多少条。", "How many rows it has emptied of what, in which division."),
        (*READING, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
    )


def holds() -> Route:
    return route(Text("列出保全", "What is held back from purges"), NOTHING, READING, {"200": json_of(OK, OBJECT)})


def held() -> Route:
    schema = {
        "type": "object",
        "required": ["partner", "reason"],
        "additionalProperties": False,
        "properties": {
            "partner": {"type": "string"},
            "kind": {"type": "string", "enum": [*BEHAVIOURS]},
            "key": {
                "type": "string",
                "description": Text(
                    "与 `kind` 同时给出：只保全这一条", "With `kind`: one record instead of all of the agency"
                ),
            },
            "reason": {"type": "string", "minLength": 1, "maxLength": 500},
        },
    }
    return route(
        Text("保全一家旅行社或一条记录", "Hold what an agency has, or one record of it"),
        Text(
            "诉讼或执法保全：被保全的内容到期不清除，直至解除。",
            "For a case: what is held is kept whatever its age, until the hold is lifted.",
        ),
        (*WRITING, problems.NOT_FOUND),
        {"201": json_of(Text("保全", "The hold"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def lifted() -> Route:
    return route(
        Text("解除保全", "Lift a hold"),
        Text("到期的内容在下次清除时删除。", "What it has held back goes with the next purge."),
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
        body=_NOTHING,
    )
