"""Targets and deliveries."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.relay.states import DeliveryState, TargetState
from gateway.relay.targets import EVENTS

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
        "Have changes delivered to an address (Standard Webhooks)",
        "The keys are shown once. Deliveries begin with what happens from now on. 订阅推送。",
        (*WRITING, problems.TARGET_REFUSED),
        {"201": json_of("The target with its keys", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def target_key() -> Route:
    schema = {"type": "object", "properties": {"signing": {"type": "array", "items": _SCHEME, "maxItems": 1}}}
    return route(
        "One more key: deliveries carry its signature too",
        "Drop the old key when your side knows the new one. 轮换密钥。",
        (*WRITING, problems.TARGET_REFUSED),
        {"201": json_of("The key, shown once", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def drop_target_key() -> Route:
    schema = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}}
    return route(
        "Sign no longer with a key",
        "Name it as it was shown. The last key stays.",
        (*WRITING, problems.TARGET_REFUSED),
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def target_state() -> Route:
    states = {"type": "string", "enum": [state.value for state in TargetState]}
    schema = {"type": "object", "required": ["state"], "properties": {"state": states}}
    return route(
        "Pause, resume or remove a target",
        "What happens during a pause is delivered after it.",
        WRITING,
        {"200": json_of("OK", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def take_target() -> Route:
    return route(
        "Take a target over",
        "A target belongs to the credential that added it and pauses when that is revoked or expires: `paused_because` "
        "says so. Taken over by another credential of the same partner it goes on with what has waited. 接管推送目标。",
        WRITING,
        {"200": json_of("The target", OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": {}}}},
    )


def deliveries() -> Route:
    states = {"type": "string", "enum": [state.value for state in DeliveryState]}
    parameters = [
        query("after", {"type": "integer", "minimum": 0, "default": 0}, "The last position of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
        query("state", states, "Only these"),
    ]
    description = "`last_error`、`last_error_en` 为最近一次未送达的原因。"
    return route(
        "What became of each delivery", description, READING, {"200": json_of("OK", OBJECT)}, parameters=parameters
    )


def redeliver() -> Route:
    position = {"type": "integer", "minimum": 0}
    properties = {"first": position, "last": position, "all": {"type": "boolean", "default": False}}
    return route(
        "Deliver again",
        "The dead deliveries between two positions, or all of them. 重新投递。",
        WRITING,
        {"202": json_of("How many", OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties}}},
    )
