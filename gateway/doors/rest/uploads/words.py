"""Upload sessions."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import DRY_RUN, IDEMPOTENCY_KEY, OBJECT, WRITING, Route, answered, json_of, route


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
    session = json_of("The session: `part_bytes` says how to cut, `missing` which parts are still to come", OBJECT)
    return route(
        "Open an upload session for a large document",
        "The same request finds the session that is there: go on with its `missing` parts. 大文件分块上传。",
        (*WRITING, problems.UNKNOWN_CONNECTOR, problems.UPLOADS_FULL),
        {"200": session, "201": session},
        body={"application/json": {"schema": schema}},
        parameters=[IDEMPOTENCY_KEY],
    )


def upload_part() -> Route:
    digest = {"name": "Content-Digest", "in": "header", "required": False, "schema": {"type": "string"}}
    return route(
        "Send one part",
        "Parts are numbered from 1 and may come in any order, or twice. `Content-Digest: sha-256=:base64:` is checked.",
        (*WRITING, problems.PART_REFUSED),
        {"200": json_of("The part is durable", OBJECT)},
        body={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        parameters=[{**digest, "description": "RFC 9530"}],
    )


def complete_upload() -> Route:
    return route(
        "Hand the document over",
        "Durable when answered 202; worked on in the background. Asked again, the original answer.",
        (*WRITING, problems.UPLOAD_INCOMPLETE, problems.UNKNOWN_CONNECTOR, problems.IDEMPOTENCY_MISMATCH),
        {"200": answered("The same document was answered before"), "202": json_of("Taken over", OBJECT)},
        parameters=[DRY_RUN],
    )
