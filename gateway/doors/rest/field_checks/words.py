"""Checks on the road."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.field_checks.field_checks import LONGEST_NOTE, LONGEST_PLACE, MOST_PEOPLE, MOST_PHOTOS
from gateway.field_checks.states import Outcome
from schemas.findings import Text

_OUTCOMES = {"type": "string", "enum": [outcome.value for outcome in Outcome]}
_CHECK = {
    "type": "object",
    "required": ["id", "about", "outcome", "checked_at"],
    "properties": {
        "id": {
            "type": "string",
            "format": "uuid",
            "description": Text("由报送方给定；重复提交视为同一次检查", "Its sender's: sent again it is the same"),
        },
        "about": {
            "type": "string",
            "description": Text("合同编码，或 `roster:` 加团号", "A contract code, or `roster:` and a group number"),
        },
        "outcome": _OUTCOMES,
        "note": {"type": "string", "maxLength": LONGEST_NOTE},
        "place": {"type": "string", "maxLength": LONGEST_PLACE},
        "people": {"type": "integer", "minimum": 0, "maximum": MOST_PEOPLE},
        "checked_at": {"type": "string", "format": "date-time"},
        "photos": {
            "type": "array",
            "maxItems": MOST_PHOTOS,
            "items": {
                "type": "string",
                "description": Text("base64 编码的 JPEG、PNG 或 WebP 图片", "JPEG, PNG or WebP in base64"),
            },
        },
    },
}


def recorded() -> Route:
    return route(
        Text("记录现场检查", "Record a check on the road"),
        Text(
            "供检查人员的系统使用。同一 `id` 重复提交只保存一次：首次返回 201，此后返回 200。",
            "For inspectors' systems. A check that is sent again with the same id is stored once: "
            "201 the first time, 200 from then on.",
        ),
        (*WRITING, problems.NOT_FOUND, problems.IDEMPOTENCY_MISMATCH),
        {
            "201": json_of(Text("已保存", "Stored"), OBJECT),
            "200": json_of(Text("此前已保存", "It was there already"), OBJECT),
        },
        body={"application/json": {"schema": _CHECK}},
    )


def listed() -> Route:
    return route(
        Text("列出现场检查记录", "Checks on the road, the last first"),
        Text("本辖区的现场检查记录，最近的在前。", "Those of your division."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[
            query(
                "about",
                {"type": "string"},
                Text("合同编码，或 `roster:` 加团号", "A contract code, or `roster:` and a group number"),
            ),
            query("outcome", _OUTCOMES, Text("检查结论", "What it came to")),
            query("after", {"type": "string", "format": "uuid"}, Text("上一页的 `next`", "`next` of the page before")),
            LIMIT,
        ],
    )


def shown() -> Route:
    return route(
        Text("查看一次现场检查", "A check on the road"),
        Text("按记录时的内容返回。", "As it was recorded."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def photo() -> Route:
    picture = {"schema": {"type": "string", "format": "binary"}}
    content = dict.fromkeys(("image/jpeg", "image/png", "image/webp"), picture)
    return route(
        Text("查看现场检查照片", "A photograph of a check"),
        Text("现场检查的照片，从 1 起编号。", "Photographs are numbered from 1."),
        READING,
        {"200": {"description": Text("照片", "The picture"), "content": content}},
    )
