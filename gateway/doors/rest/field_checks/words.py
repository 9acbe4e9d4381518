"""Checks on the road."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.field_checks.field_checks import LONGEST_NOTE, LONGEST_PLACE, MOST_PEOPLE, MOST_PHOTOS
from gateway.field_checks.states import Outcome

_OUTCOMES = {"type": "string", "enum": [outcome.value for outcome in Outcome]}
_CHECK = {
    "type": "object",
    "required": ["id", "about", "outcome", "checked_at"],
    "properties": {
        "id": {
            "type": "string",
            "format": "uuid",
            "description": "Its sender's: sent again it is the same",
        },
        "about": {"type": "string", "description": "A contract code, or `roster:` and a group number"},
        "outcome": _OUTCOMES,
        "note": {"type": "string", "maxLength": LONGEST_NOTE},
        "place": {"type": "string", "maxLength": LONGEST_PLACE},
        "people": {"type": "integer", "minimum": 0, "maximum": MOST_PEOPLE},
        "checked_at": {"type": "string", "format": "date-time"},
        "photos": {
            "type": "array",
            "maxItems": MOST_PHOTOS,
            "items": {"type": "string", "description": "JPEG, PNG or WebP in base64"},
        },
    },
}


def recorded() -> Route:
    return route(
        "Record a check on the road",
        "For inspectors' systems. A check that is sent again with the same id is stored once: 201 the first time, 200 "
        "from then on. 记录现场检查；同一 `id` 重复提交只保存一次。",
        (*WRITING, problems.NOT_FOUND, problems.IDEMPOTENCY_MISMATCH),
        {"201": json_of("Stored", OBJECT), "200": json_of("It was there already", OBJECT)},
        body={"application/json": {"schema": _CHECK}},
    )


def listed() -> Route:
    return route(
        "Checks on the road, the last first",
        "本辖区的现场检查记录，最近的在前。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=[
            query("about", {"type": "string"}, "A contract code, or `roster:` and a group number"),
            query("outcome", _OUTCOMES, "What it came to"),
            query("after", {"type": "string", "format": "uuid"}, "`next` of the page before"),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
        ],
    )


def shown() -> Route:
    return route("A check on the road", "一次现场检查的记录。", READING, {"200": json_of("OK", OBJECT)})


def photo() -> Route:
    picture = {"schema": {"type": "string", "format": "binary"}}
    content = dict.fromkeys(("image/jpeg", "image/png", "image/webp"), picture)
    return route(
        "A photograph of a check",
        "现场检查的照片，从 1 起编号。",
        READING,
        {"200": {"description": "The picture", "content": content}},
    )
