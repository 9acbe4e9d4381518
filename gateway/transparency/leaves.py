"""New leaves: they commit with what they attest, and wait for their place in the tree."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.transparency import statements as sql
from gateway.transparency.rows import NewLeaf

LEAVES, APPEND = sql.LEAVES, sql.APPEND
"""For a statement that has the leaves go in beside what they attest."""


async def append(connection: AsyncConnection, leaves: Sequence[NewLeaf]) -> None:
    """In the caller's transaction. Leaves of one row are appended in the order in which it changes."""
    if leaves:
        await connection.exec_driver_sql(APPEND, LEAVES.parameters(leaves))
