"""Rows and values: how drafts become columns and columns become values again, in the order of `statements`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from adapters.envelope import Rejection
from gateway.base.ids import uuid7
from gateway.ledger.values import Answer, Draft, Fate, FateStatus, PreparedSubmission, StoredRecord
from gateway.store.blobs import Blob
from schemas.findings import Finding


def stored_record(row: Sequence[Any]) -> StoredRecord:
    kind, key, schema, version, state, content, body, *rest = row
    return StoredRecord(kind, key, schema, version, state, bytes(content), bytes(body), *rest)


def record_row(prepared: PreparedSubmission, draft: Draft, now: datetime) -> tuple[Any, ...]:
    facts = draft.facts
    return (
        prepared.tenant.id,
        draft.kind,
        draft.key,
        facts.division or prepared.tenant.division,
        draft.schema,
        draft.state,
        draft.content_hash,
        draft.body,
        prepared.id,
        draft.ordinal,
        now,
        prepared.envelope.received_at,
        draft.code,
        draft.qr_text,
        facts.subkind,
        facts.agency_name,
        facts.agency_uscc,
        facts.depart_on,
        facts.return_on,
        facts.headcount,
        f"{{{','.join(map(str, facts.people))}}}",
        facts.effective_on,
        facts.revision,
        facts.unconfirmed,
        facts.due_on,
    )


def submission_row(prepared: PreparedSubmission, fates: Sequence[Fate], answer: Answer) -> tuple[Any, ...]:
    envelope = prepared.envelope
    accepted = sum(fate.status.is_good for fate in fates)
    quarantined = sum(fate.status is FateStatus.QUARANTINED for fate in fates)
    return (
        prepared.id,
        prepared.tenant.id,
        prepared.tenant.division,
        envelope.channel,
        envelope.connector,
        prepared.mapping,
        prepared.kind,
        envelope.content_type,
        envelope.filename,
        envelope.received_at,
        prepared.raw_hash,
        prepared.raw_sealed,
        len(fates),
        accepted,
        len(fates) - accepted - quarantined,
        quarantined,
        answer.status,
        answer.body,
        prepared.blob and prepared.blob.name,
    )


def dead_letter_row(prepared: PreparedSubmission, rejection: Rejection, now: datetime) -> tuple[Any, ...]:
    source = orjson.dumps(rejection.source, default=str)
    return (
        prepared.id,
        rejection.ordinal,
        prepared.tenant.id,
        prepared.tenant.division,
        prepared.kind,
        rejection.locator,
        prepared.tenant.seal.seal(source, prepared.id.bytes),
        orjson.dumps([finding.as_dict() for finding in rejection.findings]).decode(),
        now,
        prepared.key_of(rejection),
        "parked" if rejection.parked else "open",
    )


def conflict_row(
    prepared: PreparedSubmission, draft: Draft, existing: StoredRecord, finding: Finding
) -> tuple[Any, ...]:
    tenant = prepared.tenant
    return (
        uuid7(),
        tenant.id,
        draft.facts.division or tenant.division,
        prepared.envelope.connector,
        draft.kind,
        draft.key,
        existing.version,
        draft.facts.revision,
        draft.body,
        prepared.id,
        finding.code,
    )


def batch_row(prepared: PreparedSubmission, blob: Blob) -> tuple[Any, ...]:
    tenant = prepared.tenant
    return prepared.id, tenant.id, tenant.division, prepared.envelope.amend, blob.size_bytes
