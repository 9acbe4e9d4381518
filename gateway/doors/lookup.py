"""Looking records up by what a caller knows of them, and what it is shown; every door answers alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from gateway import audit
from gateway.access.accounts import must_read_in_clear, reads_in_clear
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.contracts.verifying import Verdict
from gateway.doors.requests import Call, Inquiry, bad_parameter
from gateway.ledger.kinds import BEHAVIOURS
from gateway.ledger.reader import Page
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import is_kept, open_body, open_canonical
from gateway.trust.codes import grouped
from gateway.trust.sealing import Seal
from gateway.wiring.services import Services
from schemas import catalog
from schemas.findings import Text
from schemas.masking import masked
from schemas.normal import form_of, plain_identifier

_MOST_LOOKUPS = 1000
_FIRST = Page(limit=1000)
_REFUSALS = {
    Verdict.UNKNOWN: problems.UNKNOWN_CODE,
    Verdict.FORGED: problems.FORGED,
    Verdict.ALTERED: problems.ALTERED,
}
_SEVERAL = Text(
    "多家旅行社或对接方使用此编号，请用参数 agency_uscc 或 partner 指明",
    "Several agencies or partners use it: give agency_uscc or partner",
)
_LAST_WORDS = {"guide": ("opinion", "agency_opinion"), "leader": ("opinion",)}
"""What the authority and the agency say of somebody, and a portal may have no words for."""
PAGED = frozenset({"state", "document_no"})
"""Criteria that many records may meet."""


def key_parameter(kind: str) -> str:
    """What a kind's business number is called: `business_no`, `group_no`."""
    return catalog.kind(f"{kind}.v1").key[0]


def printed_number(kind: str) -> tuple[str, ...]:
    """What the number is called that is printed on records of a kind, if they bear one."""
    return ("contract_no",) if "contract_no" in catalog.kind(f"{kind}.v1").schema["properties"] else ()


