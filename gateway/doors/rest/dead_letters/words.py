"""Dead letters and their replay."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.ledger.states import REPLAYABLE, LetterState
from schemas.findings import Text


def dead_letters() -> Route:
    states = {"type": "string", "enum": [state.value for state in LetterState], "default": LetterState.OPEN.value}
    parameters = [
        query(
            "state",
            states,
            Text("`resolved`：已重放，或其编号此后已保存", "resolved: replayed, or its number has been stored since"),
        ),
        query("submission_id", {"type": "string", "format": "uuid"}, Text("仅限一次提交", "Of one submission")),
        query("connector", {"type": "string"}, Text("按读取时所用的对接配置", "By the connector that read them")),
        query("kind", {"type": "string"}, Text("记录种类，如 `contract`、`roster`", "contract, roster ...")),
        query(
            "code",
            {"type": "string"},
            Text("含此校验结果，如 `CONTRACT-012`", "With this finding, such as CONTRACT-012"),
        ),
        query("after", {"type": "string"}, Text("上次调用返回的 `next`", "`next` of the call before")),
        LIMIT,
    ]
    return route(
        Text("列出未通过的记录（死信）", "Records that did not pass, in the order in which they came"),
        Text("按提交顺序排列。", "In the order in which they were submitted."),
        READING,
        {"200": json_of(OK, OBJECT)},
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
        Text("按原顺序以现行映射重放死信", "Replay dead letters with the mapping of today, in the original order"),
        Text(
            "默认只试算，说明将会发生什么，不保存。已保存记录的编码不变。",
            "A dry run (the default) says what would happen and stores nothing. Codes of stored "
            "records stay as they are.",
        ),
        WRITING,
        {"200": json_of(Text("各条记录已有或将有的处理结果", "What became, or would become, of each"), OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties}}},
    )


def edit_letter() -> Route:
    values = {"type": "object", "minProperties": 1, "maxProperties": 50}
    schema = {"type": "object", "required": ["set"], "properties": {"set": values}}
    example = {"set": {"/touristsInfo/totalNumber": 3}}
    return route(
        Text("按 JSON 指针更正死信的源记录", "Edit the source of a dead letter, by JSON pointer"),
        Text(
            "计入审计记录，原文保留。返回此刻重放会得到的结果。",
            "Audited; the original stays. Answers what a replay would do now.",
        ),
        (*WRITING, problems.STATE_REFUSED),
        {"200": json_of(Text("重放会得到的结果", "What a replay would do"), OBJECT)},
        body={"application/json": {"schema": schema, "example": example}},
    )
