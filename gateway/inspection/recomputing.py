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
from gateway.transparency.rows import LeafRow, NewLeaf
from gateway.trust.keyring import key_entries

Row = Mapping[str, Any]
Found = dict[tuple[LeafKind, str], NewLeaf]
_UNREADABLE = b""
"""In the place of the entry of a row that is there, but so that nothing can be made of it."""


async def recomputed(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> Found:
    """Some leaves as their rows would give them now. What is not there has lost its row.

    Of a row that changed since only the last leaf can be made again; leave the others out.
    """
    found: Found = {}
    by_kind: dict[LeafKind, list[LeafRow]] = {}
    for leaf in leaves:
        by_kind.setdefault(leaf.kind, []).append(leaf)
    for kind, of_kind in by_kind.items():
        found |= {(kind, leaf.ref): leaf for leaf in await _WAYS[kind](connection, of_kind)}
    return found


async def _receipts(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> list[NewLeaf]:
    return [_receipt(NewSubmission(**row)) for row in await _rows(connection, sql.SUBMISSIONS, _refs(leaves))]


def _receipt(row: NewSubmission) -> NewLeaf:
    try:
        return attested.receipt_leaf(row, attested.receipt_in(row.answer))
    except (ValueError, KeyError, TypeError, AttributeError):  # what was an answer is none any more
        return NewLeaf.of(LeafKind.RECEIPT, attested.submission_ref(row.id), _UNREADABLE)


async def _final_receipts(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> list[NewLeaf]:
    rows = await _rows(connection, sql.FINALS, _refs(leaves))
    return [attested.final_receipt_leaf(row["id"], row["receipt"], row) for row in rows]


async def _records(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> list[NewLeaf]:
    tenant_ids, kinds, keys, versions = zip(*(attested.read_record_ref(leaf.ref) for leaf in leaves), strict=True)
    wanted = {"tenant_ids": list(tenant_ids), "kinds": list(kinds), "keys": list(keys), "versions": list(versions)}
    rests = {leaf.ref: leaf.rest for leaf in leaves}
    found = []
    for row in await _rows(connection, sql.VERSIONS, wanted):
        ref = _record_ref(row)
        kept, rest = attested.kept_digest(attested.in_order(row), row["version"]), bytes(rests[ref] or b"")
        found.append(NewLeaf.of(LeafKind.RECORD, ref, entry_of(LeafKind.RECORD, kept, rest), rest))
    for row in await _rows(connection, sql.RECORDS, wanted):
        found.append(attested.record_leaf(attested.in_order(row), row["version"], row["state_reason"]))
    return found


async def _audited(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> list[NewLeaf]:
    rows = await _rows(connection, sql.AUDITED, _refs(leaves))
    entries = {str(row["position"]): entry_of(LeafKind.AUDIT, *audit.parts(row)) for row in rows}
    return [NewLeaf.of(LeafKind.AUDIT, ref, entry) for ref, entry in entries.items()]


async def _keys(connection: AsyncConnection, leaves: Sequence[LeafRow]) -> list[NewLeaf]:
    wanted = {leaf.ref for leaf in leaves}
    entries = {kid.hex(): entry for kid, entry in (await key_entries(connection)).items()}
    return [NewLeaf.of(LeafKind.KEY, ref, entry) for ref, entry in entries.items() if ref in wanted]


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
