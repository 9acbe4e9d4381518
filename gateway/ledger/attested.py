"""What the transparency log attests of the ledger: submissions with their receipts, versions of records. Pure.

A leaf is made from the columns that are stored, so that it can be made again from the row. A record's leaf has two
parts, because the row of an earlier version (`record_version`) tells only the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson

from gateway.ledger.facts import Facts
from gateway.ledger.rows import NewRecord, NewSubmission
from gateway.store.arrays import columns_of
from gateway.transparency.entries import LeafKind, digest_of, entry_of, instant, whole_digest
from gateway.transparency.rows import NewLeaf

COLUMNS = (*columns_of(NewRecord), *columns_of(Facts))
"""Those of a record as it is stored, in their order."""


def _at(*names: str) -> itemgetter[Any]:
    return itemgetter(*map(COLUMNS.index, names))


_KEPT = _at(
    "tenant_id", "sender_id", "kind", "key", "division", "schema", "state", "submission_id", "ordinal", "qr_text"
)
_KEPT_LONG = _at("content_hash", "body")
_CURRENT = _at(
    "code", "subkind", "agency_name", "agency_uscc", "depart_on", "return_on", "headcount", "people", "effective_on",
    "revision", "unconfirmed", "contract_no",
)  # fmt: skip
_STORED_AT, _ISSUED_AT = COLUMNS.index("stored_at"), COLUMNS.index("issued_at")
_NAMED = _at("tenant_id", "kind", "key")
_COUNTS = itemgetter("rows_in", "accepted", "rejected", "quarantined")


def submission_ref(submission_id: object) -> str:
    return str(submission_id)


def record_ref(tenant_id: int, kind: str, key: str, version: int) -> str:
    return f"{tenant_id}/{kind}/{key}/{version}"


def read_record_ref(ref: str) -> tuple[int, str, str, int]:
    """The parts of `record_ref`."""
    tenant_id, kind, rest = ref.split("/", 2)
    key, _, version = rest.rpartition("/")
    return int(tenant_id), kind, key, int(version)


def receipt_in(answer: bytes) -> str:
    """The receipt that an answer carries. Raises ValueError, KeyError for what is no answer of ours."""
    return orjson.loads(answer)["receipt"]


def receipt_parts(row: NewSubmission, receipt: str) -> tuple[bytes, bytes]:
    """The digests of the receipt itself, and of the row of its submission. A large document is counted at its end."""
    counts = (row.rows_in, row.accepted, row.rejected, row.quarantined) if row.blob is None else None
    around = digest_of(
        row.id,
        row.tenant_id,
        row.division,
        row.channel,
        row.connector,
        row.mapping,
        row.kind,
        row.content_type,
        row.filename,
        row.status,
        row.blob,
        instant(row.received_at),
        counts,
        long=(row.raw_hash, row.answer, row.raw),
    )
    return whole_digest(receipt.encode()), around


def receipt_leaf(row: NewSubmission, receipt: str) -> NewLeaf:
    """The leaf of a submission and its receipt."""
    entry = entry_of(LeafKind.RECEIPT, *receipt_parts(row, receipt))
    return NewLeaf.of(LeafKind.RECEIPT, submission_ref(row.id), entry)


def final_receipt_parts(submission_id: object, receipt: str, counts: Mapping[str, int]) -> tuple[bytes, bytes]:
    """The same of the receipt at the end of a large document, around which are its counts."""
    return whole_digest(receipt.encode()), digest_of(submission_id, *_COUNTS(counts))


def final_receipt_leaf(submission_id: object, receipt: str, counts: Mapping[str, int]) -> NewLeaf:
    parts = final_receipt_parts(submission_id, receipt, counts)
    ref = submission_ref(submission_id)
    return NewLeaf.of(LeafKind.FINAL_RECEIPT, ref, entry_of(LeafKind.FINAL_RECEIPT, *parts))


def kept_digest(values: Sequence[Any], version: int) -> bytes:
    """The part of a record, from its columns, that the row of an earlier version tells too."""
    return digest_of(*_KEPT(values), version, instant(values[_STORED_AT]), long=_KEPT_LONG(values))


def record_leaf(values: Sequence[Any], version: int, state_reason: str | None = None) -> NewLeaf:
    """The leaf of a version of a record in its state, from its columns; `people` as PostgreSQL writes an array."""
    rest = digest_of(*_CURRENT(values), instant(values[_ISSUED_AT]), state_reason)
    entry = entry_of(LeafKind.RECORD, kept_digest(values, version), rest)
    tenant_id, kind, key = _NAMED(values)
    return NewLeaf.of(LeafKind.RECORD, record_ref(tenant_id, kind, key, version), entry, rest)


def in_order(row: Mapping[str, Any]) -> list[Any]:
    """The columns of a stored record in their order; what the row does not have is None."""
    return [row.get(name) for name in COLUMNS]
