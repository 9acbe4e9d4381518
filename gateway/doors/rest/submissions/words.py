"""Pushing, following and the change feed."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import (
    ANSWER,
    DRY_RUN,
    IDEMPOTENCY_KEY,
    OBJECT,
    READING,
    WRITING,
    Route,
    answered,
    json_of,
    query,
    route,
)
from schemas.catalog import kind_names
from schemas.loading import load

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


def connectors() -> Route:
    return route(
        "Connectors that may be named in `connector=`",
        "To an operator also the version in service (null: the installed folder), the tier and what is missing for the "
        "next. 可用的对接配置；技术支持人员另可见在用版本与等级。",
        READING,
        {"200": json_of("OK", {"type": "object"})},
    )


def push(kind: str) -> Route:
    record, title = {"$ref": f"#/components/schemas/{kind}.v1"}, load(f"{kind}.v1")["title"]
    example = {"$ref": f"#/components/examples/{kind}"}
    return route(
        f"Push {kind}s: one object, an array or NDJSON",
        f"Canonical JSON, or any partner format with `connector=`. One object answers 201 (new), 200 (known content), "
        f"422 or 409 with the findings; many records answer 200 with the fate of each. A repeated request gets the "
        f"original answer, byte for byte, marked `Idempotent-Replayed: true`. 推送{title}。",
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
    kind = query("kind", {"type": "string", "enum": list(kind_names())}, "Needed when the connector takes several")
    return route(
        "Upload a file for a connector",
        "The body is the file, as it is: spreadsheet, CSV, XML or JSON. 上传文件，由对接配置解析。",
        _PUSHING,
        _PUSHED,
        parameters=[*_SUBMISSION_PARAMETERS, kind],
        body={"application/octet-stream": binary, "application/xml": binary, "text/csv": binary},
    )


def handed_in() -> Route:
    parameters = [
        query("before", {"type": "string", "format": "uuid"}, "`next` of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    rows = {"type": "array", "items": OBJECT}
    schema = {"type": "object", "properties": {"submissions": rows, "next": {"type": ["string", "null"]}}}
    return route(
        "Your own submissions, the newest first",
        "With their counts, and how many of their rejected records are still open. 本单位的提交记录，新的在前。",
        READING,
        {"200": json_of("OK", schema)},
        parameters=parameters,
    )


def lines() -> Route:
    failures = query("failures", {"type": "boolean", "default": False}, "Only the records that did not pass")
    return route(
        "What became of every record, a line each",
        "In the document's order. The receipt of a batch holds the SHA-256 of this list. 逐行结果清单。",
        READING,
        {"200": {"description": "NDJSON", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
        parameters=[failures],
    )


def events() -> Route:
    return route(
        "Follow a submission",
        "Server-sent events: `progress` when something moved, `done` with totals and receipt at the end. 进度事件流。",
        READING,
        {"200": {"description": "Events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )


def letters_of_one() -> Route:
    parameters = [
        query("after", {"type": "integer", "minimum": 0, "default": 0}, "`next` of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 20_000, "default": 1000}, "Most to return"),
    ]
    return route(
        "Records of a submission that did not pass, with what was sent",
        "",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


_PUSHED = {
    "200": answered("The fate of every record"),
    "201": json_of("Stored", ANSWER),
    "202": json_of("Taken over, worked on in the background", OBJECT),
}


_SUBMISSION_PARAMETERS = [
    query("connector", {"type": "string"}, "How to read the body; without it the body is canonical"),
    query("atomic", {"type": "boolean", "default": False}, "All or nothing"),
    query("amend", {"type": "boolean", "default": False}, "Other content under a known number is an amendment"),
    DRY_RUN,
    query("filename", {"type": "string"}, "Name of the file, for your own reference"),
    IDEMPOTENCY_KEY,
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "enum": ["respond-async"]},
        "description": "Answer 202 at once and work on the document in the background (RFC 7240)",
    },
]


def changes() -> Route:
    parameters = [
        query("after", {"type": "integer", "minimum": 0, "default": 0}, "The high_water of the last call"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most events to return"),
    ]
    return route(
        "What happened to your records, in order",
        "Go on from `high_water`: nothing new ever appears at or below it. A position that is not known, because the "
        "data was restored to an earlier moment, is a 410 that says from where to go on. 变更流。",
        (*READING, problems.POSITION_UNKNOWN),
        {"200": json_of("OK", {"type": "object"})},
        parameters=parameters,
    )


def receipt() -> Route:
    content = {"application/jose": {"schema": {"type": "string"}}, PROVEN_RECEIPT: {"schema": OBJECT}}
    return route(
        "The signed receipt of a submission",
        "A compact JWS; any JOSE library checks it against /.well-known/jwks.json. With `proof=true` JSON: the receipt "
        "and the proof that it stands in the transparency log. 加 `proof=true` 时附存证日志的包含证明。",
        (*READING, problems.NOT_YET_LOGGED),
        {"200": {"description": "The receipt", "content": content}},
        parameters=[query("proof", {"type": "boolean", "default": False}, "With the proof of inclusion in the log")],
    )
