"""Sealed bodies of records: where each belongs, and how it is opened again."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.ledger.values import PreparedSubmission, StoredRecord


def opened(prepared: PreparedSubmission, existing: StoredRecord) -> dict[str, Any]:
    place = body_place(prepared.tenant.id, existing.kind, existing.key)
    return orjson.loads(prepared.tenant.seal.open(existing.body, place))


def body_place(tenant_id: int, kind: str, key: str) -> bytes:
    """The associated data of a sealed body."""
    return f"record/{tenant_id}/{kind}/{key}".encode()
