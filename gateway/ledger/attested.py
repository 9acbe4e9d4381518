"""What the transparency log attests of the ledger: submissions with their receipts, versions of records. Pure.

A leaf is made from the columns that are stored, so that it can be made again from the row. A record's leaf has two
parts, because the row of an earlier version (`record_version`) tells only the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import orjson

from gateway.transparency.entries import LeafKind, digest_of, entry_of, instant, whole_digest
from gateway.transparency.rows import NewLeaf

_SUBMISSION = itemgetter(
    "id", "tenant_id", "division", "channel", "connector", "mapping", "kind", "content_type", "filename", "raw_hash",
    "status", "blob",
)  # fmt: skip
_COUNTS = itemgetter("rows_in", "accepted", "rejected", "quarantined")
"""Those of a large document are counted at its end."""
_KEPT = itemgetter(
    "tenant_id", "sender_id", "kind", "key", "division", "schema", "state", "content_hash", "submission_id", "ordinal",
    "qr_text",
)  # fmt: skip
_CURRENT = itemgetter(
    "code", "subkind", "agency_name", "agency_uscc", "depart_on", "return_on", "headcount", "people", "effective_on",
    "revision", "unconfirmed", "contract_no",
)  # fmt: skip


def submission_ref(submission_id: object) -> str:
    return str(submission_id)


def record_ref(tenant_id: int, kind: str, key: str, version: int) -> str:
    return f"{tenant_id}/{kind}/{key}/{version}"


def read_record_ref(ref: str) -> tuple[int, str, str, int]:
    """The parts of `record_ref`."""
    tenant_id, kind, rest = ref.split("/", 2)
    key, _, version = rest.rpartition("/")
    return int(tenant_id), kind, key, int(version)


def receipt_parts(row: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The digests of the receipt itself and of the row around it. Raises ValueError, KeyError."""
    answer = bytes(row["answer"])
    receipt = orjson.loads(answer)["receipt"]
    counts = _COUNTS(row) if row["blob"] is None else ()
    long = whole_digest(answer), whole_digest(bytes(row["raw"]))
    around = digest_of([*_SUBMISSION(row), instant(row["received_at"]), *counts, *long])
    return whole_digest(receipt.encode()), around


def receipt_leaf(row: Mapping[str, Any]) -> NewLeaf:
    """The leaf of a submission, from its columns."""
    return NewLeaf(LeafKind.RECEIPT.value, submission_ref(row["id"]), entry_of(LeafKind.RECEIPT, *receipt_parts(row)))


def final_receipt_parts(submission_id: object, receipt: str, counts: Mapping[str, int]) -> tuple[bytes, bytes]:
    """The same of the receipt at the end of a large document, around which are its counts."""
    return whole_digest(receipt.encode()), digest_of([submission_id, *_COUNTS(counts)])


def final_receipt_leaf(submission_id: object, receipt: str, counts: Mapping[str, int]) -> NewLeaf:
    parts = final_receipt_parts(submission_id, receipt, counts)
    ref = submission_ref(submission_id)
    return NewLeaf(LeafKind.FINAL_RECEIPT.value, ref, entry_of(LeafKind.FINAL_RECEIPT, *parts))


def kept_digest(row: Mapping[str, Any], version: int) -> bytes:
    """The part of a record that the row of an earlier version tells too."""
    return digest_of([*_KEPT(row), version, instant(row["stored_at"]), whole_digest(bytes(row["body"]))])


def current_digest(row: Mapping[str, Any], state_reason: str | None) -> bytes:
    """The part that only the current row tells."""
    return digest_of([*_CURRENT(row), instant(row["issued_at"]), state_reason])


def record_leaf(row: Mapping[str, Any], version: int, state_reason: str | None = None) -> NewLeaf:
    """The leaf of a version of a record in its state, from its columns; `people` as PostgreSQL writes an array."""
    rest = current_digest(row, state_reason)
    entry = entry_of(LeafKind.RECORD, kept_digest(row, version), rest)
    ref = record_ref(row["tenant_id"], row["kind"], row["key"], version)
    return NewLeaf(LeafKind.RECORD.value, ref, entry, rest)
