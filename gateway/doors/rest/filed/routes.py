"""What portals keep, by kind: push, look at with its history and its source, change as an authority.

The same five routes for every kind: agencies, branches, outlets, filings, guides, leaders, pledges.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway import audit
from gateway.access.accounts import must_may
from gateway.access.powers import Power
from gateway.authority.dossiers import OUTPOSTS
from gateway.authority.qualification_steps import MACHINES
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.dossier_documents import leaf_documents
from gateway.doors.lookup import whole
from gateway.doors.reasons import reason_of
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    answer_response,
    authenticated,
    bad_parameter,
    empowered,
    json_object,
)
from gateway.doors.rest.filed import words as docs
from gateway.doors.rest.submissions import words as submissions_docs
from gateway.doors.rest.submissions.routes import receive
from gateway.doors.reveal_requests import purpose_asked
from gateway.doors.versions_seen import version_seen
from gateway.ledger.kinds import BEHAVIOURS, PortalLife
from gateway.ledger.rows import RecordRow
from schemas import catalog
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["filed records"])

PLURALS = {
    name: catalog.kind(f"{name}.v1").plural for name, how in BEHAVIOURS.items() if isinstance(how.life, PortalLife)
}
Endpoint = Callable[..., Awaitable[Response]]


async def found(call: Call, kind: str, key: str, partner: str | None) -> RecordRow:
    """The one record of that key in sight. Several portals may keep one of the same key: then `partner` says whose.

    Raises Refused (REQUEST-001, REQUEST-003).
    """
    rows = await call.services.reader.by_keys(call.principal.scope, kind, [key.replace("\0", "")])
    names = {row.tenant_id: (await call.services.accounts.tenant(row.tenant_id)).name for row in rows}
    rows = [row for row in rows if partner in (None, names[row.tenant_id])]
    if not rows:
        raise Refused(problems.NOT_FOUND)
    if len(rows) > 1:
        detail = Text("多个对接方有此编号，请用参数 partner 指明", "Several partners keep it: give partner")
        raise Refused(problems.BAD_REQUEST, detail, partners=sorted(names.values()))
    return rows[0]


def _push(kind: str) -> Endpoint:
    async def push(request: Request) -> Response:
        return await receive(request, kind)

    return push


def _show(kind: str) -> Endpoint:
    async def show(request: Request, key: str) -> Response:
        call = await authenticated(request)
        row = await found(call, kind, key, request.query_params.get("partner"))
        answer = Json(await whole(call, row))
        answer.headers["ETag"] = f'"{row.version}"'
        return answer

    return show


def _source(kind: str) -> Endpoint:
    async def source(request: Request, key: str) -> Response:
        """Where the current version came from, down to the partner's own bytes.

        They hold other records and personal values unmasked, so they are the partner's own; others who may see behind
        masks name a purpose.
        """
        call = await authenticated(request)
        row = await found(call, kind, key, request.query_params.get("partner"))
        told: dict[str, str] = {}
        if call.principal.tenant.id != row.tenant_id:
            must_may(call.principal, Power.REVEAL)
            told["purpose"] = purpose_asked(request.query_params.get("purpose")).value
        async with call.services.database.writing() as connection:
            await audit.record(connection, call.principal, f"{kind}.source", key, division=row.division, **told)
        raw = await call.services.reader.raw(call.principal.scope, row.submission_id)
        if raw is None or not raw.raw:
            raise Refused(problems.NOT_FOUND)
        seal = (await call.services.accounts.tenant(raw.tenant_id)).seal
        headers = {
            "X-Submission-Id": str(row.submission_id),
            "X-Connector": raw.connector or "",
            "Content-Disposition": "attachment",
        }
        content = seal.open(raw.raw, row.submission_id.bytes)
        return Response(content, headers=headers, media_type=raw.content_type)

    return source


def _change(kind: str) -> Endpoint:
    async def change(request: Request, key: str) -> Response:
        version = version_seen(request)
        call = await authenticated(request, with_body=True)
        row = await found(call, kind, key, request.query_params.get("partner"))
        patch = json_object(call.body)
        return answer_response(await call.services.desk.change(call.principal, row, patch, version))

    return change


def _move(kind: str) -> Endpoint:
    states = MACHINES[kind].states

    async def move(request: Request, key: str) -> Response:
        """The word of an authority on the version it saw."""
        version = version_seen(request)
        call = await authenticated(request, with_body=True)
        row = await found(call, kind, key, request.query_params.get("partner"))
        given = json_object(call.body, "state", "reason")
        wanted = given.get("state")
        if not isinstance(wanted, str) or wanted not in states:
            raise bad_parameter("state", " | ".join(states))
        reason = reason_of(given.get("reason"))
        moved = await call.services.qualifications.move(call.principal, row, wanted, version, reason=reason)
        return answer_response(moved)

    return move


def _filings_about(kind: str) -> Endpoint:
    async def filings(request: Request, key: str) -> Response:
        call = await empowered(request, Power.READ_AGENCIES)
        row = await found(call, kind, key, request.query_params.get("partner"))
        filed = await call.services.dossiers.filings_about(call.principal.scope, row)
        return Json({"key": row.key, "filings": leaf_documents(filed.filings), "is_cut": filed.is_cut})

    return filings


for _kind, _plural in PLURALS.items():
    router.post(f"/v1/{_plural}", **submissions_docs.push(_kind))(_push(_kind))
    router.get(f"/v1/{_plural}/{{key}}", **docs.show(_kind))(_show(_kind))
    router.get(f"/v1/{_plural}/{{key}}/source", **docs.source(_kind))(_source(_kind))
    router.patch(f"/v1/{_plural}/{{key}}", **docs.change(_kind))(_change(_kind))
    if _kind in OUTPOSTS:
        router.get(f"/v1/{_plural}/{{key}}/filings", **docs.filings_about(_kind))(_filings_about(_kind))
    if _kind in MACHINES:
        router.post(f"/v1/{_plural}/{{key}}/state", **docs.state(_kind))(_move(_kind))
