"""Gives leaves their place in the tree and signs what the tree is then: one process at a time, behind the pushes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base.clock import Clock
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from gateway.transparency import merkle, notes, tiles
from gateway.transparency import statements as sql
from gateway.transparency.notes import Checkpoint, Signing, Verifying
from gateway.transparency.rows import CheckpointRow, NewTile, PendingLeaf, TileRow
from gateway.transparency.tiles import TileId

_LOCK = 0x59495A4C
_MOST_AT_ONCE = 1024
"""Transactions whose leaves are taken together."""
_REST_SECONDS = 60.0
_log = structlog.get_logger()


class LogAltered(Exception):
    """The stored log is not the one we have signed: nothing more is signed on top of it."""


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The key that signs checkpoints with its 32 public bytes, and all keys that ever did, by theirs."""

    signing: Signing
    public: bytes
    verifying: dict[bytes, Verifying]


class HoldsLogKeys(Protocol):
    """Who keeps the keys of the log; they may be others after a while."""

    @property
    def log_keys(self) -> LogKeys: ...


async def _nobody(altered: str | None) -> None:
    """Who hears of an altered log when nobody wants to."""


class Integrator:
    """The writing side of the log. `origin` is what the log is called: its address without the scheme.

    `tell` hears how the log was altered while `keep` finds it so, and None once it goes on.
    """

    def __init__(
        self,
        database: Database,
        holder: HoldsLogKeys,
        origin: str,
        *,
        tell: Callable[[str | None], Awaitable[None]] = _nobody,
    ) -> None:
        self._database = database
        self._holder = holder
        self._origin = origin
        self._tell = tell
        self._signed: Checkpoint | None = None
        self._is_known_good = False
        self._rests_until = 0.0

    async def keep(self) -> bool:
        """`turn` for a process that goes on: False when what comes next may gather for a while.

        What is taken together shares one signature, one commit and the tiles at the edge, which cost more than its
        leaves do. A log that was altered is told of once a minute, and left as it is.
        """
        if time.monotonic() < self._rests_until:
            return False
        try:
            placed = await self.turn()
        except LogAltered as altered:
            _log.error("the transparency log was altered", error=str(altered))
            self._is_known_good = False
            self._rests_until = time.monotonic() + _REST_SECONDS
            await self._tell(str(altered))
            return False
        if placed and not self._is_known_good:
            await self._tell(None)
            self._is_known_good = True
        return placed >= _MOST_AT_ONCE

    async def must_stand(self) -> None:
        """Raises LogAltered unless the stored tree has the root that was signed last."""
        async with self._database.writing() as connection:
            await self._standing(connection)

    async def turn(self) -> int:
        """Integrate what waits, up to a bound; how many leaves that was, 0 also when another process does it.

        Raises LogAltered.
        """
        async with self._database.writing() as connection:
            if not (await connection.execute(sql.IS_OURS, {"key": _LOCK})).scalar_one():
                return 0
            pending = await fetch(connection, sql.TAKE, {"most": _MOST_AT_ONCE}, PendingLeaf)
            if not pending:
                return 0
            signed = await self._integrate(connection, pending)
        self._signed = signed
        return len(pending)

    async def _integrate(self, connection: AsyncConnection, pending: list[PendingLeaf]) -> Checkpoint:
        size, edge = await self._standing(connection)
        changed = tiles.grow(size, edge, [merkle.leaf_hash(leaf.entry) for leaf in pending])
        placed = [leaf.placed(place) for place, leaf in enumerate(pending, size)]
        await connection.exec_driver_sql(sql.PLACE, sql.PLACED.parameters(placed))
        rows = [NewTile(tile.level, tile.nth, content) for tile, content in sorted(changed.items())]
        await connection.exec_driver_sql(sql.PUT_TILES, sql.TILES.parameters(rows))
        size += len(pending)
        checkpoint = Checkpoint(self._origin, size, merkle.root(size, tiles.reader(edge | changed)))
        keys, now = self._holder.log_keys, Clock.now()
        note = notes.signed(checkpoint, keys.signing, keys.public)
        await connection.execute(sql.PUT_CHECKPOINT, {"size": size, "root": checkpoint.root, "note": note, "at": now})
        await connection.execute(sql.THIN_CHECKPOINTS, {"size": size, "at": now})
        return checkpoint

    async def _standing(self, connection: AsyncConnection) -> tuple[int, dict[TileId, bytes]]:
        """The size of the tree and the tiles at its edge, which have the root that was signed."""
        before = await self._before(connection)
        if not before.size:
            return 0, {}
        edge = await read_tiles(connection, tiles.edge_of(before.size))
        try:
            is_ours = merkle.root(before.size, tiles.reader(edge)) == before.root
        except KeyError:
            is_ours = False
        if not is_ours:
            raise LogAltered(f"the tree of {before.size} leaves has not the root that was signed")
        return before.size, edge

    async def _before(self, connection: AsyncConnection) -> Checkpoint:
        """What was signed last, believed for its signature; never less than this process has signed itself."""
        row = await fetch_first(connection, sql.LAST_CHECKPOINT, {}, CheckpointRow)
        if row is None:
            found = Checkpoint(self._origin, 0, merkle.EMPTY_ROOT)
        else:
            try:
                found = notes.opened(row.note, self._holder.log_keys.verifying)
            except notes.NotACheckpoint as error:
                raise LogAltered(f"the last checkpoint is not ours: {error}") from None
            if found.size != row.size:
                raise LogAltered("the last checkpoint is of another size")
        signed = self._signed
        if signed is not None and (
            found.size < signed.size or (found.size == signed.size and found.root != signed.root)
        ):
            raise LogAltered(f"the log of {signed.size} leaves that was signed here is gone")
        return found


async def read_tiles(connection: AsyncConnection, wanted: list[TileId]) -> dict[TileId, bytes]:
    """Those of the tiles that are there, as wide as they are by now."""
    where = {"level": [tile.level for tile in wanted], "nth": [tile.nth for tile in wanted]}
    rows = await fetch(connection, sql.TILES_AT, where, TileRow)
    return {TileId(row.level, row.nth): row.hashes for row in rows}
