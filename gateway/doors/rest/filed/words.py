"""What portals keep, and the authority's desk."""

from __future__ import annotations

from typing import Any

from gateway.alerts.rows import AlertCode
from gateway.authority.qualification_steps import MACHINES
from gateway.authority.revealing import Purpose
from gateway.authority.rows import About, Turn
from gateway.base import problems
from gateway.contracts.page_pictures import MOST_PICTURES, PICTURE_TYPE
from gateway.doors.openapi_blocks import (
    ANSWER,
    LIMIT,
    NOTHING,
    OBJECT,
    OK,
    READING,
    WHY,
    WRITING,
    Route,
    change_of,
    json_of,
    named,
    query,
    route,
)
from gateway.doors.reasons import LONGEST_REASON
from gateway.doors.versions_seen import IF_MATCH
from gateway.ledger.conflicts import ConflictChoice
from schemas.catalog import kind_names
from schemas.findings import Text

_PARTNER = query(
    "partner",
    {"type": "string"},
    Text("同一编号由多方保存时，指明哪一方的记录", "Whose record, when several keep one of this key"),
)
_PURPOSE = query(
    "purpose",
    {"type": "string", "enum": [purpose.value for purpose in Purpose]},
    Text("查看他方原文的用途", "What somebody else's document is looked at for"),
)
_PAGE = (
    query("after", {"type": "string"}, Text("上一页的 `next`", "`next` of the page before")),
    LIMIT,
)
SEEN = Text("列出时的 `seen`", "`seen` as it was listed")
REPORT_SEEN = Text("查看旅行社提交的信息时的 `seen`", "`seen` of what the agency says, as it was shown")
_CHANGING = (
    *WRITING,
    problems.UNREADABLE,
    problems.REJECTED,
    problems.CONFLICT,
    problems.VERSION_MOVED,
    problems.STATE_REFUSED,
)
_ANSWERED = {
    "200": json_of(Text("已采纳", "Taken over"), ANSWER),
    "201": json_of(Text("已采纳", "Taken over"), ANSWER),
}


