"""Registrations of systems."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.doors.registration_form import DECISIONS, FORM, LONGEST_REASON
from gateway.onboarding.states import RegistrationState

_PUBLIC = (problems.BAD_REQUEST, problems.FORBIDDEN, problems.RATE_LIMITED, problems.BUSY, problems.TOO_LARGE)


_REASON = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
_TOKEN = {
    "name": "Registration-Token",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "Given when the form was filled in",
}


def applied() -> Route:
    return route(
        "Register an ERP or e-contract system",
        "Without login: facts of the system, whom to call, volumes, channel. The answer has a token, shown once, by "
        "which the applicant sees how far it is. ERP 和电子合同系统信息填报。",
        _PUBLIC,
        {"201": json_of("The number and the token", OBJECT)},
        body={"application/json": {"schema": FORM}},
        security=[],
    )


def own() -> Route:
    return route(
        "How far your registration is",
        "State, dates and reasons. 查询登记进度。",
        (*_PUBLIC, problems.NOT_FOUND),
        {"200": json_of("OK", OBJECT)},
        parameters=[_TOKEN],
        security=[],
    )


def credential() -> Route:
    return route(
        "Fetch a credential of the sandbox",
        "Once the registration is accepted; the secret is shown once. 领取沙箱凭证。",
        (*_PUBLIC, problems.NOT_FOUND, problems.REGISTRATION_STATE),
        {"201": json_of("The credential with its secret", OBJECT)},
        parameters=[_TOKEN],
        security=[],
    )


def listed() -> Route:
    parameters = [
        query("state", {"type": "string", "enum": [state.value for state in RegistrationState]}, "Only those"),
        query("after", {"type": "string", "format": "uuid"}, "`next` of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    return route(
        "Registrations, the oldest first",
        "For operators. 登记列表。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


def shown() -> Route:
    return route(
        "A registration with whom to call",
        "For operators. 登记详情。",
        READING,
        {"200": json_of("OK", OBJECT)},
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
        "Decide about a registration",
        "For operators; the reason is shown to the applicant. `partner` is what it will be called here. "
        "受理、验证、接入、退回。",
        (*WRITING, problems.REGISTRATION_STATE),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": schema}},
    )
