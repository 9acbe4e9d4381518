"""The audit log: who did what to which object. Append-only; entries commit with what they tell of."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import statements as sql
from gateway.audit.rows import AuditRow
from gateway.base.clock import Clock
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from gateway.transparency.entries import LeafKind, digest_of, entry_of, instant, whole_digest
from gateway.transparency.leaves import append
from gateway.transparency.rows import NewLeaf

_PAGE = 1000
_SALT_BYTES = 16


class Account(Protocol):
    """The partner or authority in whose name somebody acts."""

    @property
    def id(self) -> int: ...
    @property
    def division(self) -> str: ...


class Acting(Protocol):
    """Who acts: a caller, an operator, or the partner whose document does something by itself."""

    @property
    def name(self) -> str: ...
    @property
    def account(self) -> Account | None:
        """None for the installation itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which entries: of an actor (a partner, or one of its credentials), about an object, from `since` until before
    `until`; behind the position `after`, which is below it where the newest come first.
    """

    actor: str | None = None
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    is_newest_first: bool = False


async def record(
    connection: AsyncConnection,
    actor: Acting,
    action: str,
    object_: str,
    *,
    division: str | None = None,
    **detail: Any,
) -> int:
    """The number of one entry, inside the caller's transaction. `detail` holds no personal data.

    `division` is the one that the object lies in; where it lies in none the entry concerns the actor's.
    """
    account = actor.account
    if division is None:
        division = "" if account is None else account.division
    row = {
        "at": Clock.now(),
        "actor": actor.name,
        "action": action,
        "object": object_,
        "detail": detail,
        "tenant_id": None if account is None else account.id,
        "division": division,
        "salt": os.urandom(_SALT_BYTES),
    }
    stored = row | {"detail": orjson.dumps(detail).decode()}
    position: int = (await connection.execute(sql.ADD, stored)).scalar_one()
    await append(connection, [NewLeaf.of(LeafKind.AUDIT, str(position), entry_of(LeafKind.AUDIT, *parts(row)))])
    return position


def parts(row: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The digests that the leaf of an entry is made of, from its columns: the salt keeps it from being guessed."""
    told = orjson.loads(orjson.dumps(row["detail"]))
    names = "actor", "action", "object", "tenant_id", "division"
    content = [orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode(), *(row[name] for name in names)]
    return whole_digest(bytes(row["salt"] or b"")), digest_of(*content, instant(row["at"]))


async def listed(database: Database, scope: Scope, sought: Sought, limit: int = _PAGE) -> list[AuditRow]:
    """Entries in sight, the oldest first unless asked otherwise."""
    where = {
        "actor": sought.actor,
        "object": sought.object,
        "since": sought.since,
        "until": sought.until,
        "after": sought.after,
        "limit": limit,
    }
    async with database.reading(scope) as connection:
        return await fetch(connection, sql.NEWEST if sought.is_newest_first else sql.LISTED, where, AuditRow)


async def every(database: Database, scope: Scope, sought: Sought) -> AsyncIterator[AuditRow]:
    """The same without a bound, page by page."""
    while rows := await listed(database, scope, sought):
        for row in rows:
            yield row
        sought = replace(sought, after=rows[-1].position)
