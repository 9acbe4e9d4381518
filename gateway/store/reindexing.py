"""Records whose people were looked for by an earlier rule: some rows at a time, beside all else.

A row is locked without waiting: what somebody holds is left for the next call, and what they write follows the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.typed import TypedRow, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated(TypedRow):
    """TAKE: a record with the index that an earlier rule has made."""

    tenant_id: int
    kind: str
    key: str
    version: int
    body: bytes
    people: list[int]

    @property
    def ref(self) -> str:
        """What names it among those that were passed over."""
        return f"{self.tenant_id}/{self.kind}/{self.key}"

    @property
    def place(self) -> Mapping[str, Any]:
        return {"tenant_id": self.tenant_id, "kind": self.kind, "key": self.key, "version": self.version}


TAKE = text("""
    SELECT tenant_id, kind, key, version, body, people FROM record
    WHERE people_rule = 0 AND purged_at IS NULL AND kind IN ('contract', 'roster')
      AND tenant_id || '/' || kind || '/' || key <> ALL (CAST(:passed AS text[]))
    ORDER BY tenant_id, kind, key LIMIT :limit FOR UPDATE SKIP LOCKED
""")
PUT = text("""
    UPDATE record SET people = CAST(:people AS bigint[]), people_rule = 1
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
""")


async def take(connection: AsyncConnection, limit: int, passed: Sequence[str]) -> list[Outdated]:
    """Some of them, locked, none of those that were `passed` over."""
    return await fetch(connection, TAKE, {"limit": limit, "passed": list(passed)}, Outdated)


async def put(connection: AsyncConnection, row: Outdated, people: Sequence[int]) -> None:
    """What the present rule finds, for a row that was taken."""
    await connection.execute(PUT, {**row.place, "people": list(people)})
