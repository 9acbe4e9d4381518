"""The audit log."""

from __future__ import annotations

from gateway.doors.openapi_blocks import OBJECT, READING, Route, json_of, query, route

_MOMENT = {"type": "string", "format": "date-time"}


def entries() -> Route:
    return route(
        "Who did what to which object",
        "审计记录，先发生的在前：对接方查到本方的操作，主管部门查到涉及本辖区的操作。时间不带时区的按北京时间。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=[
            query("actor", {"type": "string", "minLength": 1}, "A partner, or one of its credentials: acme, acme/yz01"),
            query(
                "object", {"type": "string", "minLength": 1}, "What was acted upon: a contract code, a number, an id"
            ),
            query("since", _MOMENT, "The first moment"),
            query("until", _MOMENT, "The moment before which"),
            query("newest_first", {"type": "boolean", "default": False}, "The other way round"),
            query("after", {"type": "integer", "minimum": 0, "default": 0}, "`next` of the page before"),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
        ],
    )
