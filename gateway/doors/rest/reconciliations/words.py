"""Reconciliations: runs, their reports and discrepancies, decisions and repair."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, NOTHING, OBJECT, OK, READING, WHY, WRITING, Route, json_of, query, route
from gateway.reconcile.classes import Class, Decision
from gateway.reconcile.states import DiscrepancyState
from schemas.catalog import kind_names
from schemas.findings import Text

SEEN = Text("列出差异时的 `seen`", "`seen` of the discrepancy as it was listed")
_STATES = [state.value for state in DiscrepancyState]


def listed() -> Route:
    parameters = [
        query("connector", {"type": "string"}, Text("仅限一个对接配置的对账", "Runs of one connector")),
        query(
            "before", {"type": "string", "format": "uuid"}, Text("上次调用返回的 `next`", "`next` of the call before")
        ),
        LIMIT,
    ]
    return route(
        Text("列出对账记录", "Reconciliations, the newest first"),
        Text(
            "主管部门可见本辖区的对账，对接方可见本方的对账；新的在前。",
            "Officials see those of their division, partners their own.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def discrepancies() -> Route:
    parameters = [
        query("class", {"type": "string", "enum": list(Class)}, Text("按差异类别", "Of one class")),
        query("state", {"type": "string", "enum": _STATES}, Text("按差异状态", "In one state")),
        query("after", {"type": "string"}, Text("上次调用返回的 `next`", "`next` of the call before")),
        LIMIT,
    ]
    return route(
        Text("列出对账差异", "What is not the same on both sides"),
        Text(
            "前一千条列明不一致的字段，个人信息遮盖。",
            "Which fields differ is said for the first thousand, personal values masked.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def file(media_type: str) -> Route:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return route(
        Text("下载差异清单", "The discrepancies as a file"),
        NOTHING,
        READING,
        {"200": {"description": OK, "content": content}},
    )


def compare() -> Route:
    kind = query(
        "kind",
        {"type": "string", "enum": list(kind_names())},
        Text("业务编号所属的记录种类", "What the business numbers are of"),
    )
    text = {"schema": {"type": "string"}}
    return route(
        Text("以自己的清单或日合计对账", "Compare your own list or totals with what was accepted and coded"),
        Text(
            "与已接收、已赋码的记录核对。CSV 或 NDJSON：`key,content_sha256,day`（摘要和日期可省略）"
            "加 `kind`，或 `day,kind,count`。日期为提交当日的北京时间日期。",
            "CSV or NDJSON: `key,content_sha256,day` (hash and day may be missing) with `kind`, or "
            "`day,kind,count`. Days are those in China on which you sent.",
        ),
        WRITING,
        {"201": json_of(Text("本次对账及其计数", "The run with its counts"), OBJECT)},
        parameters=[kind],
        body={"text/csv": {**text, "example": "key,day\nERP-1,2017-08-04\n"}, "application/x-ndjson": text},
    )


def decide() -> Route:
    schema = {
        "type": "object",
        "required": ["decision", "reason", "seen"],
        "properties": {
            "decision": {"type": "string", "enum": list(Decision)},
            "reason": WHY,
            "seen": {"type": "string", "description": SEEN},
        },
    }
    return route(
        Text("核定不宜自动修复的差异", "Decide about a discrepancy that is not safe to repair"),
        Text(
            "供主管部门和技术支持人员使用，计入审计记录，`Yizhan-Decision` 为其序号；下次修复按核定结果执行。",
            "For officials and operators; audited: `Yizhan-Decision` is the number of the entry. The next repair does "
            "what was decided.",
        ),
        (
            *WRITING,
            problems.STATE_REFUSED,
            problems.VERSION_MOVED,
            problems.ALREADY_DECIDED,
            problems.DECIDED_ELSEWHERE,
        ),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def repair() -> Route:
    return route(
        Text("修复可安全处理或已核定的差异", "Pull and push what is safe or decided"),
        Text(
            "供主管部门和技术支持人员使用。修复后请再次对账，应无差异。",
            "For officials and operators. Run the reconciliation again afterwards: it must come out clean.",
        ),
        (*WRITING, problems.STATE_REFUSED),
        {"200": json_of(Text("已修复的差异和待人工核定的差异", "What was done and what waits for a person"), OBJECT)},
    )
