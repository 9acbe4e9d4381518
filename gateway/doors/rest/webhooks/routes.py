"""Webhooks: where changes are delivered, with which keys, and what became of each delivery."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    authenticated,
    bad_parameter,
    following,
    json_object,
    whole_number,
)
from gateway.doors.rest.webhooks import words as webhooks_docs
from gateway.relay.keys import Scheme
from gateway.relay.rows import DeliveryRow, Target
from gateway.relay.states import DeliveryState, TargetState
from gateway.relay.targets import EVENTS
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["webhooks"])

_LARGEST = 2**63 - 1
_LONGEST_URL = 2000


@router.post("/v1/targets", **webhooks_docs.new_target())
async def add_target(request: Request) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body, "url", "events", "signing")
    url = given.get("url")
    if not isinstance(url, str) or not url.isprintable() or len(url) > _LONGEST_URL:
        raise bad_parameter("url", "https://...")
    events = _several(given, "events", EVENTS | {"*"}, ["*"])
    schemes = [Scheme(name) for name in _several(given, "signing", frozenset(Scheme), [Scheme.HMAC])]
    target_id, keys = await call.services.targets.add(call.principal, url, events, schemes)
    body = {"target_id": str(target_id), "url": url, "events": events, "keys": [key.shown for key in keys]}
    return Json(body, 201)


@router.get("/v1/targets", **blocks_docs.answers(Text("列出投递目标", "Your webhook targets")))
async def list_targets(request: Request) -> Response:
    call = await authenticated(request)
    return Json({"targets": [_document(row) for row in await call.services.targets.listed(call.principal)]})


@router.get(
    "/v1/targets/{target_id:uuid}",
    **blocks_docs.answers(Text("查看投递目标及其状况", "A webhook target and its health")),
)
async def show_target(request: Request, target_id: UUID) -> Response:
    _, target = await _target(request, target_id)
    return Json(_document(target))


@router.post("/v1/targets/{target_id:uuid}/keys", **webhooks_docs.target_key())
async def add_key(request: Request, target_id: UUID) -> Response:
    call, target = await _target(request, target_id, with_body=True)
    (scheme,) = _several(json_object(call.body or b"{}", "signing"), "signing", frozenset(Scheme), [Scheme.HMAC])[:1]
    key = await call.services.targets.add_key(call.principal, target, Scheme(scheme))
    return Json({"target_id": str(target_id), "key": key.shown}, 201)


@router.post("/v1/targets/{target_id:uuid}/keys/drop", **webhooks_docs.drop_target_key())
async def drop_key(request: Request, target_id: UUID) -> Response:
    call, target = await _target(request, target_id, with_body=True)
    shown = json_object(call.body, "key").get("key")
    if not isinstance(shown, str):
        raise bad_parameter("key", "whsec_... | whpk_...")
    await call.services.targets.drop_key(call.principal, target, shown)
    return Json({"target_id": str(target_id)})


@router.post("/v1/targets/{target_id:uuid}/state", **webhooks_docs.target_state())
async def set_state(request: Request, target_id: UUID) -> Response:
    call, target = await _target(request, target_id, with_body=True)
    state = json_object(call.body, "state").get("state")
    if not isinstance(state, str) or state not in tuple(TargetState):
        raise bad_parameter("state", " | ".join(TargetState))
    await call.services.targets.set_state(call.principal, target, TargetState(state))
    return Json({"target_id": str(target_id), "state": state})


@router.post("/v1/targets/{target_id:uuid}/take", **webhooks_docs.take_target())
async def take_target(request: Request, target_id: UUID) -> Response:
    call, target = await _target(request, target_id, with_body=True)
    if call.body:
        json_object(call.body)
    await call.services.targets.take(call.principal, target)
    return Json(_document(await call.services.targets.find(call.principal, target_id)))


@router.get("/v1/targets/{target_id:uuid}/deliveries", **webhooks_docs.deliveries())
async def list_deliveries(request: Request, target_id: UUID) -> Response:
    after = whole_number(request, "after", 0, 0, most=_LARGEST)
    limit = whole_number(request, "limit", 100, 1, most=1000)
    state = request.query_params.get("state")
    if state not in (None, *DeliveryState):
        raise bad_parameter("state", " | ".join(DeliveryState))
    wanted = None if state is None else DeliveryState(state)
    call, target = await _target(request, target_id)
    rows = await call.services.targets.deliveries(call.principal, target, after=after, limit=limit, state=wanted)
    place = following(rows, limit, lambda row: str(row.position))
    return Json(
        {"deliveries": [_delivery_document(row, target) for row in rows], "next": None if place is None else int(place)}
    )


@router.post("/v1/targets/{target_id:uuid}/redeliver", **webhooks_docs.redeliver())
async def redeliver(request: Request, target_id: UUID) -> Response:
    call, target = await _target(request, target_id, with_body=True)
    given = json_object(call.body, "first", "last", "all")
    first, last = given.get("first", 0), given.get("last", _LARGEST)
    everything = given.get("all", False)
    if type(first) is not int or type(last) is not int or not 0 <= first <= last <= _LARGEST:
        raise bad_parameter("first", f"0 <= first <= last <= {_LARGEST}")
    if not isinstance(everything, bool):
        raise bad_parameter("all", "true | false")
    count = await call.services.targets.redeliver(call.principal, target, first, last, everything=everything)
    return Json({"target_id": str(target_id), "redelivered": count}, 202)


async def _target(request: Request, target_id: UUID, *, with_body: bool = False) -> tuple[Call, Target]:
    call = await authenticated(request, with_body=with_body)
    return call, await call.services.targets.find(call.principal, target_id)


def _document(row: Target) -> dict[str, Any]:
    halt = row.halt
    return {
        "target_id": str(row.id),
        "format": row.format,
        "url": row.url,
        "events": row.events,
        "state": row.shown_state,
        "credential": row.credential_id,
        "paused_because": halt and halt.zh,
        "paused_because_en": halt and halt.en,
        "position": row.position,
        "failures": row.failures,
        "open_until": row.open_until,
        "created_at": row.created_at,
    }


def _several(given: dict[str, Any], name: str, allowed: frozenset[Any], default: list[str]) -> list[str]:
    values = given.get(name, default)
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v in allowed for v in values):
        raise bad_parameter(name, " | ".join(sorted(map(str, allowed))))
    return list(dict.fromkeys(values))


def _delivery_document(row: DeliveryRow, target: Target) -> dict[str, Any]:
    """What became of it; while its target is halted, that is why it waits."""
    said = (target.halt if row.state is DeliveryState.WAITING else None) or row.trouble
    return asdict(row) | {"last_error": said and said.zh, "last_error_en": said and said.en}
