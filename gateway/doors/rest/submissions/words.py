"""Pushing, following and the change feed."""

from __future__ import annotations

from adapters.envelope import Channel
from gateway.base import problems
from gateway.doors.openapi_blocks import (
    ANSWER,
    DRY_RUN,
    IDEMPOTENCY_KEY,
    LIMIT,
    NOTHING,
    OBJECT,
    OK,
    READING,
    WRITING,
    Route,
    answered,
    json_of,
    named,
    query,
    route,
)
from schemas.catalog import kind_names
from schemas.findings import Text

PROVEN_RECEIPT = "application/vnd.yizhan.proven-receipt+json"
_PUSHING = (
    *WRITING,
    problems.UNREADABLE,
    problems.REJECTED,
    problems.CONFLICT,
    problems.IDEMPOTENCY_MISMATCH,
    problems.ATOMIC_REFUSED,
    problems.UNKNOWN_CONNECTOR,
    problems.UNSUPPORTED_MEDIA,
)

_HOW_TO_PUSH = Text(
    "规范 JSON，或以 `connector=` 指定的对接方格式。单个对象返回 201（新记录）、200（内容已有），"
    "或 422、409 及校验结果；多条记录返回 200 和每条记录的处理结果。"
    "重复的请求得到逐字节相同的原始答复，并标明 `Idempotent-Replayed: true`。",
    "Canonical JSON, or any partner format with `connector=`. One object answers 201 (new), 200 (known content), 422 "
    "or 409 with the findings; many records answer 200 with the fate of each. A repeated request gets the original "
    "answer, byte for byte, marked `Idempotent-Replayed: true`.",
)


def connectors() -> Route:
    return route(
        Text("列出可用的对接配置", "Connectors that may be named in `connector=`"),
        Text(
            "供 `connector=` 选用。技术支持人员另可见在用版本（`null` 为安装目录）、等级和升级尚缺的条件。",
            "To an operator also the version in service (null: the installed folder), the tier and "
            "what is missing for the next.",
        ),
        READING,
        {"200": json_of(OK, {"type": "object"})},
    )


