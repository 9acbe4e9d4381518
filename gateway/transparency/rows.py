"""The rows of the transparency log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

from gateway.store.typed import TypedRow
from gateway.transparency.entries import LeafKind


class NewLeaf(NamedTuple):
    """A leaf on its way: which row it attests, its entry, and what the row of an earlier version will not tell.

    The names are its own, for it goes in with what it attests.
    """

    leaf_kind: str
    leaf_ref: str
    leaf_entry: bytes
    leaf_rest: bytes | None = None


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
    kind: LeafKind
    ref: str
    entry: bytes
    rest: bytes | None


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
