"""New leaves: they commit with what they attest, and wait for their place in the tree."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.transparency import statements as sql
from gateway.transparency.rows import NewLeaf


async def append(connection: AsyncConnection, leaves: Sequence[NewLeaf]) -> None:
    """In the caller's transaction. Leaves of one row are appended in the order in which it changes."""
    if leaves:
        await connection.exec_driver_sql(sql.APPEND, sql.LEAVES.parameters(leaves))
