"""What a leaf of the log is: a hash that tells nothing and can be made again from the row that it attests. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson

ENTRY_BYTES = 32


class LeafKind(StrEnum):
    """What leaves attest. Their words are part of the hash: they are stable."""

    RECEIPT = "receipt"
    """A submission and the receipt that was given for it."""
    FINAL_RECEIPT = "final_receipt"
    """The receipt at the end of a large document."""
    RECORD = "record"
    """A version of a record in one of its states."""
    KEY = "key"
    """A signing key: made, retired, withdrawn."""
    AUDIT = "audit"
    """Who did what."""


def entry_of(kind: LeafKind, first: bytes, rest: bytes) -> bytes:
    """The entry of a leaf from the digests of its two parts: what somebody else can have, and what is ours alone."""
    return sha256(_LABELS[kind] + first + rest).digest()


_LABELS = {kind: f"yizhan {kind.value}\n".encode() for kind in LeafKind}


def digest_of(*values: Any, long: Sequence[bytes] = ()) -> bytes:
    """The digest of columns; of short ones as JSON, with the lengths of the `long` ones, which follow as they are."""
    digest = sha256(orjson.dumps((values, [len(column) for column in long])))
    for column in long:
        digest.update(column)
    return digest.digest()


def whole_digest(content: bytes) -> bytes:
    """The digest of what somebody else holds byte for byte."""
    return sha256(content).digest()


def instant(moment: datetime) -> datetime:
    """A moment as it is hashed, whichever zone it came in."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
