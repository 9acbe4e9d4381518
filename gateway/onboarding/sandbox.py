"""The sandbox: a space of a partner's own, to try everything out with codes that are of no contract.

It is a tenant in no division: its records are seen by itself and the technical team. It can be begun anew, and faults
are done to its requests as it asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Accounts, Principal
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.onboarding import statements as sql
from gateway.onboarding.faults import OF_REQUESTS, Fault
from gateway.onboarding.rows import FaultRow
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first


class Sandbox:
    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def faults(self, principal: Principal) -> dict[str, int]:
        """How many more times each fault is done. Raises Refused (AUTH-005) outside of the sandbox."""
        _must_be_sandbox(principal)
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.FAULTS, {"tenant_id": principal.tenant.id}, FaultRow)
        return {fault.value: 0 for fault in Fault} | {row.fault.value: row.times_left for row in rows}

    async def set_faults(self, principal: Principal, times: Mapping[Fault, int]) -> dict[str, int]:
        """Have each fault done to the next so many requests, or deliveries; those not named stay.

        Raises Refused (AUTH-005).
        """
        _must_be_sandbox(principal)
        async with self._database.writing() as connection:
            for fault, count in times.items():
                row = {"tenant_id": principal.tenant.id, "fault": fault.value, "times": count}
                await connection.execute(sql.SET_FAULT, row)
        return await self.faults(principal)

    async def strike(self, principal: Principal) -> Fault | None:
        """The fault that is to be done to a request, once; None for nearly all."""
        if not principal.tenant.is_sandbox:
            return None
        async with self._database.writing() as connection:
            return await _struck(connection, principal.tenant.id, OF_REQUESTS)

    async def use_duplicate(self, connection: AsyncConnection, tenant_id: int) -> bool:
        """Whether a delivery is to be made twice; then one time fewer is left."""
        return await _struck(connection, tenant_id, [Fault.DUPLICATE_WEBHOOK]) is not None

    async def use_out_of_order(self, connection: AsyncConnection, tenant_id: int) -> bool:
        """Whether a delivery is to be made after the one behind it; then one time fewer is left."""
        return await _struck(connection, tenant_id, [Fault.OUT_OF_ORDER_WEBHOOK]) is not None

    async def reset(self, principal: Principal) -> Tenant:
        """Begin anew: the partner's credentials belong to an empty space from now on. Raises Refused (AUTH-005)."""
        _must_be_sandbox(principal)
        return await self._accounts.begin_anew(principal)


async def _struck(connection: AsyncConnection, tenant_id: int, among: Collection[Fault]) -> Fault | None:
    where = {"tenant_id": tenant_id, "faults": [fault.value for fault in among]}
    row = await fetch_first(connection, sql.STRIKE, where, FaultRow)
    return None if row is None else row.fault


def _must_be_sandbox(principal: Principal) -> None:
    if not principal.tenant.is_sandbox:
        raise Refused(problems.FORBIDDEN)
