"""Upload sessions."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import DRY_RUN, IDEMPOTENCY_KEY, OBJECT, WRITING, Route, answered, json_of, route
from schemas.findings import Text


def new_upload() -> Route:
    text = {"type": "string", "minLength": 1}
    schema = {
        "type": "object",
        "required": ["sha256", "size_bytes"],
        "additionalProperties": False,
        "properties": {
            "sha256": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": Text("整份文件的摘要", "Of the whole document"),
            },
            "size_bytes": {"type": "integer", "minimum": 1},
            "connector": {**text, "maxLength": 32},
            "kind": {**text, "maxLength": 32},
            "filename": {**text, "maxLength": 255},
            "content_type": {**text, "maxLength": 200},
            "amend": {"type": "boolean", "default": False},
        },
    }
    session = json_of(
        Text(
            "上传会话：`part_bytes` 为分块大小，`missing` 为尚缺的分块",
            "The session: `part_bytes` says how to cut, `missing` which parts are still to come",
        ),
        OBJECT,
    )
    return route(
        Text("为大文件建立上传会话", "Open an upload session for a large document"),
        Text(
            "同样的请求返回已有的会话，继续上传 `missing` 所列分块即可。",
            "The same request finds the session that is there: go on with its `missing` parts.",
        ),
        (*WRITING, problems.UNKNOWN_CONNECTOR, problems.UPLOADS_FULL),
        {"200": session, "201": session},
        body={"application/json": {"schema": schema}},
        parameters=[IDEMPOTENCY_KEY],
    )


def upload_part() -> Route:
    digest = {"name": "Content-Digest", "in": "header", "required": False, "schema": {"type": "string"}}
    return route(
        Text("上传一个分块", "Send one part"),
        Text(
            "分块从 1 起编号，顺序不限，可重复上传。核对 `Content-Digest: sha-256=:base64:`。",
            "Parts are numbered from 1 and may come in any order, or twice. `Content-Digest: "
            "sha-256=:base64:` is checked.",
        ),
        (*WRITING, problems.PART_REFUSED),
        {"200": json_of(Text("该分块已可靠保存", "The part is durable"), OBJECT)},
        body={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        parameters=[{**digest, "description": Text("见 RFC 9530", "RFC 9530")}],
    )


def complete_upload() -> Route:
    return route(
        Text("提交整份文件", "Hand the document over"),
        Text(
            "返回 202 即已可靠保存，在后台处理。再次请求返回原始答复。",
            "Durable when answered 202; worked on in the background. Asked again, the original answer.",
        ),
        (*WRITING, problems.UPLOAD_INCOMPLETE, problems.UNKNOWN_CONNECTOR, problems.IDEMPOTENCY_MISMATCH),
        {
            "200": answered(Text("同一份文件此前已答复", "The same document was answered before")),
            "202": json_of(Text("已接收，在后台处理", "Taken over"), OBJECT),
        },
        parameters=[DRY_RUN],
    )
