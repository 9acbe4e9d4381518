"""Electronic seals over REST, from application to end; rosters under them; what a signed PDF is worth."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import read_moment
from gateway.base.problems import Refused
from gateway.doors.lookup import record_by_key
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    authenticated,
    bad_parameter,
    following,
    json_object,
    services_of,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.seals import words
from gateway.seals.certificates import LIMITS, pem
from gateway.seals.faces import TITLES
from gateway.seals.rows import RosterFacts, SealRow
from gateway.seals.seal_checks import VERDICTS, CheckedDocument
from gateway.seals.seals import Wanted, title_of
from gateway.seals.states import SealState

router = APIRouter(route_class=DirectRoute, tags=["seals"])

_MOST_USES = 1000
_STRUCTURE = {"id": "ES", "version": 4}
"""The header of GB/T 38540-2020, after whose properties a seal is described; its binary form is not made."""


@router.get("/v1/seals", **words.listed())
async def list_seals(request: Request) -> Response:
    call = await authenticated(request)
    state = request.query_params.get("state")
    if state is not None and state not in tuple(SealState):
        raise bad_parameter("state", " | ".join(SealState))
    limit = whole_number(request, "limit", 100, 1, most=_MOST_USES)
    wanted = Wanted(state=SealState(state) if state else None, after=uuid_parameter(request, "after"))
    rows = await call.services.seals.listed(call.principal.scope, wanted, limit)
    return Json({"seals": [_seal(row) for row in rows], "next": following(rows, limit, lambda row: str(row.id))})


@router.post("/v1/seals", **words.applied())
async def apply(request: Request) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body or b"{}", "agency_uscc", "partner")
    return Json(_seal(await call.services.seals.apply(call.principal, await _owner(call, given))), 201)


@router.get("/v1/seals/root.pem", **words.root())
async def root(request: Request) -> Response:
    certificate = await services_of(request).seals.root_certificate()
    return Response(pem(certificate), media_type="application/x-pem-file")


@router.post("/v1/seals/verifications", **words.verified())
async def verify(request: Request) -> Response:
    settings = services_of(request).settings.http
    too_large = problems.DOCUMENT_TOO_LARGE
    call = await authenticated(request, with_body=True, most_bytes=settings.max_document_bytes, too_large=too_large)
    return Json(_checked(await call.services.seal_checks.check(call.body, sender=call.principal.tenant.id)))


@router.get("/v1/seals/{seal_id:uuid}", **words.shown())
async def show(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request)
    return Json(_seal(await call.services.seals.shown(call.principal.scope, seal_id)))


@router.get("/v1/seals/{seal_id:uuid}/picture.svg", **words.picture())
async def picture(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request)
    seal = await call.services.seals.shown(call.principal.scope, seal_id)
    return Response(_issued(seal.picture), media_type="image/svg+xml")


@router.get("/v1/seals/{seal_id:uuid}/certificate.pem", **words.certificate())
async def certificate(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request)
    seal = await call.services.seals.shown(call.principal.scope, seal_id)
    return Response(pem(_issued(seal.certificate)), media_type="application/x-pem-file")


@router.get("/v1/seals/{seal_id:uuid}/uses", **words.uses())
async def uses(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request)
    limit = whole_number(request, "limit", 100, 1, most=_MOST_USES)
    after = whole_number(request, "after", 0, 0, most=2**62)
    await call.services.seals.shown(call.principal.scope, seal_id)
    rows = await call.services.seals.uses(call.principal.scope, seal_id, after=after, limit=limit)
    every = [asdict(row) | {"document": row.document.hex()} for row in rows]
    return Json({"uses": every, "next": following(rows, limit, lambda row: str(row.id))})


@router.post("/v1/seals/{seal_id:uuid}/decision", **words.decided())
async def decide(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request, with_body=True)
    given = json_object(call.body, "decision", "reason", "valid_until")
    seals, decision = call.services.seals, given.get("decision")
    if decision == "approve":
        reason = None if given.get("reason") is None else words.reason(given["reason"])
        until = _moment(given.get("valid_until"))
        return Json(_seal(await seals.approve(call.principal, seal_id, reason=reason, valid_until=until)))
    if decision != "reject":
        raise bad_parameter("decision", "approve | reject")
    return Json(_seal(await seals.reject(call.principal, seal_id, words.reason(given.get("reason")))))


@router.post("/v1/seals/{seal_id:uuid}/revocation", **words.revoked())
async def revoke(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request, with_body=True)
    reason = words.reason(json_object(call.body, "reason").get("reason"))
    return Json(_seal(await call.services.seals.revoke(call.principal, seal_id, reason)))


@router.post("/v1/seals/{seal_id:uuid}/renewal", **words.renewed())
async def renew(request: Request, seal_id: UUID) -> Response:
    call = await authenticated(request, with_body=True)
    until = _moment(json_object(call.body or b"{}", "valid_until").get("valid_until"))
    return Json(_seal(await call.services.seals.renew(call.principal, seal_id, valid_until=until)), 201)


@router.get("/v1/sealed-rosters/{group_no:path}", **words.roster())
async def sealed_roster(request: Request, group_no: str) -> Response:
    call = await authenticated(request)
    given = request.query_params
    record = await record_by_key(call, "roster", group_no, given.get("agency_uscc"), partner=given.get("partner"))
    printed = await call.services.sealed_rosters.printed(call.principal, record)
    headers = {
        "Content-Disposition": f'attachment; filename="{printed.code}.pdf"',
        "Roster-Code": printed.code,
        "Roster-Seals": " ".join(sorted(printed.seals)) or "none",
        "ETag": f'"{printed.sha256.hex()}"',
    }
    return Response(printed.pdf, headers=headers, media_type="application/pdf")


@router.get("/v1/verify/rosters/{code}", **words.facts())
async def facts(request: Request, code: str) -> Response:
    return Json(_facts(await services_of(request).sealed_rosters.facts(code)))


async def _owner(call: Call, given: dict[str, Any]) -> Tenant:
    """Whose seal is applied for: the caller's own, or that of an agency or partner that is named.

    Raises Refused (AUTH-005, REQUEST-001).
    """
    uscc, partner = given.get("agency_uscc"), given.get("partner")
    if not isinstance(uscc, str | None) or not isinstance(partner, str | None) or "\0" in f"{uscc}{partner}":
        raise bad_parameter("agency_uscc", "USCC")
    accounts, own = call.services.accounts, call.principal.tenant
    if partner is not None:
        owner = await accounts.named(partner) if call.principal.may(Power.MANAGE_SEALS) else None
    elif uscc is not None and call.principal.may(Power.MANAGE_SEALS):
        owner = await accounts.with_uscc(uscc)
    else:
        owner = own if uscc is None else own.agency(uscc, None)
    if owner is None:
        raise Refused(problems.FORBIDDEN)
    return owner


def _seal(row: SealRow) -> dict[str, Any]:
    """A seal, and what GB/T 38540-2020 calls its header and properties."""
    told: dict[str, Any] = {
        "seal_id": str(row.id),
        "kind": row.kind,
        "title": TITLES[row.kind].zh,
        "title_en": TITLES[row.kind].en,
        "name": row.name,
        "text": title_of(row.kind, row.name),
        "division": row.division,
        "state": row.state,
        "applied_by": row.applied_by,
        "applied_at": row.applied_at,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "ended_by": row.ended_by,
        "ended_at": row.ended_at,
        "reason": row.reason,
        "renews": row.renews and str(row.renews),
        "limits": LIMITS,
        "structure": None,
    }
    if row.fingerprint is not None:
        told["structure"] = {
            "header": _STRUCTURE,
            "esID": str(row.id),
            "property": {
                "type": row.kind,
                "name": told["text"],
                "certificate_sha256": row.fingerprint.hex(),
                "createDate": row.decided_at,
                "validStart": row.valid_from,
                "validEnd": row.valid_until,
            },
        }
    return told


def _checked(checked: CheckedDocument) -> dict[str, Any]:
    registered = checked.registered
    return {
        "verdict": checked.verdict,
        "verdict_zh": VERDICTS[checked.verdict].zh,
        "verdict_en": VERDICTS[checked.verdict].en,
        "sha256": checked.sha256.hex(),
        "registered": registered
        and {
            "code": registered.code,
            "version": registered.version,
            "is_superseded": registered.version != registered.now_version,
        },
        "signatures": [
            {
                "field": each.reading.field,
                "verdict": each.verdict,
                "signer": each.reading.signer,
                "signed_at": each.reading.signed_at,
                "covers": each.reading.covers,
                "seal": each.seal_id
                and {
                    "seal_id": str(each.seal_id),
                    "kind": each.kind,
                    "name": each.name,
                    "state": each.state,
                    "valid_from": each.valid_from,
                    "valid_until": each.valid_until,
                },
            }
            for each in checked.signatures
        ],
    }


def _facts(found: RosterFacts) -> dict[str, Any]:
    return asdict(found) | {"sha256": found.sha256.hex(), "is_superseded": found.is_superseded}


def _issued(value: bytes | None) -> bytes:
    """Raises Refused (SEAL-001) for what a seal has only once it is issued."""
    if value is None:
        raise Refused(problems.SEAL_STATE)
    return value


def _moment(given: Any) -> datetime | None:
    if given is None:
        return None
    try:
        return read_moment(given)
    except (TypeError, ValueError):
        raise bad_parameter("valid_until", "YYYY-MM-DDThh:mm:ss+08:00") from None
