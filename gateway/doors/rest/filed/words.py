"""What portals keep, and the authority's desk."""

from __future__ import annotations

from typing import Any

from gateway.authority.qualification_steps import MACHINES
from gateway.base import problems
from gateway.doors.openapi_blocks import ANSWER, OBJECT, READING, WRITING, Route, change_of, json_of, query, route
from gateway.doors.reasons import LONGEST_REASON
from gateway.doors.versions_seen import IF_MATCH
from gateway.ledger.conflicts import ConflictChoice

_PARTNER = query("partner", {"type": "string"}, "Whose record, when several keep one of this key")
_PAGE = (
    query("after", {"type": "string"}, "`next` of the page before"),
    query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
)
SEEN = "`seen` of the conflict as it was listed"
REPORT_SEEN = "`seen` of what the agency says, as it was shown"
_CHANGING = (
    *WRITING,
    problems.UNREADABLE,
    problems.REJECTED,
    problems.CONFLICT,
    problems.VERSION_MOVED,
    problems.STATE_REFUSED,
)
_ANSWERED = {
    "200": json_of("Taken over", ANSWER),
    "201": json_of("Taken over", ANSWER),
}


def show(kind: str) -> Route:
    return route(
        f"One {kind} with its earlier versions",
        "Its ETag is the version, for a change. 查看记录及历次版本。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=[_PARTNER],
    )


def source(kind: str) -> Route:
    return route(
        f"The document that brought the current version of a {kind}",
        "Byte for byte as its partner gave it; for the partner itself and operators. 本版本的原始报文。",
        READING,
        {"200": {"description": "OK", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
        parameters=[_PARTNER],
    )


def change(kind: str) -> Route:
    change = {"schema": {"$ref": f"#/components/schemas/{change_of(kind)}"}}
    return route(
        f"Change a {kind} as an authority",
        "A JSON merge patch (RFC 7396). It goes to the portal that keeps the record. 主管部门变更记录并推送门户。",
        _CHANGING,
        _ANSWERED,
        parameters=[_PARTNER, IF_MATCH],
        body={"application/merge-patch+json": change, "application/json": change},
    )


def decisions() -> Route:
    return _list(
        "What waits for a decision: conflicts, and what the last reconciliations leave to a person",
        "待核定事项：先列版本冲突，后列最近一次对账的差异；`about` 为其种类，`decide` 为核定地址。同一事项只列一次。",
        *_PAGE,
    )


def waiting() -> Route:
    return _list(
        "How much waits: rosters to audit, pledges, filings, guides, leaders, decisions, alerts, letters",
        "各类待办的数量：待审验名单表、待核实承诺、待办结办件、待核准导游和领队、"
        "待核定事项（对账差异单列）、告警、死信；至多计到 1000。",
    )


def conflicts() -> Route:
    return _list("Records that both sides have changed", "双方都已变更、等待人工核定的记录，先提出的在前。", *_PAGE)


def decision() -> Route:
    return _decided(
        "Decide which side of a conflict to keep",
        {"decision": {"enum": list(ConflictChoice)}, "seen": {"type": "string", "description": SEEN}},
        (problems.NOT_PULLED, problems.ALREADY_DECIDED, problems.DECIDED_ELSEWHERE),
    )


def alerts() -> Route:
    return _list(
        "What somebody should look at",
        "需要关注的事项，先发现的在前；`detail`、`detail_en` 为最近一次发现的内容。",
        *_PAGE,
    )


def close() -> Route:
    return route("Close an alert", "关闭告警。", WRITING, {"200": json_of("Closed", OBJECT)})


def pledges() -> Route:
    overdue = query("overdue", {"type": "boolean", "default": False}, "Only those whose time is over")
    description = "待核实的承诺，按期限排列；`working_days_left` 为剩余工作日，逾期为负数；`more` 为未列出的数目。"
    return _list("Pledges that wait for a verdict, the most urgent first", description, overdue, *_PAGE)


def verdict() -> Route:
    fields = {
        "verdict": {"enum": ["truthful", "untruthful"]},
        "evidence": {"type": "string", "minLength": 1, "maxLength": 2000},
        "verifier": {"type": "string", "minLength": 1, "maxLength": 64},
    }
    return _decided("Give the verdict on a pledge", fields, (), _PARTNER)


def dossier() -> Route:
    return route(
        "What is filed of an agency: branches, outlets, guides, leaders, filings, pledges",
        "At most fifty of each kind, the newest first; names of persons masked. 旅行社名下的分社、网点、人员和办件。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def self_report() -> Route:
    return route(
        "What an agency says of itself that differs from what is kept of it",
        "Personal values masked; `seen` names what you saw. 旅行社提交的与在案不同的信息。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def take_over() -> Route:
    schema = {"type": "object", "required": ["seen"], "properties": {"seen": {"type": "string"}}}
    return route(
        "Take over what an agency says of itself",
        "Into the record that is kept; where none is, the agency's own becomes active. 采纳旅行社提交的信息。",
        _CHANGING,
        _ANSWERED,
        body={"application/json": {"schema": schema}},
    )


def penalties() -> Route:
    return route(
        "The penalties on file against the agency of a pledge",
        "`breaks` says that it makes the pledge untrue; `is_known` is false where nothing is on file, not even that "
        "there are none. 在案行政处罚；`breaks` 表示与承诺不符，`is_known` 为 false 表示未掌握处罚情况。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=[_PARTNER],
    )


def put_pledge_file() -> Route:
    pdf = {"schema": {"type": "string", "format": "binary"}}
    return route(
        "Upload the PDF of a pledge",
        "The very file whose SHA-256 the application names, while it waits. 上传承诺书，摘要须与申请一致。",
        (*WRITING, problems.STATE_REFUSED, problems.PLEDGE_FILE_REFUSED),
        {"200": json_of("Was there already", OBJECT), "201": json_of("Stored", OBJECT)},
        parameters=[_PARTNER],
        body={"application/pdf": pdf},
    )


def get_pledge_file() -> Route:
    pdf = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    return route(
        "The PDF of a pledge",
        "For its sender and for who verifies; that it was read is kept. 承诺书，查看留痕。",
        READING,
        {"200": {"description": "OK", "content": pdf}},
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
    moves = "; ".join(f"{move.start} → {move.end}" for move in MACHINES[kind].moves if move.start is not None)
    return route(
        f"Decide a {kind} as an authority",
        f"What may follow what: {moves}. 主管部门办理，须在所见版本上进行。",
        _CHANGING,
        _ANSWERED,
        parameters=[_PARTNER, IF_MATCH],
        body={"application/json": {"schema": schema}},
    )


def _list(summary: str, description: str, *parameters: dict[str, Any]) -> Route:
    return route(summary, description, READING, {"200": json_of("OK", OBJECT)}, parameters=list(parameters))


def _decided(
    summary: str, fields: dict[str, Any], more: tuple[problems.ProblemType, ...], *parameters: dict[str, Any]
) -> Route:
    schema = {"type": "object", "required": list(fields), "properties": fields}
    return route(
        summary,
        "",
        (*_CHANGING, *more),
        _ANSWERED,
        parameters=list(parameters),
        body={"application/json": {"schema": schema}},
    )