def push(kind: str) -> Route:
    record = {"$ref": f"#/components/schemas/{kind}.v1"}
    example = {"$ref": f"#/components/examples/{kind}"}
    return route(
        Text("推送{kind}：单个对象、数组或 NDJSON", "Push {kind}s: one object, an array or NDJSON").format(
            kind=named(kind)
        ),
        _HOW_TO_PUSH,
        _PUSHING,
        _PUSHED,
        parameters=[*_SUBMISSION_PARAMETERS],
        body={
            "application/json": {
                "schema": {"anyOf": [record, {"type": "array", "items": record}]},
                "examples": {"one": example},
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    )


def upload() -> Route:
    binary = {"schema": {"type": "string", "format": "binary"}}
    kind = query(
        "kind",
        {"type": "string", "enum": list(kind_names())},
        Text("对接配置支持多个种类时必填", "Needed when the connector takes several"),
    )
    return route(
        Text("上传文件，由对接配置解析", "Upload a file for a connector"),
        Text(
            "正文为文件原样：电子表格、CSV、XML 或 JSON。",
            "The body is the file, as it is: spreadsheet, CSV, XML or JSON.",
        ),
        _PUSHING,
        _PUSHED,
        parameters=[*_SUBMISSION_PARAMETERS, kind],
        body={"application/octet-stream": binary, "application/xml": binary, "text/csv": binary},
    )


def handed_in() -> Route:
    parameters = [
        query(
            "before", {"type": "string", "format": "uuid"}, Text("上次调用返回的 `next`", "`next` of the call before")
        ),
        query("kind", {"type": "string", "enum": list(kind_names())}, Text("仅限一种", "Of one kind")),
        query("channel", {"type": "string", "enum": list(Channel)}, Text("仅限一种报送方式", "That came one way")),
        LIMIT,
    ]
    rows = {"type": "array", "items": OBJECT}
    schema = {"type": "object", "properties": {"submissions": rows, "next": {"type": ["string", "null"]}}}
    return route(
        Text("列出本单位的提交", "Your own submissions, the newest first"),
        Text(
            "新的在前，含各项计数和尚未处理的拒收记录数。",
            "With their counts, and how many of their rejected records are still open.",
        ),
        READING,
        {"200": json_of(OK, schema)},
        parameters=parameters,
    )


def lines() -> Route:
    failures = query(
        "failures", {"type": "boolean", "default": False}, Text("仅未通过的记录", "Only the records that did not pass")
    )
    return route(
        Text("逐行下载处理结果", "What became of every record, a line each"),
        Text(
            "每条记录一行，顺序与文件相同。批量文件的回执载有此清单的 SHA-256。",
            "In the document's order. The receipt of a batch holds the SHA-256 of this list.",
        ),
        READING,
        {
            "200": {
                "description": Text("NDJSON", "NDJSON"),
                "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            }
        },
        parameters=[failures],
    )


def events() -> Route:
    return route(
        Text("跟踪一次提交的进度", "Follow a submission"),
        Text(
            "服务器推送事件：有进展时为 `progress`，结束时为 `done`，附合计和回执。",
            "Server-sent events: `progress` when something moved, `done` with totals and receipt at the end.",
        ),
        READING,
        {
            "200": {
                "description": Text("事件流", "Events"),
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        },
    )


def letters_of_one() -> Route:
    parameters = [
        query(
            "after",
            {"type": "integer", "minimum": 0, "default": 0},
            Text("上次调用返回的 `next`", "`next` of the call before"),
        ),
        query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 20_000, "default": 1000},
            Text("最多返回条数", "Most to return"),
        ),
    ]
    return route(
        Text("列出一次提交中未通过的记录及原文", "Records of a submission that did not pass, with what was sent"),
        NOTHING,
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


_PUSHED = {
    "200": answered(Text("每条记录的处理结果", "The fate of every record")),
    "201": json_of(Text("已保存", "Stored"), ANSWER),
    "202": json_of(Text("已接收，在后台处理", "Taken over, worked on in the background"), OBJECT),
}


_SUBMISSION_PARAMETERS = [
    query(
        "connector",
        {"type": "string"},
        Text("读取正文所用的对接配置；不填则正文为规范格式", "How to read the body; without it the body is canonical"),
    ),
    query("atomic", {"type": "boolean", "default": False}, Text("全部通过才保存，否则都不保存", "All or nothing")),
    query(
        "amend",
        {"type": "boolean", "default": False},
        Text("已有编号下的不同内容作为变更保存", "Other content under a known number is an amendment"),
    ),
    DRY_RUN,
    query("filename", {"type": "string"}, Text("文件名，供贵方自己查对", "Name of the file, for your own reference")),
    IDEMPOTENCY_KEY,
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "enum": ["respond-async"]},
        "description": Text(
            "立即返回 202，在后台处理（RFC 7240）",
            "Answer 202 at once and work on the document in the background (RFC 7240)",
        ),
    },
]


def changes() -> Route:
    parameters = [
        query(
            "after",
            {"type": "integer", "minimum": 0, "default": 0},
            Text("上次调用返回的 `high_water`", "The high_water of the last call"),
        ),
        query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            Text("最多返回的事件数", "Most events to return"),
        ),
    ]
    return route(
        Text("读取变更流", "What happened to your records, in order"),
        Text(
            "按发生顺序返回本方记录的变更；从 `high_water` 继续读取，此位置及之前不会再出现新的变更。"
            "数据恢复到较早时刻后，位置可能无法识别，此时返回 410 并说明从何处继续。",
            "Go on from `high_water`: nothing new ever appears at or below it. A position that is "
            "not known, because the data was restored to an earlier moment, is a 410 that says from "
            "where to go on.",
        ),
        (*READING, problems.POSITION_UNKNOWN),
        {"200": json_of(OK, {"type": "object"})},
        parameters=parameters,
    )


def receipt() -> Route:
    content = {"application/jose": {"schema": {"type": "string"}}, PROVEN_RECEIPT: {"schema": OBJECT}}
    return route(
        Text("下载提交的签名回执", "The signed receipt of a submission"),
        Text(
            "紧凑格式 JWS，可用任意 JOSE 软件库按 /.well-known/jwks.json 验签。加 `proof=true` 时返回"
            " JSON：回执及其在存证日志中的包含证明。",
            "A compact JWS; any JOSE library checks it against /.well-known/jwks.json. With "
            "`proof=true` JSON: the receipt and the proof that it stands in the transparency log.",
        ),
        (*READING, problems.NOT_YET_LOGGED),
        {"200": {"description": Text("回执", "The receipt"), "content": content}},
        parameters=[
            query(
                "proof",
                {"type": "boolean", "default": False},
                Text("附存证日志的包含证明", "With the proof of inclusion in the log"),
            )
        ],
    )
