"""Reconciles portals with us, now: what the command line, the pages and a schedule run."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway import audit
from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.portals.counterpart import Counterparts
from gateway.reconcile.repairing import Repaired, Repairs, must_be_repairable
from gateway.reconcile.rows import Run
from gateway.reconcile.runs import Reconciliations
from gateway.reconcile.states import RunState
from gateway.store.database import Database


class PortalReconciliations:
    """Comparisons with the portal of a connector, and the repair of what they found."""

    def __init__(
        self, counterparts: Counterparts, reconciliations: Reconciliations, repairs: Repairs, database: Database
    ) -> None:
        self._counterparts = counterparts
        self._reconciliations = reconciliations
        self._repairs = repairs
        self._database = database

    async def compare(self, connector_id: str, kinds: Sequence[str] = (), repeats: UUID | None = None) -> UUID:
        """The new run, over all kinds or some; `repeats` is the run it checks anew. Raises Retriable and Fatal."""
        async with self._counterparts.opened(connector_id) as (exchange, tenant):
            return await self._reconciliations.run(exchange, connector_id, tenant, kinds, repeats=repeats)

    async def compare_again(self, actor: Actor, run: Run) -> UUID:
        """A run over the same kinds that checks `run`; audited.

        Raises Refused (AUTH-005, STATE-001 for a sender's own list or a run under way), Retriable and Fatal.
        """
        must_may(actor, Power.RECONCILE)
        if run.connector is None or run.state is RunState.RUNNING:
            raise Refused(problems.STATE_REFUSED, state=run.state)
        async with self._database.writing() as connection:
            await audit.record(connection, actor, "reconciliation.repeat", str(run.id), division=run.division)
        return await self.compare(run.connector, run.kinds, run.id)

    async def repair(self, actor: Actor, run: Run) -> Repaired:
        """Pull and push what is safe or decided, over a portal opened for it.

        Raises Refused (AUTH-005, STATE-001), Retriable and Fatal.
        """
        connector = must_be_repairable(actor, run)
        async with self._counterparts.opened(connector) as (exchange, tenant):
            return await self._repairs.repair(actor, run, exchange, tenant)
