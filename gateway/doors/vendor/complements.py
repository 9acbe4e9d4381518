"""Complements: a contract's document with only the part that came later. The stored contract is amended by it.

The partner's own mapping reads the part; the whole, as it is stored, is amended as canonical JSON. Two complements of
one version never both count: each claims the version that it amends, as an idempotency key; the later one starts anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from adapters.connector import Connector
from adapters.envelope import CanonicalRecord, Channel, Envelope, Rejection
from adapters.reading import read
from gateway.access.accounts import must_speak_for
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.doors.requests import Call
from gateway.intake.envelopes import arriving
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.values import Answer
from schemas.catalog import kind
from schemas.findings import Finding, Text
from schemas.structure import MISSING

_MOST_ATTEMPTS = 5


Submit = Callable[[Envelope], Awaitable[Answer]]


async def complemented(call: Call, record: RecordRow, part: Mapping[str, Any], *, submit: Submit) -> Answer:
    """What `submit` answers to the stored `record` with the `part` in it. Raises Refused (LIMIT-002)."""
    scope = call.principal.scope
    for _ in range(_MOST_ATTEMPTS):
        try:
            return await submit(_amendment(call, record, part))
        except Refused as refusal:
            if refusal.problem is not problems.IDEMPOTENCY_MISMATCH:
                raise
            found = await call.services.reader.by_keys(scope, record.kind, [record.key])
            (record,) = (row for row in found if row.tenant_id == record.tenant_id)
    raise Refused(problems.BUSY, headers={"Retry-After": "1"})


def _amendment(call: Call, record: RecordRow, part: Mapping[str, Any]) -> Envelope:
    tenant = call.principal.tenant
    stored = open_body(record, must_speak_for(call.principal, record.tenant_id).seal)
    whole = merged(stored, part)
    is_change = whole != stored and not _is_refused(record.schema, whole)
    return arriving(
        tenant,
        orjson.dumps(whole),
        channel=Channel.COMPLEMENT,
        kind=record.kind,
        idempotency_key=f"complement:{record.code}:{record.version}" if is_change else None,
        amend=True,
    )


def merged(stored: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """The stored contract with the part in it: guests are replaced by document or added, objects field by field."""
    whole = dict(stored)
    for name, value in part.items():
        if name == "travellers":
            whole[name] = list(({_document(p): p for p in [*stored[name], *value]}).values())
        else:
            whole[name] = {**stored.get(name, {}), **value} if isinstance(value, dict) else value
    return whole


def _document(person: Mapping[str, Any]) -> tuple[str, str]:
    return person["document"]["type"], person["document"]["number"]


def part_of(raw: bytes, connector: Connector, fields: Sequence[str]) -> dict[str, Any]:
    """The canonical `fields` in the part, as the mapping reads it; what the schema misses elsewhere is not asked for.

    Raises Refused (INTAKE-002 when it is no good) or Unreadable.
    """
    outcomes = list(read(raw, connector, today=Clock.china_today(), kind="contract"))
    if len(outcomes) != 1:
        raise Refused(problems.BAD_REQUEST, Text("应为一份合同的 JSON 文本", "One contract's JSON text is wanted"))
    outcome: CanonicalRecord | Rejection = outcomes[0]
    body = outcome.body or {}
    part = {name: body[name] for name in fields if name in body}
    errors = [found for found in outcome.findings if found.is_error and _concerns(found, fields, outcome.body)]
    if errors or not part:
        detail = Text("补录内容有误或为空", "What should complement the contract is wrong or missing")
        raise Refused(problems.REJECTED, detail, findings=[finding.as_dict() for finding in errors])
    return part


def _concerns(finding: Finding, fields: Sequence[str], body: Mapping[str, Any] | None) -> bool:
    """Whether a finding is about the part; that the part has not every field, and that the rest is missing, is not."""
    is_absent = finding.code == MISSING.code and finding.field.count("/") == 1
    return body is None or (finding.field.split("/")[1] in fields and not is_absent)


def _is_refused(schema: str, body: dict[str, Any]) -> bool:
    """Whether intake will refuse it: that changes nothing, so it must not claim the version."""
    return any(finding.is_error for finding in kind(schema).check(body, today=Clock.china_today()))
