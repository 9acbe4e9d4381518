"""Sends what authorities changed here to the portal that keeps the record, and new pledges to their province.

The portal takes a change only on the version it was made on (compare-and-set). When it holds another one, nothing is
changed there and a conflict is opened for a person. A change the portal has taken keeps the number it was given until
the next pull shows it; one whose answer was lost is told again as the same message, before a later one goes on top of
it. In a process each portal is opened once, in a thread of its own, and told one thing at a time. One that does not let
us in raises one alert, and its changes wait until it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from adapters.connector import Connector
from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.portal import Conflict, Portal, PortalChange
from adapters.transports.portals import open_portal
from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.base.ids import uuid7
from gateway.ledger.sealed import body_place
from gateway.portals.secrets import secret
from gateway.relay.keys import TargetKey
from gateway.relay.messages import Arrival, Event, Undeliverable
from gateway.store.database import Database

PORTAL = "portal"
_PART_FOR_THE_PORTAL = 0.8
"""Of the time that a delivery has: what a thread is at cannot be broken off, so it gives the portal up before."""
REFUSED_THERE = "PORTAL-409"
"""Reason of a conflict that the portal itself told us of."""

_RECORD = text("""
    SELECT r.tenant_id, r.division, r.version, r.body, r.unconfirmed, r.confirmed_as,
           coalesce(r.base_revision, r.revision) AS base,
           EXISTS (SELECT FROM conflict c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.key = r.key
                   AND c.decision IS NULL) AS disputed
    FROM record r WHERE r.tenant_id = :tenant_id AND r.kind = :kind AND r.key = :key
""")
_EARLIER = text("""
    SELECT r.tenant_id, r.division, v.version, v.body, CAST(NULL AS bigint) AS base
    FROM record_version v JOIN record r USING (tenant_id, kind, key)
    WHERE v.tenant_id = :tenant_id AND v.kind = :kind AND v.key = :key AND v.version = :version
""")
_MAY_HAVE_ARRIVED = text("""
    SELECT EXISTS (
        SELECT FROM delivery d JOIN target t ON t.id = d.target_id JOIN change c ON c.position = d.position
        WHERE t.connector = :connector AND d.state = 'waiting' AND d.attempts > 0
          AND c.tenant_id = :tenant_id AND c.kind = :kind AND c.key = :key AND c.version < :version)
""")
_NOW = text("""
    SELECT version, confirmed_as, coalesce(base_revision, revision) AS base FROM record
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
""")
# A later change of ours that was made meanwhile goes on top of the number that this one was given.
_CONFIRM = text("""
    UPDATE record SET confirmed_as = CASE WHEN version = :version THEN :revision ELSE confirmed_as END,
                      base_revision = CASE WHEN version > :version THEN :revision ELSE base_revision END
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key AND version >= :version AND unconfirmed
      AND coalesce(base_revision, revision) < :revision
""")
# What the portal itself says counts, whatever a page has shown before; then the next pull brings that version.
_DISPUTE = text("""
    INSERT INTO conflict (id, tenant_id, division, connector, kind, key, our_version, their_revision, reason)
    VALUES (:id, :tenant_id, :division, :connector, :kind, :key, :version, :their_revision, :reason)
    ON CONFLICT (tenant_id, kind, key) WHERE decision IS NULL DO UPDATE SET
        our_version = excluded.our_version, their_revision = excluded.their_revision,
        theirs = CASE WHEN conflict.their_revision = excluded.their_revision THEN conflict.theirs END
""")


@dataclass(frozen=True, slots=True)
class Errand:
    """One change on its way to a portal, whose own `tenant` is told when it cannot be sent.

    `kept_there` says whether the record is the portal's own.
    """

    database: Database
    portal: Portal | KeptOpen
    tenant: Tenant
    connector: str
    change: PortalChange
    row: Any
    kept_there: bool = True

    async def run(self) -> Arrival:
        """Tell the portal. Raises Retriable, Barred, Undeliverable."""
        try:
            revision = await self._push(self.change)
        except _Overtaken:
            return Arrival.SUPERSEDED
        except Conflict as conflict:
            await self._is_over("")
            arrival = await self._refused(conflict)
            await self._is_over(self._subject)
            return arrival
        except Barred as error:
            await self._tell("", str(error))
            raise
        except Fatal as error:
            await self._is_over("")
            await self._tell(self._subject, str(error))
            raise Undeliverable(str(error)) from error
        await self._is_over("")
        await self._is_over(self._subject)
        if revision is not None:
            await self._settle(_CONFIRM, revision=revision)
        return Arrival.TAKEN

    async def _refused(self, conflict: Conflict) -> Arrival:
        """What it means that the portal holds another version: a conflict, unless that is a change of our own."""
        if not self.kept_there:
            raise Retriable(str(conflict)) from conflict
        now = await self._now()
        if conflict.revision is not None and conflict.revision == now.confirmed_as:
            return Arrival.TAKEN
        if now.version != self.row.version:
            return Arrival.SUPERSEDED
        if now.base != self.row.base:
            raise Retriable("an earlier change of ours was taken meanwhile") from conflict
        if await self._earlier_may_have_arrived():
            raise Retriable("an earlier change of ours may have been taken") from conflict
        await self._settle(_DISPUTE, their_revision=conflict.revision or 0, reason=REFUSED_THERE)
        return Arrival.DISPUTED

    async def _push(self, change: PortalChange) -> int | None:
        """The portal's new version. What is ours alone goes on top of whatever version of it the portal has."""
        try:
            return await self._in_its_thread(change)
        except Conflict as conflict:
            if self.kept_there or conflict.revision is None:
                raise
            base = conflict.revision
        if (await self._now()).version != self.row.version:
            raise _Overtaken
        sent_as = f"{change.message_id.rpartition('-')[0]}-{base}"
        return await self._in_its_thread(replace(change, base_revision=base, message_id=sent_as))

    async def _in_its_thread(self, change: PortalChange) -> int | None:
        thread = self.portal.thread if isinstance(self.portal, KeptOpen) else None
        return await asyncio.get_running_loop().run_in_executor(thread, self.portal.push, change)

    async def _now(self) -> Any:
        """What is stored of the record by now."""
        where = {"tenant_id": self.row.tenant_id, "kind": self.change.kind, "key": self.change.key}
        async with self.database.writing() as connection:
            return (await connection.execute(_NOW, where)).one()

    @property
    def _subject(self) -> str:
        return alerts.record_of(self.change.kind, self.change.key)

    async def _earlier_may_have_arrived(self) -> bool:
        where = {"tenant_id": self.row.tenant_id, "kind": self.change.kind, "key": self.change.key}
        async with self.database.writing() as connection:
            asked = {**where, "connector": self.connector, "version": self.row.version}
            return (await connection.execute(_MAY_HAVE_ARRIVED, asked)).scalar_one()

    async def _tell(self, subject: str, what: str) -> None:
        await alerts.raise_alert(self.database, self.tenant, self.connector, alerts.NOT_SENT, subject, what)

    async def _is_over(self, subject: str) -> None:
        await alerts.settle(self.database, self.tenant, self.connector, alerts.NOT_SENT, subject)

    async def _settle(self, statement: Any, **more: Any) -> None:
        change, row = self.change, self.row
        values = {"id": uuid7(), "connector": self.connector, "division": row.division, "version": row.version}
        where = {"tenant_id": row.tenant_id, "kind": change.kind, "key": change.key}
        async with self.database.writing() as connection:
            await connection.execute(statement, {**values, **where, **more})


