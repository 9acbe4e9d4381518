"""The other side of a reconciliation, as little of it as comparing and repairing need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A page of a snapshot, byte for byte as the other side gave it, with the kind of record it holds."""

    kind: str
    raw: bytes
    content_type: str
    filename: str | None = None


class Exchange(Protocol):
    """One connector's other side. Every call raises Retriable (try again later) or Fatal (a person must mend it)."""

    def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
        """All records of one kind that the other side holds now, in pages of a size that fits into memory."""
        ...

    async def take(self, page: SnapshotPage, decided: frozenset[str]) -> None:
        """Submit a page again, as an amendment. A person chose the other side's version of the keys in `decided`."""
        ...

    async def send(self, kind: str, bases: Mapping[str, int], decided: frozenset[str]) -> frozenset[str]:
        """Hand our versions over to the other side again, by key, each on top of the version number it shows there.

        A person chose ours of the keys in `decided`. The answer are the keys that it can never be sent as they are.
        It may come before the other side has taken the rest: the next comparison shows whether it has.
        """
        ...
