"""What the tests of pushing and repairing do with the filings of a portal, and ask of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from gateway.access.accounts import TERMINAL
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.ledger.conflicts import Conflict, ConflictChoice
from gateway.ledger.values import Answer
from gateway.portals.push import PORTAL
from gateway.reconcile.classes import Decision
from gateway.reconcile.matters import discrepancies_at
from gateway.wiring.services import Services
from tests.integration.sync.agencies import EVENTS, EVERYTHING


async def linked(services: Services) -> None:
    tenant = await services.accounts.partner_of("donghai")
    await services.targets.link(tenant, PORTAL, "donghai", EVENTS, below=())


async def in_step(services: Services) -> None:
    """The portal is told of changes, and what it keeps is here."""
    await linked(services)
    await services.pulls.pull("donghai")


async def decide(services: Services, key: str) -> None:
    (row,) = await services.reader.by_keys(EVERYTHING, "filing", [key])
    decision = {"result": "approved", "decided_on": "2026-12-31", "authority": "示例文化和旅游厅"}
    answer = await services.desk.change(TERMINAL, row, {"status": "approved", "decision": decision}, row.version)
    assert answer.status < 300, answer.body


async def choose(services: Services, conflict: Conflict, choice: ConflictChoice) -> Answer:
    """Decide a conflict as it stands."""
    seen = (await services.desk.shown(conflict)).seen
    return (await services.desk.decide(TERMINAL, conflict, choice, seen, reason="核对原件")).answer


async def redate(services: Services, key: str) -> None:
    """Change a filing here, whatever has been changed of it before."""
    row = await filing(services, key)
    answer = await services.desk.change(TERMINAL, row, {"effective_from": "2026-12-31"}, row.version)
    assert answer.status < 300, answer.body


async def not_sent(services: Services) -> set[str]:
    """What the open alerts about changes that cannot be sent are about."""
    found = await alerts.listed(services.database, EVERYTHING)
    return {one.subject for one in found if (one.connector, one.code) == ("donghai", AlertCode.NOT_SENT)}


async def filing(services: Services, key: str) -> Any:
    return (await services.reader.by_keys(EVERYTHING, "filing", [key]))[0]


def deliveries(services: Services) -> list[tuple[str, int]]:
    """State and attempts of every delivery."""
    with psycopg.connect(services.settings.database.url or "") as connection:
        return connection.execute("SELECT state, attempts FROM delivery ORDER BY position").fetchall()


def have_all_due(services: Services) -> None:
    """As if the waits of all deliveries and of their targets were over."""
    with psycopg.connect(services.settings.database.url or "") as connection:
        connection.execute("UPDATE delivery SET due_at = now() WHERE state = 'waiting'")
        connection.execute("UPDATE target SET open_until = NULL")


async def compared(services: Services, connector: str = "donghai", kind: str = "filing") -> UUID:
    return await services.portal_reconciliations.compare(connector, [kind])


async def repaired(services: Services, run_id: UUID, connector: str = "donghai") -> Any:
    run = await services.reconciliations.find(EVERYTHING, run_id)
    return await services.portal_reconciliations.repair(TERMINAL, run)


async def decided(services: Services, run_id: UUID, key: str, decision: Decision) -> None:
    run = await services.reconciliations.find(EVERYTHING, run_id)
    (row,) = await discrepancies_at(services.database, EVERYTHING, [(run_id, "filing", key)])
    await services.repairs.decide(TERMINAL, run, "filing", key, decision=decision, reason="核对原件", seen=row.seen)


async def found(services: Services, run_id: UUID) -> Any:
    """The one discrepancy of a run."""
    (row,) = await services.reconciliations.discrepancies(EVERYTHING, run_id)
    return row