def message_id(tenant_id: int, position: int, base: int) -> str:
    """What a change is called however often it is sent on top of one version: by its place in the change feed.

    On another version it is another message, for a portal gives a message that it knows the answer that it gave.
    """
    return f"yizhan-{tenant_id}-{position}-{base}"


class _Overtaken(Exception):
    """A newer version is stored here; its own event tells the portal."""


class KeptOpen:
    """A portal in a thread of its own: opened at its first change, kept open until it lets us in no more."""

    def __init__(self, open_: Callable[[], Portal]) -> None:
        self.thread = ThreadPoolExecutor(1, "portal")
        self._open = open_
        self._portal: Portal | None = None

    def push(self, change: PortalChange) -> int | None:
        """As a Portal does. Raises Barred as well when it cannot be opened; the next change tries it anew."""
        try:
            return self._opened().push(change)
        except Barred:
            self._hang_up()
            raise

    def close(self) -> None:
        """Hang up when what is under way has ended."""
        self.thread.submit(self._hang_up)
        self.thread.shutdown()

    def _hang_up(self) -> None:
        if self._portal is not None:
            self._portal.close()
        self._portal = None

    def _opened(self) -> Portal:
        if self._portal is None:
            try:
                self._portal = self._open()
            except Fatal as error:
                raise Barred(str(error)) from error
        return self._portal


class PortalPush:
    """Composes errands from stored records."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        connectors: Mapping[str, Connector],
        scratch: Path,
        timeout_seconds: float,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._connectors = connectors
        self._scratch = scratch
        self._patience = timeout_seconds * _PART_FOR_THE_PORTAL
        self._open: dict[str, KeptOpen] = {}

    async def compose(self, target: Any, keys: Sequence[TargetKey], event: Event, now: datetime) -> Errand | None:
        """What to tell the portal of an event; None when it knows, or a newer event or a person will tell it.

        A change that may have arrived is told again although there is a newer one, which goes on top of it.
        """
        where = {"tenant_id": event.tenant_id, "kind": event.kind, "key": event.key}
        async with self._database.writing() as connection:
            row = (await connection.execute(_RECORD, where)).one()
        is_its_own = event.tenant_id == target.tenant_id
        is_known = is_its_own and (not row.unconfirmed or row.confirmed_as is not None)
        if is_known or row.disputed:
            return None
        if row.version != event.version:
            row = await self._earlier(event) if is_its_own and event.is_repeat else None
            if row is None:
                return None
        tenant = await self._accounts.tenant(event.tenant_id)
        body = orjson.loads(tenant.seal.open(bytes(row.body), body_place(tenant.id, event.kind, event.key)))
        base = body.get("revision", 0) if row.base is None else row.base
        change = PortalChange(event.kind, event.key, base, body, message_id(event.tenant_id, event.position, base))
        keeper = await self._accounts.tenant(target.tenant_id)
        portal = self._kept(target.connector)
        return Errand(self._database, portal, keeper, target.connector, change, row, is_its_own)

    async def _earlier(self, event: Event) -> Any:
        """The version of an event as it was before it was replaced here."""
        where = {"tenant_id": event.tenant_id, "kind": event.kind, "key": event.key, "version": event.version}
        async with self._database.writing() as connection:
            return (await connection.execute(_EARLIER, where)).first()

    def accepts(self, status: int, body: bytes) -> bool:
        return status == HTTPStatus.OK

    def close(self) -> None:
        """Hang up on all portals."""
        while self._open:
            self._open.popitem()[1].close()

    def _kept(self, connector_id: str) -> KeptOpen:
        if connector_id not in self._open:
            self._open[connector_id] = KeptOpen(partial(self._opened, connector_id))
        return self._open[connector_id]

    def _opened(self, connector_id: str) -> Portal:
        connector = self._connectors.get(connector_id)
        if connector is None:
            raise Barred(f"there is no connector {connector_id}")
        return open_portal(connector, secret, self._scratch / connector_id, self._patience)
