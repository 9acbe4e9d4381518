"""What is held of a person."""

from __future__ import annotations

from typing import Any

from gateway.doors.openapi_blocks import OBJECT, WRITING, Route, json_of, route
from gateway.retention.subjects import SubjectPurpose

_ASKED: dict[str, Any] = {
    "type": "object",
    "required": ["document_no", "request_no", "purpose"],
    "additionalProperties": False,
    "properties": {
        "document_no": {"type": "string", "minLength": 1, "maxLength": 50, "description": "Kept nowhere"},
        "request_no": {"type": "string", "minLength": 1, "maxLength": 64, "description": "Kept in the audit log"},
        "purpose": {"type": "string", "enum": [purpose.value for purpose in SubjectPurpose]},
    },
}


def held() -> Route:
    return route(
        "What is held of a person",
        "Records that name the document: which fields, who was shown them, until when they are kept. "
        "个人查询：名下的记录、字段、查看记录和保存期限。",
        WRITING,
        {"200": json_of("The records", OBJECT)},
        body={"application/json": {"schema": _ASKED}},
    )


def erased() -> Route:
    return route(
        "A person's wish to be forgotten",
        "What is due and not held is emptied; what stays says from which day it can be. "
        "个人删除请求：已到期且未保全的立即清除，其余列明可以删除的日期。",
        WRITING,
        {"200": json_of("How many records were emptied, and those that stay", OBJECT)},
        body={"application/json": {"schema": _ASKED}},
    )
