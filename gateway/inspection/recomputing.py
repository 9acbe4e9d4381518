"""Makes the entries of leaves again from the rows that they attest, as these are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.inspection import statements as sql
from gateway.ledger import attested
from gateway.ledger.rows import NewSubmission
from gateway.transparency.entries import LeafKind, entry_of
from gateway.transparency.rows import LeafRow
from gateway.trust.keyring import key_entries

Row = Mapping[str, Any]
Found = dict[tuple[LeafKind, str], bytes]
_UNREADABLE = b""
"""In the place of the entry of a row that is there, but so that nothing can be made of it."""


async def recomputed(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> Found:
    """The entries of some leaves as their rows would give them now. What is not there has lost its row.

    Of a row that changed since only the last leaf can be made again; leave the others out.
    """
    found: Found = {}
    by_kind: dict[LeafKind, list[LeafRow]] = {}
    for leaf in leaves:
        by_kind.setdefault(leaf.kind, []).append(leaf)
    for kind, of_kind in by_kind.items():
        found |= {(kind, ref): entry for ref, entry in (await _WAYS[kind](connection, of_kind)).items()}
    return found


async def _receipts(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> dict[str, bytes]:
    rows = [NewSubmission(**row) for row in await _rows(connection, sql.SUBMISSIONS, _refs(leaves))]
    return {attested.submission_ref(row.id): _receipt_entry(row) for row in rows}


def _receipt_entry(row: NewSubmission) -> bytes:
    try:
        return attested.receipt_leaf(row, attested.receipt_in(row.answer)).entry
    except (ValueError, KeyError, TypeError, AttributeError):  # what was an answer is none any more
        return _UNREADABLE


async def _final_receipts(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> dict[str, bytes]:
    rows = await _rows(connection, sql.FINALS, _refs(leaves))
    return {
        attested.submission_ref(row["id"]): attested.final_receipt_leaf(row["id"], row["receipt"], row).entry
        for row in rows
    }


async def _records(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> dict[str, bytes]:
    tenant_ids, kinds, keys, versions = zip(*(attested.read_record_ref(leaf.ref) for leaf in leaves), strict=True)
    wanted = {"tenant_ids": list(tenant_ids), "kinds": list(kinds), "keys": list(keys), "versions": list(versions)}
    rests = {leaf.ref: leaf.rest for leaf in leaves}
    found = {}
    for row in await _rows(connection, sql.VERSIONS, wanted):
        ref = _record_ref(row)
        kept = attested.kept_digest(attested.in_order(row), row["version"])
        found[ref] = entry_of(LeafKind.RECORD, kept, bytes(rests[ref] or b""))
    for row in await _rows(connection, sql.RECORDS, wanted):
        found[_record_ref(row)] = attested.record_leaf(
            attested.in_order(row), row["version"], row["state_reason"]
        ).entry
    return found


async def _audited(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> dict[str, bytes]:
    rows = await _rows(connection, sql.AUDITED, _refs(leaves))
    return {str(row["position"]): entry_of(LeafKind.AUDIT, *audit.parts(row)) for row in rows}


async def _keys(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> dict[str, bytes]:
    wanted = {leaf.ref for leaf in leaves}
    return {kid.hex(): entry for kid, entry in (await key_entries(connection)).items() if kid.hex() in wanted}


_WAYS = {
    LeafKind.RECEIPT: _receipts,
    LeafKind.FINAL_RECEIPT: _final_receipts,
    LeafKind.RECORD: _records,
    LeafKind.AUDIT: _audited,
    LeafKind.KEY: _keys,
}


def _refs(leaves: Iterable[LeafRow]) -> dict[str, list[str]]:
    return {"refs": [leaf.ref for leaf in leaves]}


def _record_ref(row: Row) -> str:
    return attested.record_ref(row["tenant_id"], row["kind"], row["key"], row["version"])


async def _rows(connection: AsyncConnection, statement: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    result = await connection.exec_driver_sql(statement, dict(wanted))
    return [{str(name): value for name, value in row.items()} for row in result.mappings()]
