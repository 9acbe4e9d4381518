"""The index of people made anew for what came before it knew leaders, signers, guides and drivers.

It may be stopped and called again. A row whose index changes is attested anew; one that is not what the transparency
log attests is left as it is, or somebody could have the log confirm what he has altered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.ledger.kinds import BEHAVIOURS
from gateway.ledger.sealed import open_body
from gateway.retention.purging import VERSIONS
from gateway.store import reindexing
from gateway.store.database import Database
from gateway.store.reindexing import Outdated
from gateway.trust.sealing import SealBroken

_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """How many records were looked at, in how many more people were found, and how many were left because they are not
    what the log attests.
    """

    seen: int
    changed: int
    left: int


class Indexing:
    """Makes the index of people anew where an earlier rule has made it."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def run(self) -> Indexed:
        """All of them, in transactions of some rows each."""
        seen = changed = 0
        passed: list[str] = []
        while True:
            async with self._database.writing() as connection:
                rows = await reindexing.take(connection, _ROWS, passed)
                if not rows:
                    return Indexed(seen=seen, changed=changed, left=len(passed))
                tenants = {row.tenant_id: await self._accounts.tenant(row.tenant_id) for row in rows}
                found = await asyncio.to_thread(_found, rows, tenants)
                other = [row.place for row in rows if found[row.ref] is not None and found[row.ref] != row.people]
                agreeing = [tuple(place.values()) for place in await VERSIONS.agreeing(connection, other)]
                renewed: list[Mapping[str, object]] = []
                for row in rows:
                    people = found[row.ref]
                    is_other = people != row.people
                    if people is None or (is_other and tuple(row.place.values()) not in agreeing):
                        passed.append(row.ref)
                        continue
                    await reindexing.put(connection, row, people)
                    if is_other:
                        renewed.append(row.place)
                await VERSIONS.renewed(connection, renewed)
            seen, changed = seen + len(rows), changed + len(renewed)


def _found(rows: Sequence[Outdated], tenants: Mapping[int, Tenant]) -> dict[str, list[int] | None]:
    """The people of each row by its name; None for one that does not open."""
    return {row.ref: _people(row, tenants[row.tenant_id]) for row in rows}


def _people(row: Outdated, tenant: Tenant) -> list[int] | None:
    try:
        body = open_body(row, tenant.seal)
    except SealBroken:
        return None
    return BEHAVIOURS[row.kind].facts(body, tenant, tenant.division).people
