"""Sealed bodies of records: the one place where they are sealed and opened.

A body is bound to its record (tenant, kind, key), so that one that was moved to another row does not open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from gateway.access.tenants import Tenant
from gateway.trust.sealing import Seal


class HasBody(Protocol):
    """A row with a sealed body of a record."""

    @property
    def tenant_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A body apart from its row, such as the other side's version in a conflict."""

    tenant_id: int
    kind: str
    key: str
    body: bytes


def seal_body(canonical: bytes, tenant: Tenant, kind: str, key: str) -> bytes:
    """The canonical JSON of a record, sealed for its place."""
    return tenant.seal.seal(canonical, _place(tenant.id, kind, key))


def open_canonical(record: HasBody, seal: Seal) -> bytes:
    """The canonical JSON of a record, byte for byte. Raises SealBroken."""
    return seal.open(record.body, _place(record.tenant_id, record.kind, record.key))


def open_body(record: HasBody, seal: Seal) -> dict[str, Any]:
    """The body of a record. Raises SealBroken."""
    return orjson.loads(open_canonical(record, seal))


def _place(tenant_id: int, kind: str, key: str) -> bytes:
    return f"record/{tenant_id}/{kind}/{key}".encode()
