"""People with accounts."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.persons.duties import DUTIES, Duty
from gateway.persons.states import PersonState
from schemas.findings import Text

_DUTIES = {"type": "array", "items": {"type": "string", "enum": [duty.value for duty in Duty]}}
_FACTS = {
    "name": {"type": "string"},
    "phone": {"type": "string"},
    "position": {"type": "string"},
    "email": {"type": "string"},
}
_OFFICE = Text("行政区划代码，或旅行社的统一社会信用代码", "The code of a division, or the credit code of an agency")
_EACH = Text(
    "；".join(f"`{duty.value}` {facts.title.zh}" for duty, facts in DUTIES.items()),
    "; ".join(f"`{duty.value}` {facts.title.en}" for duty, facts in DUTIES.items()),
)


def listed() -> Route:
    return route(
        Text("列出账号", "People in sight"),
        Text("账号及其职责：{each}。", "Accounts with their duties: {each}.").format(each=_EACH),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[
            query(
                "duty",
                {"type": "string", "enum": [duty.value for duty in Duty]},
                Text("具有此职责的", "Those with this duty"),
            ),
            query("office", {"type": "string"}, _OFFICE),
        ],
    )


def administrators() -> Route:
    return route(
        Text("列出主管部门系统管理员", "The administrators of authorities in sight"),
        Text(
            "系统管理员名单（附件一）：级别、单位、姓名、职务、电话。",
            "The list of administrators (annex 1): level, office, name, position, telephone.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def invited() -> Route:
    schema = _body({"office": {"type": "string"}, "login": {"type": "string"}, "duties": _DUTIES, **_FACTS})
    schema["required"] = ["login", "duties", "name", "phone"]
    return route(
        Text("开通账号", "Open an account"),
        Text("返回设置密码用的激活码，只显示一次。", "The code with which the person sets a password is shown once."),
        (
            *WRITING,
            problems.NOT_FOUND,
            problems.DUTIES_REFUSED,
            problems.QUOTA_REACHED,
            problems.LOGIN_TAKEN,
        ),
        {"201": json_of(Text("激活码或重置码", "The code"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def shown() -> Route:
    return route(
        Text("查看账号", "A person"),
        Text("账号及其职责。", "The account with its duties."),
        (*READING, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
    )


def duties() -> Route:
    schema = _body({"duties": _DUTIES})
    schema["required"] = ["duties"]
    return route(
        Text("更改职责", "Give and take duties"),
        Text("以所给职责替换原有职责。", "The duties given replace those there were."),
        (*WRITING, problems.NOT_FOUND, problems.DUTIES_REFUSED, problems.QUOTA_REACHED),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def facts() -> Route:
    return route(
        Text("更正账号资料", "Correct who somebody is"),
        Text("更正姓名、电话、职务和邮箱。", "Name, telephone, position and mail address."),
        (*WRITING, problems.NOT_FOUND, problems.DUTIES_REFUSED),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": _body(_FACTS)}},
    )


def state() -> Route:
    states = [PersonState.ACTIVE.value, PersonState.SUSPENDED.value, PersonState.CLOSED.value]
    schema = _body({"state": {"type": "string", "enum": states}, "reason": {"type": "string"}})
    schema["required"] = ["state", "reason"]
    return route(
        Text("停用、恢复或注销账号", "Suspend, resume or close an account"),
        Text("停用、恢复或注销账号，须说明原因。", "The reason has to be given."),
        (*WRITING, problems.NOT_FOUND, problems.STATE_REFUSED),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def sessions() -> Route:
    return route(
        Text("列出登录中的浏览器", "Where somebody is signed in"),
        Text("该账号当前登录的浏览器。", "The browsers that are signed in."),
        (*READING, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
    )


def signed_out() -> Route:
    return route(
        Text("结束一个账号的全部登录", "End all sessions of somebody"),
        Text("立即退出所有浏览器。", "In every browser, at once."),
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of(Text("结束的登录数", "How many there were"), OBJECT)},
        body={"application/json": {"schema": _body({})}},
    )


def reset() -> Route:
    return route(
        Text("生成密码重置码", "Make a code with which a new password is set"),
        Text(
            "生成重置码；使用后原有的二次验证方式失效。",
            "Once it is used, the second factor there was is good no longer.",
        ),
        (*WRITING, problems.NOT_FOUND, problems.STATE_REFUSED),
        {"201": json_of(Text("激活码或重置码", "The code"), OBJECT)},
        body={"application/json": {"schema": _body({})}},
    )


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}
