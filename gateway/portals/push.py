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

from adapters.connector import Connector
from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.portal import Conflict, Portal, PortalChange
from adapters.transports.portals import open_portal
from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base.ids import uuid7
from gateway.ledger.conflicts import ConflictReason, NewConflict, open_conflicts
from gateway.ledger.current import confirm
from gateway.ledger.rows import RecordKey
from gateway.ledger.sealed import open_body
from gateway.portals import statements as sql
from gateway.portals.rows import Outgoing, Standing
from gateway.portals.secrets import secret
from gateway.relay.keys import TargetKey
from gateway.relay.messages import Arrival, Event, Undeliverable
from gateway.relay.rows import Target
from gateway.store.database import Database
from gateway.store.typed import fetch_first, fetch_one
from schemas.findings import Text

PORTAL = "portal"
_PART_FOR_THE_PORTAL = 0.8
"""Of the time that a delivery has: what a thread is at cannot be broken off, so it gives the portal up before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One change on its way to a portal, whose own `tenant` is told when it cannot be sent.

    `kept_there` says whether the record is the portal's own.
    """

    database: Database
    portal: Portal | KeptOpen
    tenant: Tenant
    connector: str
    change: PortalChange
    row: Outgoing
    kept_there: bool = True

    async def run(self) -> Arrival:
        """Tell the portal. Raises Retriable, Barred, Undeliverable."""
        try:
            revision = await self._push(self.change)
        except _Overtaken:
            return Arrival.SUPERSEDED
        except Conflict as conflict:
            await self._end_alert("")
            arrival = await self._refused(conflict)
            await self._end_alert(self._subject)
            return arrival
        except Barred as error:
            await self._raise_alert("", error.text)
            raise
        except Fatal as error:
            await self._end_alert("")
            await self._raise_alert(self._subject, error.text)
            raise Undeliverable(error.text) from error
        await self._end_alert("")
        await self._end_alert(self._subject)
        if revision is not None:
            async with self.database.writing() as connection:
                await confirm(connection, self._key, self.row.version, revision)
        return Arrival.TAKEN

    async def _refused(self, conflict: Conflict) -> Arrival:
        """What it means that the portal holds another version: a conflict, unless that is a change of our own."""
        if not self.kept_there:
            raise Retriable(conflict.text) from conflict
        now = await self._standing()
        if conflict.revision is not None and conflict.revision == now.confirmed_as:
            return Arrival.TAKEN
        if now.version != self.row.version:
            return Arrival.SUPERSEDED
        if now.base != self.row.base:
            raise Retriable(
                Text("本平台先前的一次变更刚被门户接受", "an earlier change of ours was taken meanwhile")
            ) from conflict
        if await self._earlier_may_have_arrived():
            raise Retriable(
                Text("本平台先前的一次变更可能已被门户接受", "an earlier change of ours may have been taken")
            ) from conflict
        await self._open_conflict(conflict.revision or 0)
        return Arrival.DISPUTED

    async def _push(self, change: PortalChange) -> int | None:
        """The portal's new version. What is ours alone goes on top of whatever version of it the portal has."""
        try:
            return await self._in_its_thread(change)
        except Conflict as conflict:
            if self.kept_there or conflict.revision is None:
                raise
            base = conflict.revision
        if (await self._standing()).version != self.row.version:
            raise _Overtaken
        sent_as = f"{change.message_id.rpartition('-')[0]}-{base}"
        return await self._in_its_thread(replace(change, base_revision=base, message_id=sent_as))

    async def _in_its_thread(self, change: PortalChange) -> int | None:
        thread = self.portal.thread if isinstance(self.portal, KeptOpen) else None
        return await asyncio.get_running_loop().run_in_executor(thread, self.portal.push, change)

    async def _standing(self) -> Standing:
        """Where the record stands by now."""
        async with self.database.writing() as connection:
            return await fetch_one(connection, sql.STANDING, self._key._asdict(), Standing)

    @property
    def _key(self) -> RecordKey:
        return RecordKey(self.row.tenant_id, self.change.kind, self.change.key)

    @property
    def _subject(self) -> str:
        return alerts.record_of(self.change.kind, self.change.key)

    async def _earlier_may_have_arrived(self) -> bool:
        asked = {**self._key._asdict(), "connector": self.connector, "version": self.row.version}
        async with self.database.writing() as connection:
            return (await connection.execute(sql.MAY_HAVE_ARRIVED, asked)).scalar_one()

    async def _raise_alert(self, subject: str, what: Text) -> None:
        await alerts.raise_alert(self.database, self._alert(subject), what)

    async def _end_alert(self, subject: str) -> None:
        await alerts.settle(self.database, self._alert(subject))

    def _alert(self, subject: str) -> Alert:
        return Alert(self.tenant, self.connector, AlertCode.NOT_SENT, subject)

    async def _open_conflict(self, their_revision: int) -> None:
        """What the portal itself says counts, whatever a page has shown before; the next pull brings that version."""
        conflict = NewConflict(
            **self._key._asdict(),
            id=uuid7(),
            division=self.row.division,
            connector=self.connector,
            our_version=self.row.version,
            their_revision=their_revision,
            theirs=None,
            submission_id=None,
            reason=ConflictReason.REFUSED_THERE.value,
        )
        async with self.database.writing() as connection:
            await open_conflicts(connection, [conflict])


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
                raise Barred(error.text) from error
        return self._portal


