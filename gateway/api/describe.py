"""What OpenAPI says of each route: bodies by reference to the canonical schemas, examples, every problem code."""

from __future__ import annotations

from typing import Any

from gateway import problems
from gateway.lifecycle import TRANSITIONS
from gateway.problems import ProblemType
from gateway.qr_image import PRINT_SIZES_MM
from gateway.relay.targets import EVENTS

Route = dict[str, Any]

_READING = (
    problems.BAD_REQUEST,
    problems.UNAUTHENTICATED,
    problems.BAD_SIGNATURE,
    problems.BAD_TIMESTAMP,
    problems.NONCE_REPLAYED,
    problems.NOT_FOUND,
    problems.RATE_LIMITED,
    problems.BUSY,
)
_WRITING = (*_READING, problems.TOO_LARGE, problems.BODY_INCOMPLETE, problems.FORBIDDEN)
_PUSHING = (
    *_WRITING,
    problems.UNREADABLE,
    problems.REJECTED,
    problems.CONFLICT,
    problems.IDEMPOTENCY_MISMATCH,
    problems.ATOMIC_REFUSED,
    problems.UNKNOWN_CONNECTOR,
    problems.UNSUPPORTED_MEDIA,
)

_AUTHENTICATED: list[dict[str, list[str]]] = [{"bearer": []}, {"signature": []}]
_TITLES = {"contract": "合同", "roster": "名单表"}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_OBJECT = {"type": "object"}
_SCHEME = {"type": "string", "enum": ["hmac", "ed25519"]}
_ANSWER = {"$ref": "#/components/schemas/Answer"}


