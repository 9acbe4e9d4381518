"""The signed report of a run: what was compared, the totals, how many differ how, and a hash over every difference.

It is a compact JWS, signed like a receipt, so that either side can prove later what was found. The list of
discrepancies may be long, so the report holds its SHA-256: one line each in the order of (kind, key), a JSON array of
kind, key, class, both version numbers and both content hashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.tenants import Tenant
from gateway.reconcile import statements as sql
from gateway.reconcile.rows import ControlTotal, DigestedDiscrepancy, Dimension, Discrepancy, Run
from gateway.store.typed import fetch

TYPE = "yizhan-reconciliation+jwt"
LINES_TYPE = "application/x-ndjson"
_AT_ONCE = 5000
_ABOUT: Mapping[Dimension, Sequence[str]] = {Dimension.CELL: ("division", "day", "subkind"), Dimension.ALL: ()}


def claims_of(
    run: Run,
    tenant: Tenant,
    *,
    counts: Mapping[str, Mapping[str, int]],
    totals: Sequence[ControlTotal],
    digest: Mapping[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """What the report states. `run` is one that is about to finish."""
    return {
        "sub": tenant.name,
        "jti": str(run.id),
        "iat": int(at.timestamp()),
        "source": run.source,
        "connector": run.connector,
        "kinds": run.kinds,
        "division": run.division,
        "repeats": run.repeats and str(run.repeats),
        "started_at": run.started_at.isoformat(timespec="milliseconds"),
        "finished_at": at.isoformat(timespec="milliseconds"),
        "counts": counts,
        "totals": [total_document(row) for row in totals],
        "discrepancies": {"type": LINES_TYPE, **digest},
    }


def total_document(row: ControlTotal) -> dict[str, Any]:
    """One control total: only the dimensions that it is about."""
    document: dict[str, Any] = {"kind": row.kind, "dimension": row.dimension}
    wanted = _ABOUT.get(row.dimension, (row.dimension.value,))
    document |= {name: getattr(row, name) for name in wanted}
    return document | {"ours": row.ours, "theirs": row.theirs, "coded": row.coded}


def line_of(row: Discrepancy | DigestedDiscrepancy) -> bytes:
    """A discrepancy as it goes into the hash."""
    hashes = [value and bytes(value).hex() for value in (row.our_hash, row.their_hash)]
    found = [row.kind, row.key, row.class_, row.our_revision, row.their_revision, *hashes]
    return orjson.dumps(found) + b"\n"


async def digest(connection: AsyncConnection, run_id: UUID) -> dict[str, Any]:
    """SHA-256 and number of the lines of all discrepancies, read in slices."""
    hash_, lines, after = sha256(), 0, ("", "")
    while True:
        where = {"id": run_id, "after_kind": after[0], "after_key": after[1], "limit": _AT_ONCE}
        rows = await fetch(connection, sql.DIGESTED, where, DigestedDiscrepancy)
        for row in rows:
            hash_.update(line_of(row))
        lines += len(rows)
        if len(rows) < _AT_ONCE:
            return {"sha256": hash_.hexdigest(), "lines": lines}
        after = rows[-1].kind, rows[-1].key
