"""Credentials."""

from __future__ import annotations

from gateway.access.rows import Role
from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, OK, READING, WRITING, Route, json_of, route
from gateway.onboarding.rotations import MOST_OVERLAP_DAYS
from schemas.findings import Text

_MOMENT = {"type": "string", "format": "date-time"}


def listed() -> Route:
    return route(
        Text("列出凭证", "Credentials in sight"),
        Text(
            "对接方可见本方凭证，主管部门可见本辖区凭证，技术支持人员可见全部：有效期和最近使用时间（"
            "约精确到分钟）。密钥不再显示。",
            "A partner sees its own, an official those of its division, an operator all: until when "
            "they are good and when they were last used, to a minute or so. What proves them is "
            "never shown.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def issued() -> Route:
    schema = {
        "type": "object",
        "required": ["partner"],
        "properties": {
            "partner": {"type": "string"},
            "role": {"type": "string", "enum": [role.value for role in Role], "default": Role.PARTNER.value},
            "connector": {"type": "string"},
            "expires_at": _MOMENT,
        },
    }
    return route(
        Text("签发凭证", "Issue a credential to a partner"),
        Text(
            "供技术支持人员使用。密钥只显示一次；未填 `expires_at` 的，有效至吊销为止。",
            "For operators. The secret is shown once. Without `expires_at` it is good until it is revoked.",
        ),
        WRITING,
        {"201": json_of(Text("凭证及其密钥", "The credential with its secret"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def rotated() -> Route:
    schema = {
        "type": "object",
        "properties": {"overlap_days": {"type": "integer", "minimum": 0, "maximum": MOST_OVERLAP_DAYS}},
    }
    return route(
        Text("轮换凭证", "Replace a credential by a new one"),
        Text(
            "供技术支持人员使用。新凭证权限与旧凭证相同，密钥只显示一次；旧凭证在若干天内继续有效。公"
            "钥对两者均适用，推送目标即刻归新凭证所有。",
            "For operators. The new one opens the same doors, its secret is shown once; the old one "
            "is good for some days more. Its public keys speak for both, its webhook targets belong "
            "to the new one at once.",
        ),
        (*WRITING, problems.NOT_FOUND, problems.STATE_REFUSED),
        {"201": json_of(Text("新凭证及其密钥", "The new credential with its secret"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def revoked() -> Route:
    return route(
        Text("吊销凭证", "Revoke a credential"),
        Text(
            "供技术支持人员使用。数秒内失效，向其目标的投递转为等待。",
            "For operators. It opens no door any more within seconds, and what is meant for its targets waits.",
        ),
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": {}}}},
    )
