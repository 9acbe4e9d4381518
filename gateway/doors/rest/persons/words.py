"""People with accounts."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.persons.duties import DUTIES, Duty
from gateway.persons.states import PersonState

_DUTIES = {"type": "array", "items": {"type": "string", "enum": [duty.value for duty in Duty]}}
_FACTS = {
    "name": {"type": "string"},
    "phone": {"type": "string"},
    "position": {"type": "string"},
    "email": {"type": "string"},
}
_OFFICE = "The code of a division, or the credit code of an agency"
_EACH = "；".join(f"{duty.value} {facts.title.zh}" for duty, facts in DUTIES.items())


def listed() -> Route:
    return route(
        "People in sight",
        f"账号及其职责：{_EACH}。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=[
            query("duty", {"type": "string", "enum": [duty.value for duty in Duty]}, "Those with this duty"),
            query("office", {"type": "string"}, _OFFICE),
        ],
    )


def administrators() -> Route:
    return route(
        "The administrators of authorities in sight",
        "系统管理员名单（附件一）：级别、单位、姓名、职务、电话。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def invited() -> Route:
    schema = _body({"office": {"type": "string"}, "login": {"type": "string"}, "duties": _DUTIES, **_FACTS})
    schema["required"] = ["login", "duties", "name", "phone"]
    return route(
        "Open an account",
        "The code with which the person sets a password is shown once. 开通账号，返回一次性激活码。",
        (
            *WRITING,
            problems.NOT_FOUND,
            problems.DUTIES_REFUSED,
            problems.QUOTA_REACHED,
            problems.LOGIN_TAKEN,
        ),
        {"201": json_of("The code", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def shown() -> Route:
    return route("A person", "账号。", (*READING, problems.NOT_FOUND), {"200": json_of("OK", OBJECT)})


def duties() -> Route:
    schema = _body({"duties": _DUTIES})
    schema["required"] = ["duties"]
    return route(
        "Give and take duties",
        "更改职责。",
        (*WRITING, problems.NOT_FOUND, problems.DUTIES_REFUSED, problems.QUOTA_REACHED),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def facts() -> Route:
    return route(
        "Correct who somebody is",
        "更正姓名、电话、职务和邮箱。",
        (*WRITING, problems.NOT_FOUND, problems.DUTIES_REFUSED),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": _body(_FACTS)}},
    )


def state() -> Route:
    states = [PersonState.ACTIVE.value, PersonState.SUSPENDED.value, PersonState.CLOSED.value]
    schema = _body({"state": {"type": "string", "enum": states}, "reason": {"type": "string"}})
    schema["required"] = ["state", "reason"]
    return route(
        "Suspend, resume or close an account",
        "停用、恢复或注销账号，须说明原因。",
        (*WRITING, problems.NOT_FOUND, problems.STATE_REFUSED),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def sessions() -> Route:
    return route(
        "Where somebody is signed in",
        "登录中的浏览器。",
        (*READING, problems.NOT_FOUND),
        {"200": json_of("OK", OBJECT)},
    )


def signed_out() -> Route:
    return route(
        "End all sessions of somebody",
        "结束其全部登录。",
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of("How many there were", OBJECT)},
        body={"application/json": {"schema": _body({})}},
    )


def reset() -> Route:
    return route(
        "Make a code with which a new password is set",
        "生成重置码；使用后原有的二次验证方式失效。",
        (*WRITING, problems.NOT_FOUND, problems.STATE_REFUSED),
        {"201": json_of("The code", OBJECT)},
        body={"application/json": {"schema": _body({})}},
    )


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}