def push(kind: str) -> Route:
    record = {"$ref": f"#/components/schemas/{kind}.v1"}
    example = {"$ref": f"#/components/examples/{kind}"}
    return _route(
        f"Push {kind}s: one object, an array or NDJSON",
        f"Canonical JSON, or any partner format with `connector=`. One object answers 201 (new), 200 (known content), "
        f"422 or 409 with the findings; many records answer 200 with the fate of each. A repeated request gets the "
        f"original answer, byte for byte, marked `Idempotent-Replayed: true`. 推送{_TITLES[kind]}。",
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
    kind = _query("kind", {"type": "string", "enum": sorted(TRANSITIONS)}, "Needed when the connector takes several")
    return _route(
        "Upload a file for a connector",
        "The body is the file, as it is: spreadsheet, CSV, XML or JSON. 上传文件，由对接配置解析。",
        _PUSHING,
        _PUSHED,
        parameters=[*_SUBMISSION_PARAMETERS, kind],
        body={"application/octet-stream": binary, "application/xml": binary, "text/csv": binary},
    )


def new_upload() -> Route:
    text = {"type": "string", "minLength": 1}
    schema = {
        "type": "object",
        "required": ["sha256", "size_bytes"],
        "additionalProperties": False,
        "properties": {
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of the whole document"},
            "size_bytes": {"type": "integer", "minimum": 1},
            "connector": {**text, "maxLength": 32},
            "kind": {**text, "maxLength": 32},
            "filename": {**text, "maxLength": 255},
            "content_type": {**text, "maxLength": 200},
            "amend": {"type": "boolean", "default": False},
        },
    }
    session = _json("The session: `part_bytes` says how to cut, `missing` which parts are still to come", _OBJECT)
    return _route(
        "Open an upload session for a large document",
        "The same request finds the session that is there: go on with its `missing` parts. 大文件分块上传。",
        (*_WRITING, problems.UNKNOWN_CONNECTOR),
        {"200": session, "201": session},
        body={"application/json": {"schema": schema}},
        parameters=[_IDEMPOTENCY_KEY],
    )


def upload_part() -> Route:
    digest = {"name": "Content-Digest", "in": "header", "required": False, "schema": {"type": "string"}}
    return _route(
        "Send one part",
        "Parts are numbered from 1 and may come in any order, or twice. `Content-Digest: sha-256=:base64:` is checked.",
        (*_WRITING, problems.PART_REFUSED),
        {"200": _json("The part is durable", _OBJECT)},
        body={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        parameters=[{**digest, "description": "RFC 9530"}],
    )


def complete_upload() -> Route:
    return _route(
        "Hand the document over",
        "Durable when answered 202; worked on in the background. Asked again, the original answer.",
        (*_WRITING, problems.UPLOAD_INCOMPLETE, problems.UNKNOWN_CONNECTOR, problems.IDEMPOTENCY_MISMATCH),
        {"200": _json("The same document was answered before", _ANSWER), "202": _json("Taken over", _OBJECT)},
    )


def lines() -> Route:
    failures = _query("failures", {"type": "boolean", "default": False}, "Only the records that did not pass")
    return _route(
        "What became of every record, a line each",
        "In the document's order. The receipt of a batch holds the SHA-256 of this list. 逐行结果清单。",
        _READING,
        {"200": {"description": "NDJSON", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
        parameters=[failures],
    )


def events() -> Route:
    return _route(
        "Follow a submission",
        "Server-sent events: `progress` when something moved, `done` with totals and receipt at the end. 进度事件流。",
        _READING,
        {"200": {"description": "Events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )


def new_target() -> Route:
    schema = {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "format": "uri"},
            "events": {"type": "array", "items": {"type": "string", "enum": ["*", *sorted(EVENTS)]}, "default": ["*"]},
            "signing": {"type": "array", "items": _SCHEME, "default": ["hmac"]},
        },
    }
    return _route(
        "Have changes delivered to an address (Standard Webhooks)",
        "The keys are shown once. Deliveries begin with what happens from now on. 订阅推送。",
        (*_WRITING, problems.TARGET_REFUSED),
        {"201": _json("The target with its keys", _OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def target_key() -> Route:
    schema = {"type": "object", "properties": {"signing": {"type": "array", "items": _SCHEME, "maxItems": 1}}}
    return _route(
        "One more key: deliveries carry its signature too",
        "Drop the old key when your side knows the new one. 轮换密钥。",
        (*_WRITING, problems.TARGET_REFUSED),
        {"201": _json("The key, shown once", _OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def drop_target_key() -> Route:
    schema = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}}
    return _route(
        "Sign no longer with a key",
        "Name it as it was shown. The last key stays.",
        (*_WRITING, problems.TARGET_REFUSED),
        {"200": _json("OK", _OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def target_state() -> Route:
    states = {"type": "string", "enum": ["active", "paused", "gone"]}
    schema = {"type": "object", "required": ["state"], "properties": {"state": states}}
    return _route(
        "Pause, resume or remove a target",
        "What happens during a pause is delivered after it.",
        _WRITING,
        {"200": _json("OK", _OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def deliveries() -> Route:
    states = {"type": "string", "enum": ["waiting", "delivered", "dead"]}
    parameters = [
        _query("after", {"type": "integer", "minimum": 0, "default": 0}, "The last position of the call before"),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
        _query("state", states, "Only these"),
    ]
    return _route("What became of each delivery", "", _READING, {"200": _json("OK", _OBJECT)}, parameters=parameters)


def redeliver() -> Route:
    position = {"type": "integer", "minimum": 0}
    properties = {"first": position, "last": position, "all": {"type": "boolean", "default": False}}
    return _route(
        "Deliver again",
        "The dead deliveries between two positions, or all of them. 重新投递。",
        _WRITING,
        {"202": _json("How many", _OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties}}},
    )


def dead_letters() -> Route:
    states = {"type": "string", "enum": ["open", "parked", "resolved"], "default": "open"}
    parameters = [
        _query("state", states, "resolved: replayed, or its number has been stored since"),
        _query("submission_id", {"type": "string", "format": "uuid"}, "Of one submission"),
        _query("connector", {"type": "string"}, "By the connector that read them"),
        _query("kind", {"type": "string"}, "contract, roster ..."),
        _query("code", {"type": "string"}, "With this finding, such as CONTRACT-012"),
        _query("after", {"type": "string"}, "`next` of the call before"),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    return _route(
        "Records that did not pass, in the order in which they came",
        "未通过的记录（死信），按提交顺序。",
        _READING,
        {"200": _json("OK", _OBJECT)},
        parameters=parameters,
    )


def letters_of_one() -> Route:
    parameters = [
        _query("after", {"type": "integer", "minimum": 0, "default": 0}, "`next` of the call before"),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 20_000, "default": 1000}, "Most to return"),
    ]
    return _route(
        "Records of a submission that did not pass, with what was sent",
        "",
        _READING,
        {"200": _json("OK", _OBJECT)},
        parameters=parameters,
    )


def replay() -> Route:
    text = {"type": "string"}
    properties = {
        "dry_run": {"type": "boolean", "default": True},
        "state": {"type": "string", "enum": ["open", "parked"], "default": "open"},
        "submission_id": {"type": "string", "format": "uuid"},
        "connector": text,
        "kind": text,
        "code": text,
        "after": text,
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    }
    return _route(
        "Replay dead letters with the mapping of today, in the original order",
        "A dry run (the default) says what would happen and stores nothing. Codes of stored records stay as they are. "
        "重放死信，默认只试算。",
        _WRITING,
        {"200": _json("What became, or would become, of each", _OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties}}},
    )


def edit_letter() -> Route:
    values = {"type": "object", "minProperties": 1, "maxProperties": 50}
    schema = {"type": "object", "required": ["set"], "properties": {"set": values}}
    example = {"set": {"/touristsInfo/totalNumber": 3}}
    return _route(
        "Edit the source of a dead letter, by JSON pointer",
        "Audited; the original stays. Answers what a replay would do now. 人工更正。",
        (*_WRITING, problems.STATE_REFUSED),
        {"200": _json("What a replay would do", _OBJECT)},
        body={"application/json": {"schema": schema, "example": example}},
    )


def compat(summary: str) -> Route:
    refusals = (
        problems.UNAUTHENTICATED,
        problems.BAD_SIGNATURE,
        problems.BAD_TIMESTAMP,
        problems.FORBIDDEN,
        problems.NOT_FOUND,
        problems.UNREADABLE,
        problems.REJECTED,
        problems.CONFLICT,
        problems.UNKNOWN_CONNECTOR,
        problems.TOO_LARGE,
        problems.BODY_INCOMPLETE,
        problems.RATE_LIMITED,
        problems.BUSY,
    )
    names = ("source", "key", "version", "timestamp", "signature")
    headers = [
        {"name": f"x-12301-{name}", "in": "header", "required": False, "schema": {"type": "string"}} for name in names
    ]
    return _route(
        summary,
        "Off unless the credential's connector opens this door. 兼容现有电子合同接口，按对接配置开通。",
        refusals,
        {"200": _json("Known content", _OBJECT), "201": _json("Stored", _OBJECT)},
        parameters=headers,
        security=[],
        body={"application/json": {"schema": _OBJECT}},
        refusal=_json("The refusal in the protocol's clothes", _OBJECT),
    )


def answers(summary: str) -> Route:
    return _route(summary, "", _READING, {"200": _json("OK", {"type": "object"})})


def file(media_type: str) -> Route:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    sizes = [_query("size_mm", {"type": "integer", "enum": list(PRINT_SIZES_MM), "default": 30}, "Printed edge length")]
    return _route(
        "A file",
        "",
        (*_READING, problems.FORBIDDEN),
        {"200": {"description": "OK", "content": content}},
        parameters=sizes if media_type.startswith("image/") else [],
    )


def signed(summary: str, *, is_public: bool = False) -> Route:
    content = {"application/jose": {"schema": {"type": "string"}}}
    return _route(
        summary,
        "A compact JWS; any JOSE library checks it against /.well-known/jwks.json.",
        (problems.RATE_LIMITED,) if is_public else _READING,
        {"200": {"description": "The signed statement", "content": content}},
        security=[] if is_public else None,
    )


def search(kind: str) -> Route:
    key = "business_no" if kind == "contract" else "group_no"
    parameters = [
        _query(key, {"type": "string"}, "Your own number"),
        _query("content_sha256", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "Hash of the canonical content"),
        _query("document_no", {"type": "string"}, "Identity document of a person named in it (partners only)"),
    ]
    if kind == "roster":
        states = {"type": "string", "enum": sorted(TRANSITIONS[kind])}
        parameters.append(_query("state", states, "The newest 200 in this state"))
    records = {"type": "object", "properties": {"records": {"type": "array", "items": {"type": "object"}}}}
    return _route(f"Find {kind}s by one criterion", "", _READING, {"200": _json("OK", records)}, parameters=parameters)


def lookup(kind: str) -> Route:
    names = ["business_no" if kind == "contract" else "group_no", "content_sha256"]
    names += ["code"] if kind == "contract" else []
    strings = {"type": "array", "items": {"type": "string"}, "maxItems": 1000}
    schema = {"type": "object", "properties": dict.fromkeys(names, strings), "additionalProperties": False}
    return _route(
        f"Look up many {kind}s at once",
        "At most 1000 values in all. 批量查询。",
        _WRITING,
        {"200": _json("OK", {"type": "object"})},
        body={"application/json": {"schema": {**schema, "minProperties": 1}, "example": {names[0]: ["ERP-1"]}}},
    )


def state(kind: str) -> Route:
    schema = {
        "type": "object",
        "required": ["state"],
        "properties": {"state": {"type": "string", "enum": sorted(TRANSITIONS[kind])}},
    }
    return _route(
        f"Move a {kind} to another state",
        "; ".join(f"{state} -> {' | '.join(sorted(to))}" for state, to in TRANSITIONS[kind].items() if to),
        (*_WRITING, problems.STATE_REFUSED),
        {"200": _json("The new state", {"type": "object"})},
        body={"application/json": {"schema": schema}},
    )


def document() -> Route:
    pdf = {"schema": {"type": "string", "format": "binary"}}
    return _route(
        "Upload the final PDF of a contract",
        "Its pages must show this contract's own QR. 上传合同终稿，页面上须有本合同的二维码。",
        (*_WRITING, problems.DOCUMENT_REFUSED),
        {"200": _json("Was there already", {"type": "object"}), "201": _json("Stored", {"type": "object"})},
        body={"application/pdf": pdf},
    )


def changes() -> Route:
    parameters = [
        _query("after", {"type": "integer", "minimum": 0, "default": 0}, "The high_water of the last call"),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most events to return"),
    ]
    return _route(
        "What happened to your records, in commit order",
        "Go on from `high_water`: nothing new ever appears at or below it. 变更流。",
        _READING,
        {"200": _json("OK", {"type": "object"})},
        parameters=parameters,
    )


def public(summary: str) -> Route:
    refusals = (problems.UNKNOWN_CODE, problems.FORGED, problems.RATE_LIMITED)
    return _route(summary, "", refusals, {"200": _json("OK", {"type": "object"})}, security=[])


def verify_text() -> Route:
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 4000}}}
    refusals = (problems.UNKNOWN_CODE, problems.FORGED, problems.RATE_LIMITED, problems.BAD_REQUEST, problems.TOO_LARGE)
    return _route(
        "The verdict on a whole QR text or a typed code",
        "",
        refusals,
        {"200": _json("OK", {"type": "object"})},
        security=[],
        body={"application/json": {"schema": schema}},
    )


def _route(
    summary: str,
    description: str,
    refusals: tuple[ProblemType, ...],
    successes: dict[str, Any],
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
    security: list[dict[str, list[str]]] | None = None,
    refusal: dict[str, Any] | None = None,
) -> Route:
    extra: dict[str, Any] = {
        "parameters": parameters or [],
        "security": _AUTHENTICATED if security is None else security,
        "responses": {**successes, **_refusals(refusals, refusal)},
    }
    if body is not None:
        extra["requestBody"] = {"required": True, "content": body}
    return {"summary": summary, "description": description, "openapi_extra": extra}


def _refusals(refusals: tuple[ProblemType, ...], shape: dict[str, Any] | None = None) -> dict[str, Any]:
    by_status: dict[int, list[ProblemType]] = {}
    for problem in (*refusals, problems.INTERNAL):
        by_status.setdefault(problem.status, []).append(problem)
    return {
        str(status): {
            "description": "; ".join(f"{problem.code} {problem.title.en} / {problem.title.zh}" for problem in group),
            "content": {problems.CONTENT_TYPE: {"schema": _PROBLEM}, **(shape or {}).get("content", {})},
        }
        for status, group in sorted(by_status.items())
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


_PUSHED = {
    "200": _json("The fate of every record", _ANSWER),
    "201": _json("Stored", _ANSWER),
    "202": _json("Taken over, worked on in the background", _OBJECT),
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Makes retries safe; kept as long as the records are",
}
_SUBMISSION_PARAMETERS = [
    _query("connector", {"type": "string"}, "How to read the body; without it the body is canonical"),
    _query("atomic", {"type": "boolean", "default": False}, "All or nothing"),
    _query("amend", {"type": "boolean", "default": False}, "Other content under a known number is an amendment"),
    _query("filename", {"type": "string"}, "Name of the file, for your own reference"),
    _IDEMPOTENCY_KEY,
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "enum": ["respond-async"]},
        "description": "Answer 202 at once and work on the document in the background (RFC 7240)",
    },
]
