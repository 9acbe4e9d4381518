"""The rows of the transparency log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

from gateway.store.typed import TypedRow
from gateway.transparency.entries import ENTRY_BYTES, LeafKind


class NewLeaf(NamedTuple):
    """A leaf on its way: which row it attests, and its entry with what an earlier version's row will not tell.

    Two values under names of their own, for it goes in with what it attests, with every push.
    """

    leaf_name: str
    leaf_digests: bytes

    @classmethod
    def of(cls, kind: LeafKind, ref: str, entry: bytes, rest: bytes = b"") -> NewLeaf:
        return cls(f"{kind.value} {ref}", entry + rest)

    @property
    def ref(self) -> str:
        return self.leaf_name.split(" ", 1)[1]

    @property
    def entry(self) -> bytes:
        return self.leaf_digests[:ENTRY_BYTES]


class PlacedLeaf(NamedTuple):
    place: Annotated[int, "bigint"]
    kind: str
    ref: str
    entry: bytes
    rest: bytes | None


class NewTile(NamedTuple):
    level: int
    nth: Annotated[int, "bigint"]
    hashes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLeaf(TypedRow):
    name: str
    digests: bytes

    def placed(self, place: int) -> PlacedLeaf:
        kind, ref = self.name.split(" ", 1)
        return PlacedLeaf(place, kind, ref, self.entry, self.digests[ENTRY_BYTES:] or None)

    @property
    def entry(self) -> bytes:
        return self.digests[:ENTRY_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRow(TypedRow):
    """A leaf in its place. It `is_superseded` when a later one attests the same row."""

    place: int
    kind: LeafKind
    ref: str
    entry: bytes
    rest: bytes | None
    is_superseded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRow(TypedRow):
    level: int
    nth: int
    hashes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow(TypedRow):
    """A signed checkpoint."""

    size: int
    root: bytes
    note: str
    at: datetime
