"""Attests rows anew that were sealed by another key: a leaf covers what is stored, and that is other bytes now.

Only a row that agrees with its last leaf is attested anew, so that nobody has the log confirm what he has altered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.inspection import statements as sql
from gateway.inspection.recomputing import recomputed
from gateway.store.typed import fetch
from gateway.transparency.entries import LeafKind
from gateway.transparency.leaves import append
from gateway.transparency.rows import LeafRow

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """Watches rows of one kind be sealed anew; `ref` names a row as the log does."""

    kind: LeafKind
    ref: Callable[[Row], str]

    async def agreeing(self, connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
        """Those that are as the log says, or that it says nothing of, because they are older."""
        leaves = await self._last(connection, rows)
        found = await recomputed(connection, leaves)
        altered = {
            leaf.ref
            for leaf in leaves
            if (now := found.get((leaf.kind, leaf.ref))) is None or now.entry != bytes(leaf.entry)
        }
        return [row for row in rows if self.ref(row) not in altered]

    async def renewed(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Attest them as they are now, in the transaction in which they were sealed anew."""
        leaves = await self._last(connection, rows)
        await append(connection, list((await recomputed(connection, leaves)).values()))

    async def _last(self, connection: AsyncConnection, rows: Sequence[Row]) -> list[LeafRow]:
        if not rows:
            return []
        wanted = {"kind": self.kind.value, "refs": [self.ref(row) for row in rows]}
        return await fetch(connection, sql.LAST_LEAVES, wanted, LeafRow)
