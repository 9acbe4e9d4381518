"""A portal as the other side of a reconciliation: its snapshot, its pages taken again, our versions sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Envelope
from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Portal, PortalChange, TokenExpired, Window
from adapters.transports.portals import open_portal
from gateway.connector_secrets import secret
from gateway.drafts import Tenant
from gateway.problems import Refused
from gateway.reconcile.exchange import Exchange, SnapshotPage
from gateway.relay.messages import Undeliverable
from gateway.relay.portal_push import Errand
from gateway.services import Services
from gateway.store.rows import body_place
from gateway.sync.pull import tenant_of

_CHANNEL = "reconciliation"
_RECORD = text("""
    SELECT tenant_id, division, version, body, revision, unconfirmed FROM record
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
""")
_SETTLE_CONFLICTS = text("""
    UPDATE conflict SET decision = :decision, decided_by = 'reconciliation', decided_at = now()
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = ANY(:keys) AND decision IS NULL
""")


class PortalExchange:
    """One portal and one tenant. Everything that enters from it passes intake."""

    def __init__(self, services: Services, connector: Connector, tenant: Tenant, portal: Portal) -> None:
        self._services = services
        self._connector = connector
        self._tenant = tenant
        self._portal = portal

    async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
        token: str | None = None
        while True:
            try:
                page = await asyncio.to_thread(self._portal.page, kind, Window(), token)
            except TokenExpired as error:
                raise Retriable("the portal forgot how far the snapshot had been read") from error
            if not page.is_empty:
                yield SnapshotPage(kind, page.raw, page.content_type, page.filename)
            if page.next is None:
                return
            token = page.next

    async def take(self, page: SnapshotPage, decided: frozenset[str]) -> None:
        envelope = replace(
            self._envelope(page.raw, page.kind, decided),
            connector=self._connector.id,
            content_type=page.content_type,
            filename=page.filename,
        )
        await self._submit(envelope, page.kind, "keep_theirs", decided)

    async def send(self, kind: str, bases: Mapping[str, int], decided: frozenset[str]) -> frozenset[str]:
        """A decided change is made here anew, on top of theirs, and goes the way of every change; others go now."""
        unsent = set()
        for key, base in bases.items():
            if key in decided:
                await self._change_anew(kind, key, base)
            elif not await self._is_pushed(kind, key, base):
                unsent.add(key)
        return frozenset(unsent)

    async def _change_anew(self, kind: str, key: str, base: int) -> None:
        _, body = await self._ours(kind, key)
        body = {name: value for name, value in body.items() if name != "revision"} | {"unconfirmed": True}
        if base:
            body["revision"] = base
        chosen = frozenset({key})
        await self._submit(self._envelope(orjson.dumps(body), kind, chosen), kind, "keep_ours", chosen)

    async def _is_pushed(self, kind: str, key: str, base: int) -> bool:
        row, body = await self._ours(kind, key)
        message_id = f"yizhan-reconcile-{row.tenant_id}-{kind}-{key}-{row.version}"
        change = PortalChange(kind, key, base, body, message_id)
        errand = Errand(self._services.database, self._portal, self._tenant, self._connector.id, change, row)
        try:
            await errand.run()
        except Undeliverable:
            return False
        return True

    async def _ours(self, kind: str, key: str) -> tuple[Any, dict[str, Any]]:
        where = {"tenant_id": self._tenant.id, "kind": kind, "key": key}
        async with self._services.database.writing() as connection:
            row = (await connection.execute(_RECORD, where)).one()
        return row, orjson.loads(self._tenant.seal.open(bytes(row.body), body_place(self._tenant.id, kind, key)))

    def _envelope(self, raw: bytes, kind: str, decided: frozenset[str]) -> Envelope:
        return Envelope(
            raw=raw,
            tenant=self._tenant.name,
            channel=_CHANNEL,
            received_at=datetime.now(UTC),
            kind=kind,
            amend=True,
            decided=decided,
        )

    async def _submit(self, envelope: Envelope, kind: str, decision: str, keys: frozenset[str]) -> None:
        """What a person has decided here need not be decided again as a conflict."""
        settled = {"tenant_id": self._tenant.id, "kind": kind, "keys": list(keys), "decision": decision}

        async def beside(connection: AsyncConnection) -> None:
            await connection.execute(_SETTLE_CONFLICTS, settled)

        intake = self._services.intake
        try:
            await intake.store(await intake.prepare(envelope, self._tenant), beside)
        except Refused as refusal:
            error = Retriable if refusal.problem.status >= 500 else Fatal
            raise error(str(refusal)) from refusal


@asynccontextmanager
async def opened_exchange(services: Services, connector_id: str) -> AsyncIterator[tuple[Exchange, Tenant]]:
    """The portal of a connector, and whose records it keeps. Raises Retriable and Fatal."""
    connector = services.connectors.get(connector_id)
    if connector is None:
        raise Fatal(f"there is no connector named {connector_id}")
    tenant = await tenant_of(services, connector)
    scratch = services.settings.home / "reconcile" / connector.id
    portal = await asyncio.to_thread(open_portal, connector, secret, scratch)
    try:
        yield PortalExchange(services, connector, tenant, portal), tenant
    finally:
        await asyncio.to_thread(portal.close)
