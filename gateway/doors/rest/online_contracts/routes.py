"""Contracts that an agency makes here, as its own program may make them: what the pages do, and nothing more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.doors.reasons import required_reason
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    bad_parameter,
    empowered,
    following,
    json_object,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.online_contracts import words as docs
from gateway.online_contracts.contracts import OnlineContract
from gateway.online_contracts.signers import Invitation
from gateway.online_contracts.states import OnlineState, Purpose
from schemas import catalog
from schemas.masking import mask, masked

router = APIRouter(route_class=DirectRoute, tags=["online contracts"])
_MOST = 200
_KIND = "contract.v1"
_ONE = "/v1/online-contracts/{contract_id:uuid}"


@router.get("/v1/online-contracts", **docs.listed())
async def list_online_contracts(request: Request) -> Response:
    call = await empowered(request, Power.REPORT)
    state = request.query_params.get("state")
    if state is not None and state not in tuple(OnlineState):
        raise bad_parameter("state", " | ".join(OnlineState))
    limit = whole_number(request, "limit", 50, 1, most=_MOST)
    states = [OnlineState(state)] if state else []
    after = uuid_parameter(request, "after")
    found = await call.services.online_contracts.listed(call.principal, states, after=after, limit=limit)
    rows = [each.row for each in found]
    shown = [_contract(each) for each in found]
    return Json({"contracts": shown, "next": following(rows, limit, lambda row: str(row.id))})


@router.post("/v1/online-contracts", **docs.begun())
async def begin_online_contract(request: Request) -> Response:
    call = await empowered(request, Power.REPORT, with_body=True)
    given = json_object(call.body, "template", "earlier", "roster")
    for name in ("template", "earlier", "roster"):
        if not isinstance(given.get(name), str | None) or "\0" in (given.get(name) or ""):
            raise bad_parameter(name, "string")
    begun = await call.services.online_contracts.begin(
        call.principal, given.get("template") or "", earlier=given.get("earlier"), roster=given.get("roster")
    )
    return Json(_whole(begun), 201)


@router.get(_ONE, **docs.shown())
async def show_online_contract(request: Request, contract_id: UUID) -> Response:
    call = await empowered(request, Power.REPORT)
    return Json(await _with_signing(call, contract_id))


@router.put(_ONE, **docs.saved())
async def save_online_contract(request: Request, contract_id: UUID) -> Response:
    call = await empowered(request, Power.REPORT, with_body=True)
    given = json_object(call.body, "revision", "body")
    revision, body = given.get("revision"), given.get("body")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise bad_parameter("revision", "1 ..")
    if not isinstance(body, dict):
        raise bad_parameter("body", "{}")
    saved = await call.services.online_contracts.save(call.principal, contract_id, body, revision=revision)
    return Json(_whole(saved))


@router.post(f"{_ONE}/check", **docs.checked())
async def check_online_contract(request: Request, contract_id: UUID) -> Response:
    call = await empowered(request, Power.REPORT)
    verdict = await call.services.online_contracts.check(call.principal, contract_id)
    return Json({"passes": verdict.passes, "findings": list(verdict.findings)})


@router.post(f"{_ONE}/decision", **docs.decided())
async def decide_online_contract(request: Request, contract_id: UUID) -> Response:
    call = await empowered(request, Power.REPORT, with_body=True)
    given = json_object(call.body, "decision", "reason")
    decide = _DECISIONS.get(str(given.get("decision")))
    if decide is None:
        raise bad_parameter("decision", " | ".join(_DECISIONS))
    made = await decide(call, contract_id, given)
    return Json(await _with_signing(call, contract_id, made))


@router.get(f"{_ONE}/contract.pdf", **docs.document())
async def read_online_contract(request: Request, contract_id: UUID) -> Response:
    call = await empowered(request, Power.REPORT)
    services = call.services
    contract = await services.online_contracts.shown(call.principal, contract_id)
    pdf = await services.finishing.document(call.principal, contract)
    return Response(pdf, media_type="application/pdf")


async def _conclude(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    await call.services.online_contracts.conclude(call.principal, contract_id)
    return []


async def _invite(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    return await call.services.invitations.invite(call.principal, contract_id)


async def _amend(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    await call.services.online_contracts.amend(call.principal, contract_id)
    return []


async def _discard(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    await call.services.online_contracts.discard(call.principal, contract_id)
    return []


async def _cancel(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    await call.services.invitations.cancel(call.principal, contract_id, required_reason(given.get("reason")))
    return []


async def _end(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    reason = required_reason(given.get("reason"))
    return await call.services.invitations.invite(call.principal, contract_id, Purpose.CANCEL, reason=reason)


async def _finish(call: Call, contract_id: UUID, given: Mapping[str, Any]) -> Sequence[Invitation]:
    await call.services.finishing.finish(contract_id, call.principal.tenant)
    return []


_DECISIONS: Mapping[str, Callable[[Call, UUID, Mapping[str, Any]], Awaitable[Sequence[Invitation]]]] = {
    "conclude": _conclude,
    "invite": _invite,
    "amend": _amend,
    "discard": _discard,
    "cancel": _cancel,
    "end": _end,
    "finish": _finish,
}


async def _with_signing(call: Call, contract_id: UUID, made: Sequence[Invitation] = ()) -> dict[str, Any]:
    """With its signers; with the links of those who were just asked, which nobody can be told a second time."""
    contract = await call.services.online_contracts.shown(call.principal, contract_id)
    links = {(each.purpose, each.signer): {"link": each.link, "is_sent": each.is_sent} for each in made}
    listed = await call.services.invitations.listed(contract)
    signing = [_invitation(each) | links.get((each.purpose, each.signer), {}) for each in listed]
    return _whole(contract) | {"signing": signing}


def _contract(contract: OnlineContract) -> dict[str, Any]:
    row = contract.row
    return {
        "id": str(row.id),
        "state": row.state,
        "business_no": row.key,
        "code": row.code,
        "template": row.template_code,
        "template_version": row.template_version,
        "revision": row.revision,
        "made_by": row.made_by,
        "made_at": row.made_at,
        "changed_at": row.changed_at,
        "reason": row.reason,
    }


def _whole(contract: OnlineContract) -> dict[str, Any]:
    """With what it says, people masked: who filled it in has the draft on the page, a program what it sent."""
    return _contract(contract) | {"body": masked(dict(contract.body), catalog.kind(_KIND))}


def _invitation(invitation: Invitation) -> dict[str, Any]:
    told = asdict(invitation)
    del told["link"], told["is_sent"]
    return told | {"name": mask(invitation.name, "name"), "mobile": mask(invitation.mobile, "phone")}
