"""The other side of a reconciliation, as little of it as comparing and repairing need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A page of a snapshot, byte for byte as the other side gave it, with the kind of record it holds.

    `as_of` is the moment that it speaks of, None when that is now. One that is empty says only that.
    """

    kind: str
    raw: bytes
    content_type: str
    filename: str | None = None
    as_of: datetime | None = None
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Their version of a record as a run has found it, to take the place of ours; both by content hash.

    `ours` is None when we had none. `decided` says that a person chose theirs.
    """

    theirs: bytes
    ours: bytes | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Ours:
    """Our version of a record as a run has found it, by its content hash, to be put on top of their version `base`.

    `decided` says that a person chose it over theirs.
    """

    content_hash: bytes | None
    base: int
    decided: bool


class Sending(StrEnum):
    """What became of a version that was to be handed over."""

    SENT = "sent"
    SETTLED = "settled"
    """There was nothing to send any more: they have it, or ours has changed and goes the way of every change."""
    MOVED = "moved"
    """It is no longer the version that a person chose."""
    DISPUTED = "disputed"
    """They hold another version than it was made on: a conflict, which a person decides."""
    UNFIT = "not_sent"
    """It can never be sent as it is."""


class Exchange(Protocol):
    """One connector's other side.

    Every call raises Retriable (try again later) or Fatal (a person must put it right).
    """

    def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
        """All records of one kind that the other side holds, in pages of a size that fits into memory."""
        ...

    async def take(self, page: SnapshotPage, wanted: Mapping[str, Wanted]) -> None:
        """Submit what is `wanted` of a page, by key, as an amendment; the rest of the page is left alone.

        A record is left alone as well when ours is no longer the version that was compared.
        """
        ...

    async def send(self, kind: str, key: str, ours: Ours) -> Sending:
        """Hand our version over to the other side again; what became of it.

        What was decided holds only while ours is the version that was chosen. The answer may come before the other
        side has taken what was sent: the next comparison shows whether it has.
        """
        ...
