"""Targets and deliveries."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.relay.states import DeliveryState, TargetState
from gateway.relay.targets import EVENTS
from schemas.findings import Text

_SCHEME = {"type": "string", "enum": ["hmac", "ed25519", "sm2"]}


def new_target() -> Route:
    schema = {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "format": "uri"},
            "events": {"type": "array", "items": {"type": "string", "enum": ["*", *sorted(EVENTS)]}, "default": ["*"]},
            "signing": {"type": "array", "items": _SCHEME, "default": ["hmac"]},
        },
    }
    return route(
        Text("订阅变更推送（标准 Webhook 格式）", "Have changes delivered to an address (Standard Webhooks)"),
        Text(
            "密钥只显示一次。只投递此刻之后发生的变更。",
            "The keys are shown once. Deliveries begin with what happens from now on.",
        ),
        (*WRITING, problems.TARGET_REFUSED),
        {"201": json_of(Text("投递目标及其密钥", "The target with its keys"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def target_key() -> Route:
    schema = {"type": "object", "properties": {"signing": {"type": "array", "items": _SCHEME, "maxItems": 1}}}
    return route(
        Text("增加签名密钥", "One more key: deliveries carry its signature too"),
        Text(
            "此后投递同时带有新密钥的签名；贵方启用新密钥后再移除旧密钥。",
            "Drop the old key when your side knows the new one.",
        ),
        (*WRITING, problems.TARGET_REFUSED),
        {"201": json_of(Text("密钥，只显示一次", "The key, shown once"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def drop_target_key() -> Route:
    schema = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}}
    return route(
        Text("移除签名密钥", "Sign no longer with a key"),
        Text("按显示时的名称指定。最后一个密钥不能移除。", "Name it as it was shown. The last key stays."),
        (*WRITING, problems.TARGET_REFUSED),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def target_state() -> Route:
    states = {"type": "string", "enum": [state.value for state in TargetState]}
    schema = {"type": "object", "required": ["state"], "properties": {"state": states}}
    return route(
        Text("暂停、恢复或移除投递目标", "Pause, resume or remove a target"),
        Text("暂停期间发生的变更在恢复后投递。", "What happens during a pause is delivered after it."),
        WRITING,
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def take_target() -> Route:
    return route(
        Text("接管投递目标", "Take a target over"),
        Text(
            "投递目标归添加它的凭证所有，凭证吊销或到期后暂停，原因见 `paused_because`。同一对接方的"
            "另一凭证接管后，继续投递等待的变更。",
            "A target belongs to the credential that added it and pauses when that is revoked or "
            "expires: `paused_because` says so. Taken over by another credential of the same partner "
            "it goes on with what has waited.",
        ),
        WRITING,
        {"200": json_of(Text("投递目标", "The target"), OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": {}}}},
    )


def deliveries() -> Route:
    states = {"type": "string", "enum": [state.value for state in DeliveryState]}
    parameters = [
        query(
            "after",
            {"type": "integer", "minimum": 0, "default": 0},
            Text("上次调用的最后位置", "The last position of the call before"),
        ),
        LIMIT,
        query("state", states, Text("仅此状态的", "Only these")),
    ]
    description = Text(
        "`last_error`、`last_error_en` 为最近一次未送达的原因。",
        "`last_error` and `last_error_en` say why it last did not arrive.",
    )
    return route(
        Text("列出投递结果", "What became of each delivery"),
        description,
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def redeliver() -> Route:
    position = {"type": "integer", "minimum": 0}
    properties = {"first": position, "last": position, "all": {"type": "boolean", "default": False}}
    return route(
        Text("重新投递", "Deliver again"),
        Text(
            "两个位置之间的投递失败记录，或全部失败记录。", "The dead deliveries between two positions, or all of them."
        ),
        WRITING,
        {"202": json_of(Text("重新投递的条数", "How many"), OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties}}},
    )
