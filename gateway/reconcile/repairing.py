"""Mends what a run has found: by itself where nothing can be lost, else as a person has decided.

A pull submits the page that the other side gave, through intake like any other document; what it does not change
afterwards waits for a person. A push is proved by the next run; one that can never arrive waits for a person too. What
a person decided holds for the version of ours that the run has shown; once it is another, it waits for a person again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from gateway import problems
from gateway.access import audit
from gateway.access.accounts import Actor
from gateway.drafts import Tenant
from gateway.problems import Refused
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import Decision, allowed
from gateway.reconcile.exchange import Exchange, Ours, Sending
from gateway.reconcile.staging import PageReader
from gateway.store.database import Database
from schemas.findings import Text

_SENT_AT_ONCE = 500
_PROBLEMS = {sending: sending.value for sending in (Sending.MOVED, Sending.DISPUTED, Sending.UNFIT)}
"""Why a version that was to be sent was not, and waits for a person."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """How many pages were taken and records sent, and how many discrepancies a person has yet to decide."""

    pages_taken: int
    records_sent: int
    waiting: int


class Repairs:
    """Decisions and their execution."""

    def __init__(self, connectors: Mapping[str, Connector], database: Database) -> None:
        self._connectors = connectors
        self._database = database

    async def decide(self, actor: Actor, run: Any, kind: str, key: str, decision: Decision) -> None:
        """Note what a person has decided about one discrepancy.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001). Audited; what it means is done by the next `repair`.
        """
        if not actor.decides:
            raise Refused(problems.FORBIDDEN)
        where = {"id": run.id, "kind": kind, "key": key}
        async with self._database.writing() as connection:
            found = (await connection.execute(sql.LOCK, where)).first()
            if found is None:
                raise Refused(problems.NOT_FOUND)
            _must_allow(found, decision)
            await connection.execute(sql.DECIDE, where | _decided(actor, decision))
            await audit.record(connection, actor, f"reconciliation.{decision}", f"{run.id}/{kind}/{key}")

    async def repair(self, actor: Actor, run: Any, exchange: Exchange, tenant: Tenant) -> Repaired:
        """Pull and push what is safe or decided. Done twice it does nothing more.

        Raises Retriable and Fatal of the exchange; what was mended before stays mended. Raises Refused (AUTH-005,
        STATE-001).
        """
        must_be_repairable(actor, run)
        async with self._database.writing() as connection:
            await audit.record(connection, actor, "reconciliation.repair", str(run.id))
        reader = PageReader(self._connectors[run.connector], tenant)
        taken = await self._pull(run, exchange, reader)
        sent = sum([await self._push(run, kind, exchange) for kind in run.kinds])
        async with self._database.writing() as connection:
            return Repaired(taken, sent, await _waiting(connection, run))

    async def _pull(self, run: Any, exchange: Exchange, reader: PageReader) -> int:
        async with self._database.writing() as connection:
            wanted = (await connection.execute(sql.PAGES_TO_PULL, {"id": run.id})).all()
        for one in wanted:
            where = {"id": run.id, "kind": one.kind}
            async with self._database.writing() as connection:
                row = (await connection.execute(sql.PAGE, {**where, "number": one.page})).first()
            if row is None:
                detail = Text("该次对账的原始页面已清除，请重新对账", "Its pages are gone: reconcile again")
                raise Refused(problems.STATE_REFUSED, detail)
            page = reader.opened(run.id, one.kind, one.page, row)
            await exchange.take(page, dict(zip(one.decided or (), one.over or (), strict=True)))
            async with self._database.writing() as connection:
                await connection.execute(sql.PULLED, {**where, "page": one.page})
        return len(wanted)

    async def _push(self, run: Any, kind: str, exchange: Exchange) -> int:
        where, sent = {"id": run.id, "kind": kind}, 0
        while True:
            async with self._database.writing() as connection:
                rows = (await connection.execute(sql.TO_PUSH, {**where, "limit": _SENT_AT_ONCE})).all()
            if not rows:
                return sent
            versions = {row.key: Ours(row.our_hash, row.base, row.decision == Decision.KEEP_OURS) for row in rows}
            became = await exchange.send(kind, versions)
            told = {"keys": list(became), "problems": [_PROBLEMS.get(sending) for sending in became.values()]}
            async with self._database.writing() as connection:
                await connection.execute(sql.PUSHED, {**where, **told})
            sent += sum(sending is Sending.SENT for sending in became.values())


def must_be_repairable(actor: Actor, run: Any) -> None:
    """Raises Refused: AUTH-005 when it is not theirs to repair, STATE-001 when there is nothing to repair from."""
    if not actor.decides:
        raise Refused(problems.FORBIDDEN)
    if run.connector is None or run.state not in ("clean", "differs"):
        raise Refused(problems.STATE_REFUSED, state=run.state)


def _must_allow(found: Any, decision: Decision) -> None:
    possible = allowed(found.class_, found.repair)
    if decision in possible and found.state in ("open", "approved", "ignored"):
        return
    names = "、".join(sorted(possible)) or "-"
    detail = Text(f"此项可选的决定：{names}", f"What may be decided about it: {names}")
    raise Refused(problems.STATE_REFUSED, detail, state=found.state, allowed=sorted(possible))


def _decided(actor: Actor, decision: Decision) -> dict[str, Any]:
    state = "ignored" if decision is Decision.IGNORE else "approved"
    return {"decision": decision.value, "state": state, "by": actor.name, "at": datetime.now(UTC)}


async def _waiting(connection: AsyncConnection, run: Any) -> int:
    return sum(row.waiting for row in (await connection.execute(sql.BY_CLASS, {"id": run.id})).all())
