"""Comparing again and repairing, as asked for by a program or on a page."""

from __future__ import annotations

from uuid import UUID

from adapters.errors import AdapterError, Retriable
from gateway.access.accounts import Actor
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.reconcile.repairing import Repaired
from gateway.reconcile.rows import Run
from gateway.wiring.services import Services
from schemas.findings import Text


async def repaired(services: Services, actor: Actor, run: Run) -> Repaired:
    """What a repair did. Raises Refused, also when the other side cannot be reached or will not have it."""
    try:
        return await services.portal_reconciliations.repair(actor, run)
    except AdapterError as error:
        raise _away(error) from error


async def compared_again(services: Services, actor: Actor, run: Run) -> UUID:
    """The run that checks `run`. Raises Refused, also when the other side cannot be reached or will not have it."""
    try:
        return await services.portal_reconciliations.compare_again(actor, run)
    except AdapterError as error:
        raise _away(error) from error


def _away(failure: AdapterError) -> Refused:
    """The other side, when it cannot be reached or will not have it."""
    if isinstance(failure, Retriable):
        return Refused(problems.BUSY, headers={"Retry-After": str(int(failure.wait_seconds) or 30)})
    return Refused(
        problems.STATE_REFUSED,
        Text(f"与门户的数据交换未能完成：{failure.text.zh}", f"The other side cannot do it: {failure.text.en}"),
    )
