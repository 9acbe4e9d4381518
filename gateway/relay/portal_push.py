"""Sends what authorities changed here to the portal that keeps the record, and new pledges to their province.

The portal takes a change only on the version it was made on (compare-and-set). When it holds another one, nothing is
changed there and a conflict is opened for a person. A change the portal has taken keeps the number it was given until
the next pull shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from adapters.connector import Connector
from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Conflict, Portal, PortalChange
from adapters.transports.portals import open_portal
from gateway import alerts
from gateway.access.accounts import Accounts
from gateway.connector_secrets import secret
from gateway.drafts import Tenant
from gateway.ids import uuid7
from gateway.relay.keys import TargetKey
from gateway.relay.messages import Event, Undeliverable
from gateway.store.database import Database
from gateway.store.rows import body_place

PORTAL = "portal"
_TAKEN, _CONFLICT = 200, 409
REFUSED_THERE = "PORTAL-409"
"""Reason of a conflict that the portal itself told us of."""

_RECORD = text("""
    SELECT r.tenant_id, r.division, r.version, r.body, r.unconfirmed, r.confirmed_as,
           coalesce(r.base_revision, r.revision) AS base,
           EXISTS (SELECT FROM conflict c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.key = r.key
                   AND c.decision IS NULL) AS disputed
    FROM record r WHERE r.tenant_id = :tenant_id AND r.kind = :kind AND r.key = :key
""")
# A later change of ours that was made meanwhile goes on top of the number that this one was given.
_CONFIRM = text("""
    UPDATE record SET confirmed_as = CASE WHEN version = :version THEN :revision ELSE confirmed_as END,
                      base_revision = CASE WHEN version > :version THEN :revision ELSE base_revision END
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key AND version >= :version AND unconfirmed
      AND coalesce(base_revision, revision) < :revision
    RETURNING version
""")
# Unless what the portal holds is an earlier change of ours, or a later one will say more.
_DISPUTE = text("""
    INSERT INTO conflict (id, tenant_id, division, connector, kind, key, our_version, their_revision, reason)
    SELECT :id, :tenant_id, :division, :connector, :kind, :key, :version, :their_revision, :reason FROM record
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key AND version = :version
      AND coalesce(base_revision, revision) <> :their_revision
    ON CONFLICT (tenant_id, kind, key) WHERE decision IS NULL DO UPDATE SET
        our_version = excluded.our_version, their_revision = excluded.their_revision
    RETURNING id
""")

OpenPortal = Callable[[Connector], Portal]


@dataclass(frozen=True, slots=True)
class Errand:
    """One change on its way to a portal, whose own `tenant` is told when it cannot be sent.

    `kept_there` says whether the record is the portal's own.
    """

    database: Database
    portal: Portal
    tenant: Tenant
    connector: str
    change: PortalChange
    row: Any
    kept_there: bool = True

    async def run(self) -> int:
        """How it went, as an HTTP status: 200 taken, 409 left to a person. Raises Retriable and Undeliverable."""
        try:
            revision = await asyncio.to_thread(self._push)
        except Conflict as conflict:
            if not self.kept_there:
                raise Retriable(str(conflict)) from conflict
            if not await self._settle(_DISPUTE, their_revision=conflict.revision or 0, reason=REFUSED_THERE):
                raise Retriable("the record has changed here meanwhile") from conflict
            return _CONFLICT
        except Fatal as error:
            about = f"{self.change.key}: {error}"
            kind = self.change.kind
            await alerts.raise_alert(self.database, self.tenant, self.connector, alerts.NOT_SENT, kind, about)
            raise Undeliverable(str(error)) from error
        if revision is not None:
            await self._settle(_CONFIRM, revision=revision)
        return _TAKEN

    def _push(self) -> int | None:
        """The portal's new version. What is ours alone goes on top of whatever version of it the portal has."""
        try:
            return self.portal.push(self.change)
        except Conflict as conflict:
            if self.kept_there or conflict.revision is None:
                raise
            message_id = f"{self.change.message_id}-{conflict.revision}"
            return self.portal.push(replace(self.change, base_revision=conflict.revision, message_id=message_id))

    async def _settle(self, statement: Any, **more: Any) -> bool:
        change, row = self.change, self.row
        values = {"id": uuid7(), "connector": self.connector, "division": row.division, "version": row.version}
        where = {"tenant_id": row.tenant_id, "kind": change.kind, "key": change.key}
        async with self.database.writing() as connection:
            return (await connection.execute(statement, {**values, **where, **more})).first() is not None


class PortalPush:
    """Composes errands from stored records. A portal is opened at its first change and kept open."""

    def __init__(
        self, database: Database, accounts: Accounts, connectors: Mapping[str, Connector], scratch: Path
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._connectors = connectors
        self._scratch = scratch
        self._open: dict[str, Portal] = {}

    async def compose(self, target: Any, keys: Sequence[TargetKey], event: Event, now: datetime) -> Errand | None:
        """What to tell the portal of an event; None when it knows, or a newer event or a person will tell it."""
        where = {"tenant_id": event.tenant_id, "kind": event.kind, "key": event.key}
        async with self._database.writing() as connection:
            row = (await connection.execute(_RECORD, where)).one()
        is_its_own = event.tenant_id == target.tenant_id
        is_known = is_its_own and (not row.unconfirmed or row.confirmed_as is not None)
        if is_known or row.disputed or row.version != event.version:
            return None
        tenant = await self._accounts.tenant(event.tenant_id)
        body = orjson.loads(tenant.seal.open(bytes(row.body), body_place(tenant.id, event.kind, event.key)))
        message_id = f"yizhan-{event.tenant_id}-{event.position}"
        change = PortalChange(event.kind, event.key, row.base, body, message_id)
        portal = await asyncio.to_thread(self._portal, target.connector)
        keeper = await self._accounts.tenant(target.tenant_id)
        return Errand(self._database, portal, keeper, target.connector, change, row, is_its_own)

    def accepts(self, status: int, body: bytes) -> bool:
        return status == _TAKEN

    def close(self) -> None:
        """Hang up on all portals."""
        while self._open:
            self._open.popitem()[1].close()

    def _portal(self, connector_id: str) -> Portal:
        connector = self._connectors.get(connector_id)
        if connector is None:
            raise Undeliverable(f"there is no connector {connector_id}")
        if connector_id not in self._open:
            try:
                self._open[connector_id] = open_portal(connector, secret, self._scratch / connector_id)
            except Fatal as error:
                raise Undeliverable(str(error)) from error
        return self._open[connector_id]
