"""Composes the answer to a submission from the fates of its records. Pure: equal input gives equal bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from gateway.base import problems
from gateway.ledger.submission import Shape, Submission
from gateway.ledger.values import Answer, Fate, FateStatus, Standing
from gateway.store.blobs import Blob
from gateway.trust.codes import grouped
from gateway.trust.receipts import TYPE, ReceiptSigner, test_mark
from schemas.findings import Severity, Text

_SINGLE_STATUS = {
    FateStatus.ACCEPTED: 201,
    FateStatus.AMENDED: 200,
    FateStatus.UNCHANGED: 200,
    FateStatus.REJECTED: 422,
    FateStatus.QUARANTINED: 422,
    FateStatus.CONFLICT: 409,
    FateStatus.WITHHELD: 422,
}

_OF_STORED = ("receipt", "original_receipt")
_ISSUED = {
    FateStatus.ACCEPTED: ("code", "code_printed", "qr_text"),
    FateStatus.AMENDED: ("qr_text",),
}
"""What is made for a record only when it is stored."""


def compose(
    submission: Submission, fates: Sequence[Fate], signer: ReceiptSigner, original_receipt: str | None = None
) -> Answer:
    """The answer to `submission`. `original_receipt` goes with a single record that was stored before."""
    submission_id = str(submission.id)
    receipt = signer.sign(
        submission_id,
        submission.tenant.name,
        submission.envelope.received_at,
        submission.raw_hash,
        records=[_fate_claims(fate) for fate in fates],
        notes=[{"code": note.code, "locator": note.locator} for note in submission.reading.notes],
        is_test=submission.tenant.is_sandbox,
    )
    content: dict[str, Any] = {
        "submission_id": submission_id,
        "kind": submission.kind,
        "mapping": submission.mapping,
        "received_at": submission.envelope.received_at.isoformat(timespec="milliseconds"),
        "raw_sha256": submission.raw_hash.hex(),
        "counts": counts_of(fates),
        "records": [_fate_document(fate, submission) for fate in fates],
        "receipt": receipt,
    }
    if submission.reading.notes:
        content["notes"] = [note.as_dict() for note in submission.reading.notes]
    if original_receipt is not None:
        content["original_receipt"] = original_receipt
    status, problem = _outcome(submission, fates)
    if problem is not None:
        content = problems.document(problem, _first_error(fates), **content)
    return Answer(submission.id, status, orjson.dumps(content), receipt)


def rehearsed(answer: Answer) -> Answer:
    """The same of a submission that leaves no trace: without what only holds of one that was stored."""
    content = orjson.loads(answer.body)
    for name in _OF_STORED:
        content.pop(name, None)
    if not answer.replayed:
        content.pop("submission_id", None)
        for record in content.get("records", ()):
            for name in _ISSUED.get(record["status"], ()):
                record.pop(name, None)
    return replace(answer, body=orjson.dumps(content | {"dry_run": True}), receipt="")


def compose_kept(submission: Submission, blob: Blob, signer: ReceiptSigner) -> Answer:
    """The answer to a large document: it is durable and will be worked on; its receipt says just that."""
    submission_id = str(submission.id)
    here = f"/v1/submissions/{submission_id}"
    claims = {
        "sub": submission.tenant.name,
        "jti": submission_id,
        "iat": int(submission.envelope.received_at.timestamp()),
        "raw_sha256": blob.sha256.hex(),
        "size_bytes": blob.size_bytes,
        "state": "received",
        **test_mark(submission.tenant.is_sandbox),
    }
    receipt = signer.sign_claims(claims, TYPE)
    content = {
        "submission_id": submission_id,
        "kind": submission.kind,
        "mapping": submission.mapping,
        "received_at": submission.envelope.received_at.isoformat(timespec="milliseconds"),
        "raw_sha256": blob.sha256.hex(),
        "size_bytes": blob.size_bytes,
        "state": "received",
        "progress_url": here,
        "events_url": f"{here}/events",
        "records_url": f"{here}/records.ndjson",
        "receipt": receipt,
    }
    return Answer(submission.id, 202, orjson.dumps(content), receipt)


def _standing(stored: Standing) -> dict[str, Any]:
    document = {"version": stored.version, "state": stored.state, "content_sha256": stored.content_hash.hex()}
    return document if stored.code is None else document | {"code": stored.code}


def record_line(fate: Fate, submission: Submission) -> bytes:
    """What became of one record of a batch, as a line of its NDJSON."""
    return orjson.dumps(_fate_document(fate, submission)) + b"\n"


def _outcome(submission: Submission, fates: Sequence[Fate]) -> tuple[int, problems.ProblemType | None]:
    if submission.reading.shape is Shape.UNREADABLE:
        return problems.UNREADABLE.status, problems.UNREADABLE
    if submission.envelope.atomic and any(not fate.status.is_good for fate in fates):
        return problems.ATOMIC_REFUSED.status, problems.ATOMIC_REFUSED
    if submission.reading.shape is Shape.SINGLE and fates:
        status = fates[0].status
        refusal = {FateStatus.REJECTED: problems.REJECTED, FateStatus.CONFLICT: problems.CONFLICT}.get(status)
        return _SINGLE_STATUS[status], refusal
    return 200, None


def _first_error(fates: Sequence[Fate]) -> Text | None:
    """The first error in a sentence, so that the detail of a refusal says what is wrong and where."""
    errors = [finding for fate in fates for finding in fate.findings if finding.is_error]
    if not errors:
        return None
    first, more = errors[0], len(errors) - 1
    where = f"（{first.locator}）" if first.locator else ""
    subject = "" if first.reason.zh.startswith(first.title.zh) else f"{first.title.zh}："
    zh = f"{subject}{first.reason.zh}{where}" + (f"；另有 {more} 处错误" if more else "")
    where = f" ({first.locator})" if first.locator else ""
    en = f"{first.title.en}: {first.reason.en}{where}" + (f"; and {more} more errors" if more else "")
    return Text(zh, en)


def counts_of(fates: Sequence[Fate]) -> dict[str, int]:
    counts = Counter(fate.status.value for fate in fates)
    warned = sum(any(f.severity is Severity.WARNING for f in fate.findings) for fate in fates if fate.findings)
    return {"rows": len(fates), **{status.value: counts[status.value] for status in FateStatus}, "warned": warned}


def _fate_claims(fate: Fate) -> dict[str, Any]:
    claims: dict[str, Any] = {"n": fate.ordinal, "status": fate.status.value}
    if fate.key is not None:
        claims["key"] = fate.key
    if fate.code is not None:
        claims["code"] = fate.code
    if fate.content_hash is not None:
        claims["version"] = fate.version
        claims["content_sha256"] = fate.content_hash.hex()
    return claims


def _fate_document(fate: Fate, submission: Submission) -> dict[str, Any]:
    document: dict[str, Any] = {
        "ordinal": fate.ordinal,
        "locator": fate.locator,
        "status": fate.status.value,
        "key": fate.key,
    }
    if fate.content_hash is not None:
        document |= {
            "version": fate.version,
            "state": fate.state,
            "content_sha256": fate.content_hash.hex(),
        }
    if fate.code is not None:
        document |= {"code": fate.code, "code_printed": grouped(fate.code), "qr_text": fate.qr_text}
    if fate.submission_id is not None and fate.submission_id != submission.id:
        document["original_submission_id"] = str(fate.submission_id)
    if fate.stored is not None:
        document["stored"] = _standing(fate.stored)
    if fate.differences:
        document["differences"] = fate.differences
    document["findings"] = [finding.as_dict() for finding in fate.findings]
    return document
