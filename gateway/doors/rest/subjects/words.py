"""What is held of a person."""

from __future__ import annotations

from typing import Any

from gateway.doors.openapi_blocks import OBJECT, WRITING, Route, json_of, route
from gateway.retention.subjects import SubjectPurpose
from schemas.findings import Text

_ASKED: dict[str, Any] = {
    "type": "object",
    "required": ["document_no", "request_no", "purpose"],
    "additionalProperties": False,
    "properties": {
        "document_no": {
            "type": "string",
            "minLength": 1,
            "maxLength": 50,
            "description": Text("不留存", "Kept nowhere"),
        },
        "request_no": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": Text("记入审计记录", "Kept in the audit log"),
        },
        "purpose": {"type": "string", "enum": [purpose.value for purpose in SubjectPurpose]},
    },
}


def held() -> Route:
    return route(
        Text("查询本人的信息", "What is held of a person"),
        Text(
            "载有该证件号码的记录，无论其为游客、签约人、领队、导游或驾驶员：有哪些字段、谁查看过、保存到何时。",
            "Records that name the document, of a traveller, signer, leader, guide or driver: which fields, who was "
            "shown them, until when they are kept.",
        ),
        WRITING,
        {"200": json_of(Text("记录", "The records"), OBJECT)},
        body={"application/json": {"schema": _ASKED}},
    )


def erased() -> Route:
    return route(
        Text("删除本人的信息", "A person's wish to be forgotten"),
        Text(
            "已到期且未保全的记录立即整条清除，其余列明可以删除的日期；不单独删去记录中的一人。",
            "Records that are due and not held are emptied as a whole, never of one person alone; what stays says from "
            "which day it can be.",
        ),
        WRITING,
        {"200": json_of(Text("清除的条数与保留的记录", "How many records were emptied, and those that stay"), OBJECT)},
        body={"application/json": {"schema": _ASKED}},
    )
