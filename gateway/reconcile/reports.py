"""The signed report of a run: what was compared, the totals, how many differ how, and a hash over every difference.

It is a compact JWS, signed like a receipt, so that either side can prove later what was found. The list of
discrepancies may be long, so the report holds its SHA-256: one line each in the order of (kind, key), a JSON array of
kind, key, class, both version numbers and both content hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.tenants import Tenant
from gateway.reconcile import statements as sql

TYPE = "yizhan-reconciliation+jwt"
LINES_TYPE = "application/x-ndjson"
_AT_ONCE = 5000


def claims_of(
    run: Any, tenant: Tenant, counts: dict[str, Any], totals: Sequence[Any], digest: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """What the report states. `run` is the row of a run that is about to finish."""
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


def total_document(row: Any) -> dict[str, Any]:
    """One control total: only the dimensions that it is about."""
    document = {"kind": row.kind, "dimension": row.dimension}
    wanted = {"cell": ("division", "day", "subkind"), "all": ()}.get(row.dimension, (row.dimension,))
    document |= {name: getattr(row, name) for name in wanted}
    return document | {"ours": row.ours, "theirs": row.theirs, "coded": row.coded}


def line_of(row: Any) -> bytes:
    """A discrepancy as it goes into the hash."""
    hashes = [value and bytes(value).hex() for value in (row.our_hash, row.their_hash)]
    found = [row.kind, row.key, row.class_, row.our_revision, row.their_revision, *hashes]
    return orjson.dumps(found) + b"\n"


async def digest(connection: AsyncConnection, run_id: UUID) -> dict[str, Any]:
    """SHA-256 and number of the lines of all discrepancies, read in slices."""
    hash_, lines, after = sha256(), 0, ("", "")
    while True:
        where = {"id": run_id, "after_kind": after[0], "after_key": after[1], "limit": _AT_ONCE}
        rows = (await connection.execute(sql.DIGESTED, where)).all()
        for row in rows:
            hash_.update(line_of(row))
        lines += len(rows)
        if len(rows) < _AT_ONCE:
            return {"sha256": hash_.hexdigest(), "lines": lines}
        after = rows[-1].kind, rows[-1].key
