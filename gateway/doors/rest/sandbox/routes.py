"""The sandbox over REST."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.base.clock import Clock
from gateway.doors.requests import DirectRoute, Json, authenticated, bad_parameter, flag, json_object, whole_number
from gateway.doors.rest.sandbox import words
from gateway.onboarding.faults import MOST_TIMES, Fault
from gateway.onboarding.generator import KINDS, MOST, generated
from gateway.onboarding.scenarios import CHANNELS, TITLES

router = APIRouter(route_class=DirectRoute, tags=["sandbox"])

_LARGEST_SEED = 2**31 - 1


@router.get("/v1/sandbox/faults", **words.faults())
async def show_faults(request: Request) -> Response:
    call = await authenticated(request)
    return Json({"faults": await call.services.sandbox.faults(call.principal)})


@router.put("/v1/sandbox/faults", **words.set_faults())
async def set_faults(request: Request) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body, *Fault)
    for name, times in given.items():
        if type(times) is not int or not 0 <= times <= MOST_TIMES:
            raise bad_parameter(name, f"0 .. {MOST_TIMES}")
    faults = {Fault(name): times for name, times in given.items()}
    return Json({"faults": await call.services.sandbox.set_faults(call.principal, faults)})


@router.get("/v1/sandbox/conformance", **words.conformance())
async def conformance(request: Request) -> Response:
    call = await authenticated(request)
    channel, kind = _channel_and_kind(request)
    seen = await call.services.conformance.progress(call.principal, channel, kind)
    scenarios = [
        {"scenario": scenario, "title": TITLES[scenario]._asdict(), "passed": passed}
        for scenario, passed in seen.items()
    ]
    return Json({"channel": channel, "kind": kind, "passed": all(seen.values()), "scenarios": scenarios})


@router.get("/v1/sandbox/conformance/result", **words.conformance_result())
async def conformance_result(request: Request) -> Response:
    call = await authenticated(request)
    result = await call.services.conformance.result(call.principal, *_channel_and_kind(request))
    return Response(result, media_type="application/jose")


def _channel_and_kind(request: Request) -> tuple[str, str]:
    channel, kind = (
        request.query_params.get(name, default) for name, default in (("channel", "rest"), ("kind", KINDS[0]))
    )
    if channel not in CHANNELS:
        raise bad_parameter("channel", " | ".join(CHANNELS))
    if kind not in KINDS:
        raise bad_parameter("kind", " | ".join(KINDS))
    return channel, kind


@router.post("/v1/sandbox/reset", **words.reset())
async def reset(request: Request) -> Response:
    call = await authenticated(request, with_body=True)
    if call.body:
        json_object(call.body)
    tenant = await call.services.sandbox.reset(call.principal)
    return Json({"partner": tenant.name})


@router.get("/v1/sandbox/samples", **words.samples())
async def samples(request: Request) -> Response:
    await authenticated(request)
    kind = request.query_params.get("kind", KINDS[0])
    if kind not in KINDS:
        raise bad_parameter("kind", " | ".join(KINDS))
    count = whole_number(request, "count", 10, 1, most=MOST)
    seed = whole_number(request, "seed", 1, 0, most=_LARGEST_SEED)
    dirty = flag(request, "dirty")
    return Json(
        {"kind": kind, "records": list(generated(kind, count, seed=seed, today=Clock.china_today(), dirty=dirty))}
    )
