"""Judges a log: leaf by leaf, against its tiles, its checkpoint, the rows, and checkpoints that were saved elsewhere.

It does not matter whether the evidence comes from the database or from a folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

from gateway.inspection.flaws import Flaw, FlawCode
from gateway.transparency import merkle, notes
from gateway.transparency.notes import Checkpoint, Verifying
from gateway.transparency.tiles import TileId, TileMaker

_MOST_FLAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A leaf and what its row gives now: None when the row is gone. A superseded one has a later leaf for its row."""

    place: int
    kind: str
    ref: str
    entry: bytes
    found: bytes | None
    is_superseded: bool


class Evidence(Protocol):
    """A log as it lies before the inspector."""

    async def checkpoint(self) -> str | None: ...
    def leaves(self) -> AsyncIterator[Seen]:
        """In their order. One that is missing is left out."""
        ...

    async def tile(self, tile: TileId) -> bytes | None: ...
    async def unattested(self) -> list[str]: ...


@dataclass(slots=True)
class Judgement:
    """What was found, at most a thousand flaws, and how many leaves and rows were looked at."""

    size: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    flaws: list[Flaw] = field(default_factory=list)

    def add(self, code: FlawCode, where: str) -> None:
        if len(self.flaws) < _MOST_FLAWS:
            self.flaws.append(Flaw(code, where))


async def judge(
    evidence: Evidence, keys: Mapping[bytes, Verifying], saved: Mapping[str, str] | None = None
) -> Judgement:
    """Look at everything. `saved` are checkpoints that were kept elsewhere, by a name to tell them by."""
    judgement = Judgement()
    current = await _current(evidence, keys, judgement)
    kept = _opened(saved or {}, keys, judgement)
    wanted = {one.size for one in kept.values()} | ({current.size} if current else set())
    roots = {0: merkle.EMPTY_ROOT} if 0 in wanted else {}
    growing, maker = merkle.Growing(), TileMaker()
    missing: list[int] = []
    async for leaf in evidence.leaves():
        if current is not None and leaf.place >= current.size:
            judgement.add(FlawCode.REWRITTEN, f"{leaf.kind} {leaf.ref} @{leaf.place} > {current.size}")
            break
        missing += range(growing.size + len(missing), leaf.place)
        _weigh(leaf, judgement)
        hashed = merkle.leaf_hash(leaf.entry)
        growing.add(hashed)
        if not missing:
            await _compare(evidence, maker.add(hashed), judgement)
            if growing.size in wanted:
                roots[growing.size] = growing.root
    judgement.size = growing.size
    for place in missing:
        judgement.add(FlawCode.MISSING_LEAF, f"@{place}")
    if current is not None and not missing:
        if growing.size < current.size:
            judgement.add(FlawCode.TRUNCATED, f"{growing.size} < {current.size}")
        else:
            await _compare(evidence, maker.rest(), judgement)
            if roots[current.size] != current.root:
                judgement.add(FlawCode.REWRITTEN, f"{current.size} {current.root.hex()} ≠ {roots[current.size].hex()}")
    _judge_saved(kept, current, roots, judgement)
    for ref in await evidence.unattested():
        judgement.add(FlawCode.ADDED_ROW, ref)
    return judgement


def _weigh(leaf: Seen, judgement: Judgement) -> None:
    judgement.rows[leaf.kind] += 1
    if leaf.is_superseded:
        return
    where = f"{leaf.kind} {leaf.ref} @{leaf.place}"
    if leaf.found is None:
        judgement.add(FlawCode.REMOVED_ROW, where)
    elif leaf.found != leaf.entry:
        judgement.add(FlawCode.ALTERED_ROW, where)


async def _current(evidence: Evidence, keys: Mapping[bytes, Verifying], judgement: Judgement) -> Checkpoint | None:
    note = await evidence.checkpoint()
    try:
        if note is None:
            raise notes.NotACheckpoint("there is none")
        return notes.opened(note, dict(keys))
    except notes.NotACheckpoint as error:
        judgement.add(FlawCode.BAD_CHECKPOINT, str(error))
        return None


def _opened(saved: Mapping[str, str], keys: Mapping[bytes, Verifying], judgement: Judgement) -> dict[str, Checkpoint]:
    found = {}
    for name, note in saved.items():
        try:
            found[name] = notes.opened(note, dict(keys))
        except notes.NotACheckpoint as error:
            judgement.add(FlawCode.BAD_SAVED, f"{name}: {error}")
    return found


def _judge_saved(
    kept: Mapping[str, Checkpoint], current: Checkpoint | None, roots: Mapping[int, bytes], judgement: Judgement
) -> None:
    for (name, one), (other_name, other) in combinations(kept.items(), 2):
        if one.size == other.size and one.root != other.root:
            judgement.add(FlawCode.FORK, f"{name} ≠ {other_name} @{one.size}")
    for name, one in kept.items():
        if current is not None and one.size > current.size:
            judgement.add(FlawCode.TRUNCATED, f"{current.size} < {one.size} ({name})")
        elif one.size in roots and roots[one.size] != one.root:
            judgement.add(FlawCode.FORK, f"{name} @{one.size}")


async def _compare(evidence: Evidence, made: list[tuple[TileId, bytes]], judgement: Judgement) -> None:
    """Note the tiles that are others than the leaves make."""
    for tile, content in made:
        if await evidence.tile(tile) != content:
            judgement.add(FlawCode.BAD_TILE, f"tile/{tile.level}/{tile.nth}")
