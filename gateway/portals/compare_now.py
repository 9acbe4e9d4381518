"""Compares a portal with us, now: what the command line and the pages run."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway import audit
from gateway.access.accounts import Actor
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.portals.counterpart import opened_exchange
from gateway.reconcile.rows import Run
from gateway.reconcile.states import RunState
from gateway.wiring.services import Services


async def compare(
    services: Services, connector_id: str, kinds: Sequence[str] = (), repeats: UUID | None = None
) -> UUID:
    """The new run, over all kinds or some; `repeats` is the run it checks anew. Raises Retriable and Fatal."""
    async with opened_exchange(services, connector_id) as (exchange, tenant):
        return await services.reconciliations.run(exchange, connector_id, tenant, kinds, repeats)


async def compare_again(services: Services, actor: Actor, run: Run) -> UUID:
    """A run over the same kinds that checks `run`; audited.

    Raises Refused (AUTH-005, STATE-001 for a sender's own list or a run under way), Retriable and Fatal.
    """
    if not actor.decides:
        raise Refused(problems.FORBIDDEN)
    if run.connector is None or run.state is RunState.RUNNING:
        raise Refused(problems.STATE_REFUSED, state=run.state)
    async with services.database.writing() as connection:
        await audit.record(connection, actor, "reconciliation.repeat", str(run.id))
    return await compare(services, run.connector, run.kinds, run.id)
