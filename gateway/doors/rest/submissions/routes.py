"""Pushing records, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.connector import Connector
from adapters.envelope import Channel
from gateway.access.accounts import Role
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.batch.batches import records_of_answer
from gateway.batch.finishing import RECORDS_TYPE
from gateway.batch.states import BatchState
from gateway.dead_letters.workbook import workbook_of
from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.downloads import rejected_response
from gateway.doors.findings_shown import answer_shown, every_line_shown, findings_shown, lines_shown
from gateway.doors.following import followed
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    answer_response,
    authenticated,
    bad_parameter,
    flag,
    following,
    idempotency_key,
    uuid_parameter,
    whole_number,
)
from gateway.doors.rest.submissions import words as submissions_docs
from gateway.doors.sought_submissions import sought_submissions
from gateway.intake.envelopes import arriving
from gateway.ledger.kinds import OWN_KINDS
from gateway.ledger.rows import RejectedRow, SubmissionRow
from gateway.ledger.sealed import ending_of, open_word
from gateway.transparency.entries import LeafKind
from schemas import catalog
from schemas.catalog import kinds
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["submissions"])

_LONGEST_FILENAME = 255


@router.post("/v1/submissions", **submissions_docs.upload())
async def upload(request: Request) -> Response:
    kind = request.query_params.get("kind")
    if kind is not None and kind not in {known.name for known in kinds()}:
        raise bad_parameter("kind", " | ".join(known.name for known in kinds()))
    if not request.query_params.get("connector") and kind is None:
        detail = Text(
            "请用 connector 指明对接配置（见 GET /v1/connectors），填报模板与标准格式请用 kind 指明种类",
            "Name a connector (GET /v1/connectors), or the kind of a filled template or canonical document",
        )
        raise Refused(problems.BAD_REQUEST, detail, parameter="connector")
    return await receive(request, kind)


async def receive(request: Request, kind: str | None) -> Response:
    """The answer to a push of one kind, or of whatever its connector reads."""
    _must_be_plain(request)
    key = idempotency_key(request)
    atomic, amend, dry_run = (flag(request, name) for name in ("atomic", "amend", "dry_run"))
    call = await authenticated(request, with_body=True)
    if call.principal.role is not Role.PARTNER:
        raise Refused(problems.FORBIDDEN)
    later = _wants_later(request)
    if dry_run and later:
        raise bad_parameter("dry_run", "false, Prefer: respond-async")
    envelope = arriving(
        call.principal.tenant,
        b"" if later else call.body,
        channel=Channel.REST,
        content_type=request.headers.get("content-type", "application/json")[:200],
        connector=request.query_params.get("connector"),
        kind=kind,
        filename=_filename(request),
        idempotency_key=key,
        atomic=atomic,
        amend=amend,
    )
    tenant = call.principal.tenant
    if dry_run and blocks_docs.SPREADSHEET in request.headers.get("accept", ""):
        tried = await call.services.intake.prepare(envelope, tenant)
        return Response(await asyncio.to_thread(workbook_of, tried), media_type=blocks_docs.SPREADSHEET)
    if dry_run:
        trial = await call.services.intake.try_out(envelope, tenant)
        return await asyncio.to_thread(lambda: Json(trial.as_dict(), media_type=blocks_docs.TRIAL))
    if later:
        return answer_response(await call.services.batches.take(call.body, iter([call.body]), envelope, tenant))
    return answer_response(await call.services.intake.submit(envelope, tenant))


def _wants_later(request: Request) -> bool:
    """`Prefer: respond-async` (RFC 7240): answer 202 at once, work on the document in the background."""
    return "respond-async" in request.headers.get("prefer", "").replace(" ", "").lower().split(",")


def _filename(request: Request) -> str | None:
    """The partner's name of the file, for its own reference: up to 255 printable characters."""
    name = request.query_params.get("filename")
    if name is not None and (len(name) > _LONGEST_FILENAME or not name.isprintable()):
        raise bad_parameter("filename", f"1 .. {_LONGEST_FILENAME}")
    return name


