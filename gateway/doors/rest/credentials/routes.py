"""Credentials over REST."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import Role
from gateway.access.powers import Power
from gateway.base.clock import Clock
from gateway.doors.requests import DirectRoute, Json, authenticated, bad_parameter, empowered, json_object
from gateway.doors.rest.credentials import words
from gateway.onboarding.rotations import MOST_OVERLAP_DAYS, OVERLAP_DAYS

router = APIRouter(route_class=DirectRoute, tags=["credentials"])


@router.get("/v1/credentials", **words.listed())
async def list_credentials(request: Request) -> Response:
    call = await authenticated(request)
    own = call.principal.tenant if call.principal.role is Role.PARTNER else None
    rows = await call.services.accounts.listed(call.principal.scope, own)
    return Json({"credentials": [asdict(row) for row in rows]})


@router.post("/v1/credentials", **words.issued())
async def issue(request: Request) -> Response:
    call = await empowered(request, Power.MANAGE_PARTNERS, with_body=True)
    given = json_object(call.body, "partner", "role", "connector", "expires_at")
    accounts = call.services.accounts
    name, connector = given.get("partner"), given.get("connector")
    tenant = await accounts.named(name) if isinstance(name, str) and "\0" not in name else None
    if tenant is None:
        raise bad_parameter("partner", "name")
    if connector is not None and connector not in call.services.connectors:
        raise bad_parameter("connector", " | ".join(sorted(call.services.connectors)))
    role, expires_at = _role(given.get("role", Role.PARTNER)), _moment(given.get("expires_at"))
    issued = await accounts.issue(tenant, role, connector, expires_at=expires_at, actor=call.principal)
    body = {"id": issued.id, "secret": issued.secret, "partner": tenant.name, "role": role, "connector": connector}
    return Json(body | {"expires_at": expires_at}, 201)


@router.post("/v1/credentials/{credential_id}/rotate", **words.rotated())
async def rotate(request: Request, credential_id: str) -> Response:
    call = await empowered(request, Power.MANAGE_PARTNERS, with_body=True)
    days = json_object(call.body or b"{}", "overlap_days").get("overlap_days", OVERLAP_DAYS)
    if type(days) is not int or not 0 <= days <= MOST_OVERLAP_DAYS:
        raise bad_parameter("overlap_days", f"0 ... {MOST_OVERLAP_DAYS}")
    done = await call.services.rotations.rotate(call.principal, credential_id.replace("\0", ""), days)
    body = {"id": done.credential.id, "secret": done.credential.secret, "partner": done.replaced.partner}
    return Json(body | {"replaces": done.replaced.id, "replaces_until": done.until}, 201)


@router.post("/v1/credentials/{credential_id}/revoke", **words.revoked())
async def revoke(request: Request, credential_id: str) -> Response:
    call = await empowered(request, Power.MANAGE_PARTNERS, with_body=True)
    if call.body:
        json_object(call.body)
    await call.services.rotations.revoke(call.principal, credential_id.replace("\0", ""))
    return Json({"id": credential_id})


def _role(given: Any) -> Role:
    if not isinstance(given, str) or given not in tuple(Role):
        raise bad_parameter("role", " | ".join(Role))
    return Role(given)


def _moment(given: Any) -> datetime | None:
    """A moment to come, with its offset."""
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        moment = Clock.now()
    if moment.tzinfo is None or moment <= Clock.now():
        raise bad_parameter("expires_at", "2027-06-30T23:59:59+08:00, > now")
    return moment
