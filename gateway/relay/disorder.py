"""Deliveries twice and out of their order, for partners of the sandbox who want to see their system cope with both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.divisions import SANDBOX
from gateway.base.bilingual import written
from gateway.relay import statements as sql
from gateway.relay.messages import STANDARD
from gateway.relay.rows import ClaimedDelivery, Target
from gateway.relay.states import UNDER_WAY
from gateway.store.database import Database
from gateway.store.typed import fetch_one
from schemas.findings import Text

HOLD_SECONDS = 10.0
"""The longest that a delivery waits to be overtaken."""
_PUT_OFF = Text("故障 out_of_order_webhook：等待后一条先投递", "fault out_of_order_webhook: the next one goes first")


class Faults(Protocol):
    """The faults that tenants of the sandbox have set. Each use is once, in the caller's transaction."""

    async def use_duplicate(self, connection: AsyncConnection, tenant_id: int) -> bool: ...

    async def use_out_of_order(self, connection: AsyncConnection, tenant_id: int) -> bool: ...


class Disorder:
    """Does them to webhooks of a sandbox, and to nothing else."""

    def __init__(self, database: Database, faults: Faults) -> None:
        self._database = database
        self._faults = faults

    async def put_off(self, target: Target, due: Sequence[ClaimedDelivery]) -> Sequence[ClaimedDelivery]:
        """Those of the deliveries that are to be made now. At most one of a target waits for the one behind it."""
        if not _is_tried_out(target):
            return due
        now: list[ClaimedDelivery] = []
        async with self._database.writing() as connection:
            await fetch_one(connection, sql.LOCK_TARGET, {"id": target.id}, Target)
            for row in sorted(due, key=lambda each: each.position):
                if row.attempts > 1 or not await self._is_held(connection, target, row):
                    now.append(row)
        return now

    async def _is_held(self, connection: AsyncConnection, target: Target, row: ClaimedDelivery) -> bool:
        where = {"id": target.id, "why": written(_PUT_OFF)}
        if (await connection.execute(sql.IS_PUT_OFF, where)).scalar_one():
            return False
        if not await self._faults.use_out_of_order(connection, target.tenant_id):
            return False
        held = {"position": row.position, "before": UNDER_WAY, "wait": HOLD_SECONDS}
        await connection.execute(sql.PUT_OFF, where | held)
        return True

    async def repeats(self, target: Target) -> bool:
        """Use up a fault: whether a delivery that was just made is made once more."""
        if not _is_tried_out(target):
            return False
        async with self._database.writing() as connection:
            return await self._faults.use_duplicate(connection, target.tenant_id)

    async def release(self, connection: AsyncConnection, target: Target, row: ClaimedDelivery) -> None:
        """What a delivery has overtaken is due now."""
        if _is_tried_out(target):
            overtaken = {"id": target.id, "position": row.position, "why": written(_PUT_OFF)}
            await connection.execute(sql.RELEASE, overtaken)


def _is_tried_out(target: Target) -> bool:
    return target.division == SANDBOX and target.format == STANDARD