async def looked_up(call: Inquiry, kind: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The caller's records of one kind by lists of codes, numbers or hashes. Raises Refused (REQUEST-001)."""
    codes = ("code",) if BEHAVIOURS[kind].is_coded else ()
    allowed = {key_parameter(kind), "content_sha256", *printed_number(kind), *codes}
    if not wanted or not wanted.keys() <= allowed:
        raise bad_parameter("body", " | ".join(sorted(allowed)))
    for name, values in wanted.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise bad_parameter(name, "[string]")
    if sum(map(len, wanted.values())) > _MOST_LOOKUPS:
        raise bad_parameter("body", f"<= {_MOST_LOOKUPS}")
    return [record_document(call, row) for row in await records_by(call, kind, wanted)]


async def records_by(
    call: Inquiry, kind: str, wanted: dict[str, list[str]], page: Page | None = None
) -> list[RecordRow]:
    """Rows of one kind by every criterion given, each row once; what may be many comes by the `page`."""
    reader, scope = call.services.reader, call.principal.scope
    found: dict[tuple[int, str], RecordRow] = {}
    for name, values in wanted.items():
        clean = [_as_stored(kind, name, value) for value in values]
        if name == "code":
            codes = [code for value in clean if (code := call.services.scheme.parse(value))]
            rows = await reader.by_codes(scope, codes)
        elif name == "content_sha256":
            rows = await reader.by_hashes(scope, kind, [_hash(value) for value in clean])
        elif name in printed_number(kind):
            rows = await reader.by_printed_numbers(scope, clean)
        elif name == "state":
            rows = await reader.by_state(scope, kind, clean[0], page or _FIRST)
        elif name == "document_no":
            if scope.tenant_id is None:  # the index is keyed by agency: others would find nothing and believe it
                raise Refused(problems.FORBIDDEN)
            parties = call.principal.tenant.parties
            people = [index for value in clean for party in parties for index in party.seal.blinds(value)]
            rows = await reader.by_people(scope, kind, people, page or _FIRST)
        else:
            rows = await reader.by_keys(scope, kind, clean)
        found.update({(row.tenant_id, row.key): row for row in rows if row.kind == kind})
    return list(found.values())


def page_behind(place: str | None, limit: int) -> Page:
    """The page that `place_of` names the beginning of. Raises Refused (REQUEST-001)."""
    if place is None:
        return Page(limit=limit)
    try:
        moment, submission, ordinal = place.split("_")
        return Page(
            limit=limit,
            stored_at=datetime.fromtimestamp(int(moment[:17]) / 1e6, UTC),
            submission_id=UUID(submission),
            ordinal=int(ordinal[:9]),
        )
    except (ValueError, OverflowError):
        raise bad_parameter("after", "next") from None


def place_of(row: RecordRow) -> str:
    """Where a record stands in the lists that come by the page."""
    return f"{round(row.stored_at.timestamp() * 1e6)}_{row.submission_id}_{row.ordinal}"


def _as_stored(kind: str, name: str, value: str) -> str:
    """What a caller wrote for a field of that name, in the form in which records bear it."""
    form = form_of(catalog.kind(f"{kind}.v1").schema["properties"].get(name, {}))
    return (form or plain_identifier)(value.replace("\0", ""))


def _hash(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise bad_parameter("content_sha256", "64 hex") from None


async def stored_document(call: Call, code: str, pdf: bytes) -> tuple[bool, dict[str, Any]]:
    """Whether the document of a contract is new, and what is told of it. Raises Refused."""
    row = await record_by_code(call, code)
    stored = await call.services.documents.put(call.principal, row, pdf)
    return stored.created, {
        "code": row.code,
        "sha256": stored.sha256.hex(),
        "size_bytes": stored.size_bytes,
        "pages": stored.pages,
        "code_printed": stored.code_printed,
    }


async def record_by_code(call: Inquiry, entered: str) -> RecordRow:
    """The record in sight whose code a person meant. Raises Refused (REQUEST-003)."""
    code = call.services.scheme.parse(entered)
    rows = await call.services.reader.by_codes(call.principal.scope, [code]) if code else []
    if not rows:
        raise Refused(problems.NOT_FOUND)
    return rows[0]


async def record_by_key(
    call: Inquiry, kind: str, key: str, agency_uscc: str | None, *, partner: str | None = None
) -> RecordRow:
    """The one record in sight of that number: of an agency, and where a portal keeps one beside the agency's own, the
    one that `partner` keeps.

    Raises Refused (REQUEST-001: several have it, REQUEST-003).
    """
    found = await call.services.reader.by_keys(call.principal.scope, kind, [_as_stored(kind, key_parameter(kind), key)])
    names = {row.tenant_id: (await call.services.accounts.tenant(row.tenant_id)).name for row in found}
    rows = [row for row in found if agency_uscc in (None, row.agency_uscc) and partner in (None, names[row.tenant_id])]
    if not rows:
        raise Refused(problems.NOT_FOUND)
    if len(rows) > 1:
        agencies = [
            {"agency_name": row.agency_name, "agency_uscc": row.agency_uscc, "partner": names[row.tenant_id]}
            for row in rows
        ]
        raise Refused(problems.BAD_REQUEST, _SEVERAL, agencies=agencies)
    return rows[0]


async def whole(call: Inquiry, row: RecordRow) -> dict[str, Any]:
    """A record with its history. Officials see the body too, personal values masked, and that they looked is kept."""
    document = record_document(call, row)
    if "body" not in document:
        document["body"] = masked(await seen_body(call, row), catalog.kind(row.schema))
    return document | {"earlier_versions": await _earlier_versions(call, row)}


async def seen_body(call: Inquiry, row: RecordRow) -> dict[str, Any]:
    """The body of a record, to be masked before it is shown. That somebody looks whose it is not is kept."""
    seal = (await call.services.accounts.tenant(row.tenant_id)).seal
    if not reads_in_clear(call.principal, row):
        async with call.services.database.writing() as connection:
            await audit.record(
                connection, call.principal, f"{row.kind}.view", row.code or row.key, division=row.division
            )
    return await _with_last_words(call.services, row, open_body(row, seal), seal)


async def _with_last_words(services: Services, row: RecordRow, body: dict[str, Any], seal: Seal) -> dict[str, Any]:
    """A body with what was said of its state in an earlier version: the next one of a portal that has no words for it
    comes without, which takes nothing back.
    """
    lacking = {name for name in _LAST_WORDS.get(row.kind, ()) if name not in body}
    if lacking:
        async for each in services.reader.every_earlier_body(row):
            if each.state != row.state or not is_kept(each):
                break
            earlier = open_body(each, seal)
            body |= {name: earlier[name] for name in lacking & earlier.keys()}
            lacking -= earlier.keys()
    return body


async def _earlier_versions(call: Inquiry, row: RecordRow) -> list[dict[str, Any]]:
    versions = await call.services.reader.versions(call.principal.scope, row.tenant_id, row.kind, row.key)
    return [
        {
            "version": version.version,
            "state": version.state,
            "content_sha256": version.content_hash.hex(),
            "submission_id": str(version.submission_id),
            "stored_at": version.stored_at,
            "replaced_at": version.replaced_at,
        }
        for version in versions
    ]


def record_document(call: Inquiry, row: RecordRow) -> dict[str, Any]:
    """A record as whoever reads it in clear sees it; for others the facts without the sealed body."""
    document: dict[str, Any] = {
        "kind": row.kind,
        "key": row.key,
        "schema": row.schema,
        "version": row.version,
        "state": row.state,
        "subkind": row.subkind,
        "agency_name": row.agency_name,
        "agency_uscc": row.agency_uscc,
        "depart_on": row.depart_on,
        "return_on": row.return_on,
        "headcount": row.headcount,
        "division": row.division,
        "state_reason": row.state_reason,
        "content_sha256": row.content_hash.hex(),
        "submission_id": str(row.submission_id),
        "stored_at": row.stored_at,
        "issued_at": row.issued_at,
    }
    if row.code is not None:
        document |= {"code": row.code, "code_printed": grouped(row.code), "qr_text": row.qr_text}
    if not is_kept(row):
        document["body"] = None
    elif reads_in_clear(call.principal, row):
        owner = must_read_in_clear(call.principal, row)
        document["body"] = orjson.Fragment(open_canonical(row, owner.seal))
    return document


async def verdict_on(services: Services, entered: str) -> dict[str, Any]:
    """What the public learns of a code or QR text. Raises Refused (VERIFY-001, VERIFY-002, VERIFY-003)."""
    verification = await services.verifier.verify(entered)
    refusal = _REFUSALS.get(verification.verdict)
    if refusal is not None:
        raise Refused(refusal, verdict=verification.verdict.value)
    return verification.as_dict()
