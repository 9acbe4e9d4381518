"""Looking up and moving records."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.doors.lookup import key_parameter, printed_number
from gateway.doors.openapi_blocks import (
    LIMIT,
    NOTHING,
    OBJECT,
    OK,
    READING,
    WRITING,
    Route,
    json_of,
    named,
    query,
    route,
)
from gateway.ledger.kinds import BEHAVIOURS, own_life
from gateway.ledger.wanted import MOST_COUNTED, Order
from schemas.findings import Text

_COUNT = Text("最多 {most}；`is_more` 表示还有更多", "At most {most}; `is_more` says that there are more").format(
    most=MOST_COUNTED
)


def criteria_of(kind: str) -> tuple[str, ...]:
    """By what a kind may be found."""
    queue = ("state",) if own_life(kind).is_queued else ()
    return key_parameter(kind), *printed_number(kind), "content_sha256", "document_no", *queue


def search(kind: str) -> Route:
    key = key_parameter(kind)
    parameters = [
        query(key, {"type": "string"}, Text("贵方自己的编号", "Your own number")),
        *(
            query(name, {"type": "string"}, Text("其上打印的编号", "The number printed on it"))
            for name in printed_number(kind)
        ),
        query(
            "content_sha256",
            {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            Text("规范内容的摘要", "Hash of the canonical content"),
        ),
        query(
            "document_no",
            {"type": "string"},
            Text("记录中人员的证件号码（仅对接方可用）", "Identity document of a person named in it (partners only)"),
        ),
    ]
    if "state" in criteria_of(kind):
        states = {"type": "string", "enum": sorted(own_life(kind).machine.states)}
        parameters.append(query("state", states, Text("处于此状态的，先到的在前", "In this state, the oldest first")))
    parameters += [
        query(
            "after",
            {"type": "string"},
            Text("上一页的 `next`，按状态或按人员查询时使用", "`next` of the page before, by state and by person"),
        ),
        LIMIT,
    ]
    rows = {"type": "array", "items": {"type": "object"}}
    records = {"type": "object", "properties": {"records": rows, "next": {"type": ["string", "null"]}}}
    return route(
        Text("按一个条件查找{kind}", "Find {kind}s by one criterion").format(kind=named(kind)),
        NOTHING,
        READING,
        {"200": json_of(OK, records)},
        parameters=parameters,
    )


def listed() -> Route:
    day = {"type": "string", "format": "date"}
    parameters = [
        {
            **query("kind", {"type": "string", "enum": list(BEHAVIOURS)}, Text("记录种类", "The kind of record")),
            "required": True,
        },
        query("state", {"type": "string"}, Text("处于此状态的", "In this state")),
        query(
            "subkind",
            {"type": "string"},
            Text("类型：`outbound` 出境、`domestic` 国内", "Of this type: outbound, domestic"),
        ),
        query(
            "agency",
            {"type": "string"},
            Text(
                "旅行社的统一社会信用代码，或名称中的文字",
                "Of the agency with this credit code, or with this in its name",
            ),
        ),
        query(
            "number",
            {"type": "string"},
            Text("业务编号、编码或其上打印的编号", "With this business number, code, or number printed on it"),
        ),
        query("departs_from", day, Text("出发日期自", "The first day of departure")),
        query("departs_until", day, Text("出发日期至", "The last day of departure")),
        query(
            "order",
            {"type": "string", "enum": list(Order), "default": Order.OLDEST},
            Text("排序方式", "How they are sorted"),
        ),
        query(
            "offset",
            {"type": "integer", "minimum": 0, "maximum": MOST_COUNTED, "default": 0},
            Text("跳过条数", "How many to skip"),
        ),
        LIMIT,
    ]
    rows = {"type": "array", "items": {"type": "object"}}
    count = {"type": "integer", "description": _COUNT}
    schema = {"type": "object", "properties": {"records": rows, "count": count, "is_more": {"type": "boolean"}}}
    return route(
        Text("按条件列出记录", "A list of records by criteria, without their bodies"),
        Text(
            "按条件列出记录，不含正文；缺省先到的在前。与管理页面的列表相同。",
            "The earliest first unless told otherwise; the same as the lists of the console.",
        ),
        READING,
        {"200": json_of(OK, schema)},
        parameters=parameters,
    )


def lookup(kind: str) -> Route:
    names = [key_parameter(kind), *printed_number(kind), "content_sha256"]
    names += ["code"] if BEHAVIOURS[kind].is_coded else []
    strings = {"type": "array", "items": {"type": "string"}, "maxItems": 1000}
    schema = {"type": "object", "properties": dict.fromkeys(names, strings), "additionalProperties": False}
    return route(
        Text("批量查询{kind}", "Look up many {kind}s at once").format(kind=named(kind)),
        Text("各项合计最多 1000 个值。", "At most 1000 values in all."),
        WRITING,
        {"200": json_of(OK, {"type": "object"})},
        body={"application/json": {"schema": {**schema, "minProperties": 1}, "example": {names[0]: ["ERP-1"]}}},
    )


def show(kind: str, words: Text) -> Route:
    summary = Text("按{words}查看{kind}", "A {kind} by its {words}").format(kind=named(kind), words=words)
    purged = Text("已过保存期限的，`body` 为 null", "Of what was removed at the end of its time, `body` is null")
    refusals = (*READING, problems.KEPT_NO_LONGER)
    return route(summary, purged, refusals, {"200": json_of(OK, OBJECT)}, parameters=_whose(kind))


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
                "description": Text(
                    "随记录、变更流和推送保存；不得含个人信息",
                    "Kept with the record, in the change feed and in webhooks; without personal data",
                ),
            },
        },
        "additionalProperties": False,
    }
    return route(
        Text("变更{kind}的状态", "Move a {kind} to another state").format(kind=named(kind)),
        _moves_of(kind),
        (*WRITING, problems.STATE_REFUSED),
        {"200": json_of(Text("新的状态", "The new state"), {"type": "object"})},
        parameters=_whose(kind),
        body={"application/json": {"schema": schema}},
    )


def document() -> Route:
    pdf = {"schema": {"type": "string", "format": "binary"}}
    return route(
        Text("登记合同终稿", "Upload the final PDF of a contract"),
        Text("上传 PDF，页面上须有本合同的二维码。", "Its pages must show this contract's own QR."),
        (*WRITING, problems.DOCUMENT_REFUSED, problems.DOCUMENT_TOO_LARGE),
        {
            "200": json_of(Text("此前已保存", "Was there already"), {"type": "object"}),
            "201": json_of(Text("已保存", "Stored"), {"type": "object"}),
        },
        body={"application/pdf": pdf},
    )


def _whose(kind: str) -> list[dict[str, Any]]:
    """What tells records of one number apart; a code is one record's."""
    if BEHAVIOURS[kind].is_coded:
        return []
    return [
        query(
            "agency_uscc",
            {"type": "string"},
            Text("多家旅行社使用同一编号时，指明哪一家的记录", "Whose record, when several agencies use this number"),
        ),
        query(
            "partner",
            {"type": "string"},
            Text("多个对接方保存同一编号时，指明哪一方的记录", "Whose record, when several partners keep this number"),
        ),
    ]


def _moves_of(kind: str) -> Text:
    machine = own_life(kind).machine
    moves = {
        state: sorted(after for after in machine.states if machine.may_move(state, after)) for state in machine.states
    }
    shown = ", ".join(f"`{state} → {' | '.join(after)}`" for state, after in moves.items() if after)
    return Text("状态的先后：{moves}。", "What may follow what: {moves}.").format(moves=shown)
