"""The sandbox."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.onboarding.faults import MOST_TIMES, Fault
from gateway.onboarding.generator import KINDS, MOST
from gateway.onboarding.scenarios import CHANNELS

_TIMES = {"type": "integer", "minimum": 0, "maximum": MOST_TIMES}
_FAULTS = {"type": "object", "properties": {fault.value: _TIMES for fault in Fault}}


def faults() -> Route:
    return route(
        "Faults that are still to be done to your requests and deliveries",
        "Of the sandbox. 待触发的故障。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def set_faults() -> Route:
    return route(
        "Have faults done to your next requests and deliveries",
        "Of the sandbox: each so many times, one a request, by any process. `lost_reply`: carried out, and the "
        "connection ends without an answer. `slow`: answered after three seconds. `duplicate_webhook`: a delivery to "
        "a target of yours comes twice under one id. `out_of_order_webhook`: it comes after the one behind it, or "
        "after ten seconds. The others are refusals. 让后续请求、推送发生故障，以验证重试、去重和排序。",
        WRITING,
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": _FAULTS}},
    )


def reset() -> Route:
    return route(
        "Begin the sandbox anew",
        "Your credentials belong to an empty space from now on, in every process within seconds. 清空沙箱。",
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": {}}}},
    )


def samples() -> Route:
    parameters = [
        query("kind", {"type": "string", "enum": list(KINDS), "default": KINDS[0]}, "What to make"),
        query("count", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 10}, "How many"),
        query("seed", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 1}, "The same gives the same"),
        query("dirty", {"type": "boolean", "default": False}, "About every other with a flaw"),
    ]
    return route(
        "Synthetic records to try things out with",
        "Canonical bodies of made-up people, to be pushed as they are. 生成合成的测试数据。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


_ASKED = [
    query("channel", {"type": "string", "enum": list(CHANNELS), "default": "rest"}, "By which the records come"),
    query("kind", {"type": "string", "enum": list(KINDS), "default": KINDS[0]}, "Of the records"),
]


def conformance() -> Route:
    return route(
        "Which scenarios your system has shown",
        "Of the sandbox: judged from what has arrived. 联调验证的进度。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=_ASKED,
    )


def conformance_result() -> Route:
    return route(
        "The signed result, once all have been shown",
        "A compact JWS; any JOSE library checks it against /.well-known/jwks.json. 联调验证结果。",
        (*READING, problems.REGISTRATION_STATE),
        {"200": {"description": "The result", "content": {"application/jose": {"schema": {"type": "string"}}}}},
        parameters=_ASKED,
    )
