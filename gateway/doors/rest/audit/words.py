"""The audit log."""

from __future__ import annotations

from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, Route, json_of, query, route
from schemas.findings import Text

_MOMENT = {"type": "string", "format": "date-time"}


def entries() -> Route:
    return route(
        Text("查询审计记录", "Who did what to which object"),
        Text(
            "审计记录，先发生的在前：对接方查到本方的操作，主管部门查到涉及本辖区的操作。时间不带时区的按北京时间。",
            "The earliest first: a partner finds its own acts, an authority those that concern its "
            "division. A time without an offset is Beijing time.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[
            query(
                "actor",
                {"type": "string", "minLength": 1},
                Text("对接方或其凭证，如 `acme`、`acme/yz01`", "A partner, or one of its credentials: acme, acme/yz01"),
            ),
            query(
                "object",
                {"type": "string", "minLength": 1},
                Text("操作对象：合同编码、编号或标识", "What was acted upon: a contract code, a number, an id"),
            ),
            query("since", _MOMENT, Text("起始时刻（含）", "The first moment")),
            query("until", _MOMENT, Text("截止时刻（不含）", "The moment before which")),
            query(
                "newest_first", {"type": "boolean", "default": False}, Text("倒序，后发生的在前", "The other way round")
            ),
            query(
                "after",
                {"type": "integer", "minimum": 0, "default": 0},
                Text("上一页的 `next`", "`next` of the page before"),
            ),
            LIMIT,
        ],
    )
