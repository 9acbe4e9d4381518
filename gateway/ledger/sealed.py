"""Sealed bodies of records, and what else a sender says that may name persons: where they are sealed and opened.

A body is bound to its record (tenant, kind, key), so that one that was moved to another row does not open.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson

from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.trust.sealing import Seal
from schemas.findings import veiled


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


def is_kept(record: HasBody) -> bool:
    """Whether the body of a record is still there; it is emptied at the end of its time."""
    return len(record.body) > 0


def open_canonical(record: HasBody, seal: Seal) -> bytes:
    """The canonical JSON of a record, byte for byte. Raises SealBroken, Refused (RETENTION-001)."""
    if not is_kept(record):
        raise Refused(problems.KEPT_NO_LONGER)
    return seal.open(record.body, _place(record.tenant_id, record.kind, record.key))


def open_body(record: HasBody, seal: Seal) -> dict[str, Any]:
    """The body of a record. Raises SealBroken, Refused (RETENTION-001)."""
    return orjson.loads(open_canonical(record, seal))


_SEALED = "sealed:"
_KEYED = "keyed:"
_LONGEST_ENDING = 6


def seal_word(word: str | None, seal: Seal, about: UUID) -> str | None:
    """A word of the sender that is kept with a submission or an upload, such as the name of a file, sealed as text."""
    if word is None:
        return None
    return _SEALED + b64encode(seal.seal(word.encode(), _place_of_word(about))).decode()


def open_word(stored: str | None, seal: Seal, about: UUID) -> str | None:
    """The word again; what was kept before words were sealed is as it is. Raises SealBroken."""
    if stored is None or not stored.startswith(_SEALED):
        return stored
    return seal.open(b64decode(stored.removeprefix(_SEALED)), _place_of_word(about)).decode()


def ending_of(filename: str) -> str:
    """What others than its sender see of the name of a file, which may be called after anybody: `….xlsx`."""
    stem, dot, ending = filename.rpartition(".")
    return f"….{ending}" if stem and dot and ending.isascii() and len(ending) <= _LONGEST_ENDING else "…"


def unspoken(key: str, seal: Seal) -> str:
    """An idempotency key as it is kept: one that holds what looks like a personal number only as a keyed hash."""
    if veiled(key) == key:
        return key
    halves = (seal.blind_word(f"{half}/{key}").to_bytes(8, "big", signed=True).hex() for half in (0, 1))
    return _KEYED + "".join(halves)


def _place_of_word(about: UUID) -> bytes:
    return f"word/{about}".encode()


def _place(tenant_id: int, kind: str, key: str) -> bytes:
    return f"record/{tenant_id}/{kind}/{key}".encode()