class PortalPush:
    """Composes errands from stored records."""

    in_order = False  # a portal is told one thing after another, and its errands know the versions

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        connectors: Mapping[str, Connector],
        scratch: Path,
        *,
        timeout_seconds: float,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._connectors = connectors
        self._scratch = scratch
        self._patience = timeout_seconds * _PART_FOR_THE_PORTAL
        self._open: dict[str, tuple[Connector | None, KeptOpen]] = {}

    async def compose(self, target: Target, keys: Sequence[TargetKey], event: Event, now: datetime) -> Errand | None:
        """What to tell the portal of an event; None when it knows, or a newer event or a person will tell it.

        A change that may have arrived is told again although there is a newer one, which goes on top of it. Raises
        Undeliverable.
        """
        if target.connector is None:
            raise Undeliverable(Text("推送目标未指明对接配置", "the target names no connector"))
        where = {"tenant_id": event.tenant_id, "kind": event.kind, "key": event.key}
        async with self._database.writing() as connection:
            row = await fetch_one(connection, sql.OUTGOING, where, Outgoing)
        is_its_own = event.tenant_id == target.tenant_id
        is_known = is_its_own and (not row.unconfirmed or row.confirmed_as is not None)
        if is_known or row.is_disputed:
            return None
        if row.version != event.version:
            earlier = await self._earlier(event) if is_its_own and event.is_repeat else None
            if earlier is None:
                return None
            row = earlier
        tenant = await self._accounts.tenant(event.tenant_id)
        body = open_body(row, tenant.seal)
        base = body.get("revision", 0) if row.base is None else row.base
        change = PortalChange(event.kind, event.key, base, body, message_id(event.tenant_id, event.position, base))
        keeper = await self._accounts.tenant(target.tenant_id)
        portal = self._kept(target.connector)
        return Errand(
            database=self._database,
            portal=portal,
            tenant=keeper,
            connector=target.connector,
            change=change,
            row=row,
            kept_there=is_its_own,
        )

    async def _earlier(self, event: Event) -> Outgoing | None:
        """The version of an event as it was before it was replaced here."""
        where = {"tenant_id": event.tenant_id, "kind": event.kind, "key": event.key, "version": event.version}
        async with self._database.writing() as connection:
            return await fetch_first(connection, sql.EARLIER, where, Outgoing)

    def accepts(self, status: int, body: bytes) -> bool:
        return status == HTTPStatus.OK

    def close(self) -> None:
        """Hang up on all portals."""
        while self._open:
            self._open.popitem()[1][1].close()

    def _kept(self, connector_id: str) -> KeptOpen:
        """The open portal of a connector as it is in service now."""
        connector = self._connectors.get(connector_id)
        before, kept = self._open.get(connector_id, (None, None))
        if kept is None or before is not connector:
            if kept is not None:
                kept.close()
            kept = KeptOpen(partial(self._opened, connector_id))
            self._open[connector_id] = connector, kept
        return kept

    def _opened(self, connector_id: str) -> Portal:
        connector = self._connectors.get(connector_id)
        if connector is None:
            raise Barred(Text(f"没有名为 {connector_id} 的对接配置", f"there is no connector {connector_id}"))
        return open_portal(connector, secret, self._scratch / connector_id, self._patience)
