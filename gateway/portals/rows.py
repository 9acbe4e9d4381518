"""The rows of portals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing(TypedRow):
    """A version of a record that may have to go to a portal.

    `base` is the number of theirs that it goes on top of (None of an earlier version: its body says).
    """

    tenant_id: int
    division: str
    kind: str
    key: str
    version: int
    body: bytes
    content_hash: bytes
    unconfirmed: bool
    confirmed_as: int | None
    base: int | None
    is_disputed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(TypedRow):
    """Where a record stands by now."""

    version: int
    confirmed_as: int | None
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(TypedRow):
    """A record whose version nobody changes until the transaction ends."""

    key: str
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark(TypedRow):
    """A position and its revision; revision 0 and no value before the first move."""

    revision: int = 0
    value: Any = None