def show(kind: str) -> Route:
    return route(
        Text("查看{kind}及历次版本", "One {kind} with its earlier versions").format(kind=named(kind)),
        Text("`ETag` 为版本号，变更时使用。", "Its ETag is the version, for a change."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[_PARTNER],
    )


def source(kind: str) -> Route:
    return route(
        Text("下载{kind}现行版本的原始报文", "The document that brought the current version of a {kind}").format(
            kind=named(kind)
        ),
        Text(
            "与对接方提交时逐字节一致，未作遮盖；供该对接方查看，有“查看遮盖信息”权限的人员须注明用途。",
            "Byte for byte as its partner gave it, unmasked; for the partner itself, and for a `purpose` that is "
            "audited for whoever may look behind masks.",
        ),
        READING,
        {"200": {"description": OK, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
        parameters=[_PARTNER, _PURPOSE],
    )


def change(kind: str) -> Route:
    change = {"schema": {"$ref": f"#/components/schemas/{change_of(kind)}"}}
    return route(
        Text("主管部门变更{kind}", "Change a {kind} as an authority").format(kind=named(kind)),
        Text(
            "正文为 JSON 合并补丁（RFC 7396）；变更推送到保存该记录的政务服务网。",
            "A JSON merge patch (RFC 7396). It goes to the portal that keeps the record.",
        ),
        _CHANGING,
        _ANSWERED,
        parameters=[_PARTNER, IF_MATCH],
        body={"application/merge-patch+json": change, "application/json": change},
    )


def differences() -> Route:
    return _list(
        Text(
            "列出与门户不一致之处",
            "What does not agree with a portal: conflicts, discrepancies of the last reconciliations, connectors that "
            "stand still",
        ),
        Text(
            "版本冲突、最近一次对账中须人工核定的差异、停滞的对接，先发现的在前，同一事项只列一次。"
            "`about` 为其种类，`turn` 为该由谁处理，`subject` 为所涉记录的名称（人名遮盖），"
            "`decide` 为核定地址，`allowed` 为可选的核定，`seen` 须随核定一并提交。",
            "What is known longest comes first, and nothing is listed twice. `about` is what kind it is, `turn` whose "
            "turn it is, `subject` what the record is called (people masked), `decide` the address to decide at, "
            "`allowed` what may be decided; `seen` goes with the decision.",
        ),
        query("about", {"type": "string", "enum": list(About)}, Text("仅限一类", "Of one kind")),
        query("connector", {"type": "string"}, Text("仅限一个对接配置", "Of one connector")),
        query(
            "division", {"type": "string", "pattern": "^[0-9]{6}$"}, Text("行政区划及其下级", "A division and below")
        ),
        query("kind", {"type": "string", "enum": list(kind_names())}, Text("仅限一种记录", "About one kind of record")),
        query("turn", {"type": "string", "enum": list(Turn)}, Text("该由谁处理", "Whose turn it is")),
        *_PAGE,
    )


def waiting() -> Route:
    return _list(
        Text(
            "统计各类待办数量",
            "How much waits: rosters to audit, pledges, filings, guides, leaders, differences, alerts, letters",
        ),
        Text(
            "待审验名单表、待核实承诺、待办结办件、待核准导游和领队、旅行社不予确认的导游、与门户不一致之处（其中对账差异"
            "另计）、告警和死信；至多计到 1000。",
            "`declined` are guides whom their agency will not have, `discrepancies` those among the differences that a "
            "reconciliation has found; at most 1000 are counted.",
        ),
    )


def decision() -> Route:
    return _decided(
        Text("核定版本冲突以哪一方为准", "Decide which side of a conflict to keep"),
        {
            "decision": {"enum": list(ConflictChoice)},
            "reason": WHY,
            "seen": {"type": "string", "description": SEEN},
        },
        (problems.NOT_PULLED, problems.ALREADY_DECIDED, problems.DECIDED_ELSEWHERE),
    )


def alerts() -> Route:
    return _list(
        Text("列出告警", "What somebody should look at"),
        Text(
            "需要关注的事项，先发现的在前；`detail`、`detail_en` 为最近一次发现的内容。",
            "The earliest first; `detail` and `detail_en` are what was found last.",
        ),
        query("code", {"type": "string", "enum": list(AlertCode)}, Text("仅限一类", "Of one code")),
        query("connector", {"type": "string"}, Text("仅限一个对接配置", "Of one connector")),
        *_PAGE,
    )


def close() -> Route:
    return route(
        Text("关闭告警", "Close an alert"),
        Text("关闭后不再列入待办。", "It is open no longer."),
        WRITING,
        {"200": json_of(Text("已关闭", "Closed"), OBJECT)},
    )


def pledges() -> Route:
    overdue = query("overdue", {"type": "boolean", "default": False}, Text("仅逾期的", "Only those whose time is over"))
    description = Text(
        "按期限排列；`working_days_left` 为剩余工作日，逾期为负数；`more` 为未列出的数目。",
        "`working_days_left` is negative when the time is over; `more` is how many are not listed.",
    )
    return _list(
        Text("列出待核实的承诺", "Pledges that wait for a verdict, the most urgent first"), description, overdue, *_PAGE
    )


def verdict() -> Route:
    fields = {
        "verdict": {"enum": ["truthful", "untruthful"]},
        "evidence": {"type": "string", "minLength": 1, "maxLength": 2000},
        "verifier": {"type": "string", "minLength": 1, "maxLength": 64},
    }
    return _decided(Text("登记承诺核实结论", "Give the verdict on a pledge"), fields, (), _PARTNER)


def dossier() -> Route:
    return route(
        Text("查看旅行社档案", "What is filed of an agency: branches, outlets, guides, leaders, filings, pledges"),
        Text(
            "旅行社名下的分社、网点、人员、备案和承诺；每类最多五十条，新的在前，人员姓名遮盖。",
            "At most fifty of each kind, the newest first; names of persons masked.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def filings_about(kind: str) -> Route:
    return route(
        Text("列出有关该{kind}的办件", "The filings about a {kind}").format(kind=named(kind)),
        Text(
            "所属旅行社最近五十件办件中有关它的，新的在前；`is_cut` 表示该社还有更早的办件未列入。",
            "Of the last fifty filings of its agency, the newest first; `is_cut` says that it has earlier ones.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[_PARTNER],
    )


def self_report() -> Route:
    return route(
        Text("查看旅行社提交的与在案不同的信息", "What an agency says of itself that differs from what is kept of it"),
        Text("个人信息遮盖；`seen` 标明所见内容。", "Personal values masked; `seen` names what you saw."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def take_over() -> Route:
    schema = {"type": "object", "required": ["seen"], "properties": {"seen": {"type": "string"}}}
    return route(
        Text("采纳旅行社提交的信息", "Take over what an agency says of itself"),
        Text(
            "写入在案记录；尚无在案记录的，以旅行社自己的记录生效。",
            "Into the record that is kept; where none is, the agency's own becomes active.",
        ),
        _CHANGING,
        _ANSWERED,
        body={"application/json": {"schema": schema}},
    )


def penalties_of_agency() -> Route:
    return route(
        Text("查看旅行社的在案行政处罚", "The penalties on file against an agency"),
        Text(
            "含已撤销的（`withdrawn_on`）；登记、更正和撤销用 `PATCH /v1/agencies/{key}`。"
            "`is_known` 为 `false` 表示未掌握处罚情况。",
            "Those that were withdrawn too (`withdrawn_on`); they are entered, corrected and withdrawn with "
            "`PATCH /v1/agencies/{key}`. `is_known` is false where nothing is on file, not even that there are none.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def penalties() -> Route:
    return route(
        Text("查看承诺所涉旅行社的在案行政处罚", "The penalties on file against the agency of a pledge"),
        Text(
            "`breaks` 表示与承诺不符；`is_known` 为 `false` 表示未掌握处罚情况，也不能认定没有处罚。",
            "`breaks` says that it makes the pledge untrue; `is_known` is false where nothing is on "
            "file, not even that there are none.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[_PARTNER],
    )


def put_pledge_file() -> Route:
    pdf = {"schema": {"type": "string", "format": "binary"}}
    return route(
        Text("上传承诺书", "Upload the PDF of a pledge"),
        Text(
            "申请待办期间上传，文件的 SHA-256 须与申请所填一致。",
            "The very file whose SHA-256 the application names, while it waits.",
        ),
        (*WRITING, problems.STATE_REFUSED, problems.PLEDGE_FILE_REFUSED),
        {
            "200": json_of(Text("此前已保存", "Was there already"), OBJECT),
            "201": json_of(Text("已保存", "Stored"), OBJECT),
        },
        parameters=[_PARTNER],
        body={"application/pdf": pdf},
    )


def get_pledge_file() -> Route:
    pdf = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    return route(
        Text("下载承诺书", "The PDF of a pledge"),
        Text("供报送方和核实人员查看，查看留痕。", "For its sender and for who verifies; that it was read is kept."),
        READING,
        {"200": {"description": OK, "content": pdf}},
        parameters=[_PARTNER],
    )


def get_pledge_page() -> Route:
    jpeg = {PICTURE_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    return route(
        Text("查看承诺书的一页（图片）", "A page of the pledge as a picture"),
        Text(
            f"自第 1 页起，至多 {MOST_PICTURES} 页；查看留痕。",
            f"From page 1, at most {MOST_PICTURES}; that it was read is kept.",
        ),
        READING,
        {"200": {"description": OK, "content": jpeg}},
        parameters=[_PARTNER],
    )


def state(kind: str) -> Route:
    schema = {
        "type": "object",
        "required": ["state"],
        "properties": {
            "state": {"enum": list(MACHINES[kind].states)},
            "reason": {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON},
        },
        "additionalProperties": False,
    }
    moves = ", ".join(f"`{move.start} → {move.end}`" for move in MACHINES[kind].moves if move.start is not None)
    return route(
        Text("主管部门办理{kind}", "Decide a {kind} as an authority").format(kind=named(kind)),
        Text(
            "须在所见版本上办理。状态的先后：{moves}。", "On the version you saw. What may follow what: {moves}."
        ).format(moves=moves),
        _CHANGING,
        _ANSWERED,
        parameters=[_PARTNER, IF_MATCH],
        body={"application/json": {"schema": schema}},
    )


def _list(summary: Text, description: Text, *parameters: dict[str, Any]) -> Route:
    return route(summary, description, READING, {"200": json_of(OK, OBJECT)}, parameters=list(parameters))


def _decided(
    summary: Text, fields: dict[str, Any], more: tuple[problems.ProblemType, ...], *parameters: dict[str, Any]
) -> Route:
    schema = {"type": "object", "required": list(fields), "properties": fields}
    return route(
        summary,
        NOTHING,
        (*_CHANGING, *more),
        _ANSWERED,
        parameters=list(parameters),
        body={"application/json": {"schema": schema}},
    )