def _must_be_plain(request: Request) -> None:
    """The body is the document itself: what is hashed and kept is what the partner sent."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Refused(problems.UNSUPPORTED_MEDIA)


@router.get("/v1/connectors", **submissions_docs.connectors())
async def list_connectors(request: Request) -> Response:
    call = await authenticated(request)
    if call.principal.role is Role.OPERATOR:
        listed = await call.services.standings.listed()
        return Json({"connectors": [_shown(each.connector) | each.as_dict() for each in listed]})
    return Json({"connectors": [_shown(connector) for connector in call.services.connectors.values()]})


def _shown(connector: Connector) -> dict[str, Any]:
    return {
        "connector": connector.id,
        "title": connector.title._asdict(),
        "kinds": {kind: route.stamp for kind, route in connector.routes.items()},
    }


@router.get("/v1/submissions", **submissions_docs.handed_in())
async def list_submissions(request: Request) -> Response:
    limit, before = whole_number(request, "limit", 100, 1, most=1000), uuid_parameter(request, "before")
    call = await authenticated(request)
    tenant = call.principal.tenant
    sought = sought_submissions(request)
    rows = await call.services.reader.handed_in(call.principal.scope, tenant.id, sought, limit, before=before)
    shown = [
        {
            "submission_id": str(row.id),
            "state": row.batch_state or BatchState.DONE,
            "channel": row.channel,
            "connector": row.connector,
            "kind": row.kind,
            "filename": open_word(row.filename, tenant.seal, row.id),
            "received_at": row.received_at,
            "rows_in": row.rows_in,
            "accepted": row.accepted,
            "rejected": row.rejected,
            "open_dead_letters": row.open_letters,
        }
        for row in rows
    ]
    return Json({"submissions": shown, "next": following(rows, limit, lambda row: str(row.id))})


@router.get(
    "/v1/submissions/{submission_id:uuid}",
    **blocks_docs.answers(Text("查看一次提交的进度和原始答复", "A submission: its progress and original answer")),
)
async def show_submission(request: Request, submission_id: UUID) -> Response:
    call, row = await _submission(request, submission_id)
    progress = await call.services.batches.progress(call.principal.scope, submission_id)
    return Json(
        {
            "submission_id": str(row.id),
            "state": progress.state if progress else BatchState.DONE,
            "channel": row.channel,
            "connector": row.connector,
            "mapping": row.mapping,
            "kind": row.kind,
            "content_type": row.content_type,
            "filename": await _filename_of(call, row),
            "received_at": row.received_at,
            "raw_sha256": row.raw_hash.hex(),
            "rows_in": row.rows_in,
            "accepted": row.accepted,
            "rejected": row.rejected,
            "quarantined": row.quarantined,
            **({"progress": progress.as_dict()} if progress else {}),
            "answer_status": row.status,
            "answer": orjson.Fragment(answer_shown(call.principal, row.answer)),
        }
    )


@router.get("/v1/submissions/{submission_id:uuid}/receipt", **submissions_docs.receipt())
async def show_receipt(request: Request, submission_id: UUID) -> Response:
    with_proof = flag(request, "proof")
    call, row = await _submission(request, submission_id)
    progress = await call.services.batches.progress(call.principal.scope, submission_id)
    final = progress and progress.receipt
    receipt = final or orjson.loads(row.answer)["receipt"]
    if not with_proof:
        return Response(receipt, media_type="application/jose")
    kind = LeafKind.FINAL_RECEIPT if final else LeafKind.RECEIPT
    proof = await call.services.receipt_proofs.proof(kind, submission_id)
    if proof is None:
        raise Refused(problems.NOT_YET_LOGGED, headers={"Retry-After": "2"})
    return Json({"receipt": receipt, "proof": proof}, media_type=submissions_docs.PROVEN_RECEIPT)


async def _filename_of(call: Call, row: SubmissionRow) -> str | None:
    """As its sender gave it; of the name, officials see the ending alone."""
    sender = await call.services.accounts.tenant(row.tenant_id)
    name = open_word(row.filename, sender.seal, row.id)
    return name if name is None or _may_open(call) else ending_of(name)


@router.get("/v1/submissions/{submission_id:uuid}/records.ndjson", **submissions_docs.lines())
async def download_records(request: Request, submission_id: UUID) -> Response:
    failures = flag(request, "failures")
    call, row = await _submission(request, submission_id)
    if await call.services.batches.progress(call.principal.scope, submission_id) is None:
        lines = lines_shown(call.principal, records_of_answer(row.answer, failures=failures))
        return Response(lines, media_type=RECORDS_TYPE)
    every = call.services.batches.fates(call.principal.scope, submission_id, failures=failures)
    return StreamingResponse(every_line_shown(call.principal, every), media_type=RECORDS_TYPE)


@router.get("/v1/submissions/{submission_id:uuid}/events", **submissions_docs.events())
async def follow(request: Request, submission_id: UUID) -> Response:
    call, row = await _submission(request, submission_id)
    return followed(call, row.id)


@router.get("/v1/submissions/{submission_id:uuid}/dead-letters", **submissions_docs.letters_of_one())
async def list_dead_letters(request: Request, submission_id: UUID) -> Response:
    after = whole_number(request, "after", 0, 0, most=2**31 - 1)
    limit = whole_number(request, "limit", 1000, 1, most=20_000)
    call, row = await _submission(request, submission_id)
    letters = await call.services.reader.dead_letters(call.principal.scope, row.id, after, limit)
    own = _may_open(call)
    return Json(
        {
            "submission_id": str(row.id),
            "dead_letters": [
                {
                    "ordinal": letter.ordinal,
                    "kind": letter.kind,
                    "locator": letter.locator,
                    "findings": findings_shown(call.principal, letter.findings),
                    "source": _source(call, row.id, letter) if own else None,
                }
                for letter in letters
            ],
            "next": letters[-1].ordinal if len(letters) == limit else None,
        }
    )


@router.get(
    "/v1/submissions/{submission_id:uuid}/dead-letters.xlsx",
    **blocks_docs.file(
        Text("下载未通过记录的电子表格", "The records that did not pass as a spreadsheet"), blocks_docs.SPREADSHEET
    ),
)
async def download_dead_letters(request: Request, submission_id: UUID) -> Response:
    call, row = await _submission(request, submission_id)
    if not _may_open(call):
        raise Refused(problems.FORBIDDEN)
    return await rejected_response(call.services, call.principal, call.principal.tenant, row)


async def _submission(request: Request, submission_id: UUID) -> tuple[Call, SubmissionRow]:
    call = await authenticated(request)
    row = await call.services.reader.submission(call.principal.scope, submission_id)
    if row is None:
        raise Refused(problems.NOT_FOUND)
    return call, row


def _may_open(call: Call) -> bool:
    """Only the tenant's own key opens its seals; officials read the findings."""
    return call.principal.scope.tenant_id is not None


def _source(call: Call, submission_id: UUID, letter: RejectedRow) -> Any:
    return orjson.loads(call.principal.tenant.seal.open(letter.source, submission_id.bytes))


def _push(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def push(request: Request) -> Response:
        return await receive(request, name)

    push.__name__ = f"push_{catalog.kind(f'{name}.v1').plural}"
    return push


for _name in OWN_KINDS:
    router.post(f"/v1/{catalog.kind(f'{_name}.v1').plural}", **submissions_docs.push(_name))(_push(_name))
