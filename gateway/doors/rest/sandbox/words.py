"""The sandbox."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.onboarding.faults import MOST_TIMES, Fault
from gateway.onboarding.generator import KINDS, MOST
from gateway.onboarding.scenarios import CHANNELS
from schemas.findings import Text

_TIMES = {"type": "integer", "minimum": 0, "maximum": MOST_TIMES}
_FAULTS = {"type": "object", "properties": {fault.value: _TIMES for fault in Fault}}


def faults() -> Route:
    return route(
        Text("列出待触发的故障", "Faults that are still to be done to your requests and deliveries"),
        Text("仅限沙箱。", "Of the sandbox."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def set_faults() -> Route:
    return route(
        Text("让后续请求和推送发生故障", "Have faults done to your next requests and deliveries"),
        Text(
            "仅限沙箱，用于验证重试、去重和排序。每种故障触发若干次，每个请求一次，不分进程。"
            "`lost_reply`：已办理，但连接在返回前断开；`slow`：三秒后返回；`duplicate_webhook`：同一"
            "标识的推送到达两次；`out_of_order_webhook`：晚于后一条推送到达，或十秒后到达；其余均为拒"
            "绝。",
            "Of the sandbox: each so many times, one a request, by any process. `lost_reply`: "
            "carried out, and the connection ends without an answer. `slow`: answered after three "
            "seconds. `duplicate_webhook`: a delivery to a target of yours comes twice under one id. "
            "`out_of_order_webhook`: it comes after the one behind it, or after ten seconds. The "
            "others are refusals.",
        ),
        WRITING,
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": _FAULTS}},
    )


def reset() -> Route:
    return route(
        Text("清空沙箱", "Begin the sandbox anew"),
        Text(
            "凭证此后归属一个空的沙箱，数秒内在各进程生效。",
            "Your credentials belong to an empty space from now on, in every process within seconds.",
        ),
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": {}}}},
    )


def samples() -> Route:
    parameters = [
        query(
            "kind", {"type": "string", "enum": list(KINDS), "default": KINDS[0]}, Text("生成的记录种类", "What to make")
        ),
        query("count", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 10}, Text("生成数量", "How many")),
        query(
            "seed",
            {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 1},
            Text("种子；相同的种子生成相同的数据", "The same gives the same"),
        ),
        query(
            "dirty", {"type": "boolean", "default": False}, Text("约半数记录带有缺陷", "About every other with a flaw")
        ),
    ]
    return route(
        Text("生成合成的测试数据", "Synthetic records to try things out with"),
        Text("虚构人员的规范报文，可直接推送。", "Canonical bodies of made-up people, to be pushed as they are."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


_ASKED = [
    query(
        "channel",
        {"type": "string", "enum": list(CHANNELS), "default": "rest"},
        Text("记录的报送方式", "By which the records come"),
    ),
    query("kind", {"type": "string", "enum": list(KINDS), "default": KINDS[0]}, Text("记录种类", "Of the records")),
]


def conformance() -> Route:
    return route(
        Text("查看联调验证进度", "Which scenarios your system has shown"),
        Text("仅限沙箱，按已收到的请求判定。", "Of the sandbox: judged from what has arrived."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=_ASKED,
    )


def conformance_result() -> Route:
    return route(
        Text("下载已签名的联调验证结果", "The signed result, once all have been shown"),
        Text(
            "紧凑格式 JWS，可用任意 JOSE 软件库按 /.well-known/jwks.json 验签。",
            "A compact JWS; any JOSE library checks it against /.well-known/jwks.json.",
        ),
        (*READING, problems.REGISTRATION_STATE),
        {
            "200": {
                "description": Text("联调验证结果", "The result"),
                "content": {"application/jose": {"schema": {"type": "string"}}},
            }
        },
        parameters=_ASKED,
    )
