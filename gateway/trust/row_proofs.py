"""Proofs of rows: a keyed hash over what the public is told of a contract, kept beside it.

Whoever can write to the database but has no master key cannot make one. The signature in the QR says part of the same
to everybody; the proof also covers what moves after it was printed (state, version) and what it has no room for.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from hashlib import blake2b
from operator import attrgetter

import orjson

from gateway.store.typed import TypedRow

_KEY_LABEL = b"yizhan row proofs"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenFacts(TypedRow):
    """What a proof of a contract covers, by column of its row."""

    code: str
    version: int
    state: str
    content_hash: bytes
    issued_at: datetime
    stored_at: datetime
    subkind: str
    agency_name: str
    agency_uscc: str
    division: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    qr_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenDocument:
    """What a proof of a contract's final document covers."""

    code: str
    sha256: bytes
    stored_at: datetime


class RowProver:
    """Proves rows with the first of several keys, and knows the proofs of all."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [blake2b(_KEY_LABEL, key=secret, digest_size=32).digest() for secret in secrets]

    def prove(self, row: ProvenFacts | ProvenDocument) -> bytes:
        return _mac(self._keys[0], _bytes_of(row))

    def holds(self, proof: bytes, row: ProvenFacts | ProvenDocument) -> bool:
        """Whether `proof` was made by us of this very row."""
        content = _bytes_of(row)
        return any(hmac.compare_digest(proof, _mac(key, content)) for key in self._keys)


def _mac(key: bytes, content: bytes) -> bytes:
    return blake2b(content, key=key, digest_size=32).digest()


def _bytes_of(row: ProvenFacts | ProvenDocument) -> bytes:
    if isinstance(row, ProvenDocument):
        return orjson.dumps(("document", row.code, row.sha256.hex(), _utc(row.stored_at)))
    return orjson.dumps(("contract", *_SHORT(row), row.content_hash.hex(), _utc(row.issued_at), _utc(row.stored_at)))


_SHORT = attrgetter(
    *(field.name for field in fields(ProvenFacts) if field.name not in ("content_hash", "issued_at", "stored_at"))
)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
