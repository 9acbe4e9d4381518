"""Registrations of systems."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.doors.registration_form import DECISIONS, FORM, LONGEST_REASON
from gateway.onboarding.states import RegistrationState
from schemas.findings import Text

_PUBLIC = (problems.BAD_REQUEST, problems.FORBIDDEN, problems.RATE_LIMITED, problems.BUSY, problems.TOO_LARGE)


_REASON = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
_TOKEN = {
    "name": "Registration-Token",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": Text("填报时返回的令牌", "Given when the form was filled in"),
}


def applied() -> Route:
    return route(
        Text("填报 ERP 或电子合同系统信息", "Register an ERP or e-contract system"),
        Text(
            "无需登录：系统情况、联系人、业务量和对接方式。返回的令牌只显示一次，凭此查询进度。",
            "Without login: facts of the system, whom to call, volumes, channel. The answer has a "
            "token, shown once, by which the applicant sees how far it is.",
        ),
        _PUBLIC,
        {"201": json_of(Text("登记编号和令牌", "The number and the token"), OBJECT)},
        body={"application/json": {"schema": FORM}},
        security=[],
    )


def own() -> Route:
    return route(
        Text("查询登记进度", "How far your registration is"),
        Text("状态、日期和原因。", "State, dates and reasons."),
        (*_PUBLIC, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
        parameters=[_TOKEN],
        security=[],
    )


def credential() -> Route:
    return route(
        Text("领取沙箱凭证", "Fetch a credential of the sandbox"),
        Text("登记受理后可领取；密钥只显示一次。", "Once the registration is accepted; the secret is shown once."),
        (*_PUBLIC, problems.NOT_FOUND, problems.REGISTRATION_STATE),
        {"201": json_of(Text("凭证及其密钥", "The credential with its secret"), OBJECT)},
        parameters=[_TOKEN],
        security=[],
    )


def listed() -> Route:
    parameters = [
        query(
            "state",
            {"type": "string", "enum": [state.value for state in RegistrationState]},
            Text("仅此状态的", "Only those"),
        ),
        query(
            "after", {"type": "string", "format": "uuid"}, Text("上次调用返回的 `next`", "`next` of the call before")
        ),
        LIMIT,
    ]
    return route(
        Text("列出登记", "Registrations, the oldest first"),
        Text("供技术支持人员使用。", "For operators."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def shown() -> Route:
    return route(
        Text("查看登记及联系人", "A registration with whom to call"),
        Text("供技术支持人员使用。", "For operators."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def decided() -> Route:
    schema = {
        "type": "object",
        "required": ["state", "reason"],
        "properties": {
            "state": {"type": "string", "enum": list(DECISIONS)},
            "reason": _REASON,
            "partner": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{1,40}$"},
        },
    }
    return route(
        Text("办理登记", "Decide about a registration"),
        Text(
            "供技术支持人员使用：受理、验证、接入、退回。原因向申请方显示；`partner` 为其在本平台的名称。",
            "For operators; the reason is shown to the applicant. `partner` is what it will be called here.",
        ),
        (*WRITING, problems.REGISTRATION_STATE),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": schema}},
    )
