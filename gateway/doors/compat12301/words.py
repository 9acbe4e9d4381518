"""How the existing protocol stands in the API reference."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import DRY_RUN, OBJECT, Route, json_of, route
from schemas.findings import Text


def compat(summary: Text) -> Route:
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
    return route(
        summary,
        Text(
            "兼容现有电子合同接口；默认关闭，按凭证所属对接配置开通。",
            "Off unless the credential's connector opens this door.",
        ),
        refusals,
        {
            "200": json_of(Text("内容与已保存的相同", "Known content"), OBJECT),
            "201": json_of(Text("已保存", "Stored"), OBJECT),
        },
        parameters=[*headers, DRY_RUN],
        security=[],
        body={"application/json": {"schema": OBJECT}},
        refusal=json_of(Text("按该接口格式返回的拒绝", "The refusal in the protocol's clothes"), OBJECT),
    )
