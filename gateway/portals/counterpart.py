"""A portal as the other side of a reconciliation: its snapshot, its pages taken again, our versions sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Channel, Envelope
from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Page, Portal, PortalChange, Reading, TokenExpired, Window
from adapters.transports.portals import open_portal
from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.authority.desk import Desk
from gateway.base.clock import Clock, in_china
from gateway.base.problems import Refused
from gateway.intake.envelopes import arriving
from gateway.intake.intake import Intake
from gateway.ledger.changes import number_changes
from gateway.ledger.conflicts import BY_RECONCILIATION, ConflictChoice, EndedConflict, end_conflicts
from gateway.ledger.rows import RecordKey
from gateway.ledger.sealed import open_body
from gateway.ledger.submission import Submission
from gateway.portals import statements as sql
from gateway.portals.push import Errand, message_id
from gateway.portals.rows import Held, Outgoing
from gateway.portals.secrets import secret
from gateway.reconcile.exchange import Exchange, Ours, Sending, SnapshotPage, Wanted
from gateway.relay.messages import Arrival, Undeliverable
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text

_OLD = timedelta(days=2)


class Counterparts:
    """Opens portals as the other side of a reconciliation. `scratch` is where their exports lie on their way."""

    def __init__(
        self,
        *,
        connectors: Mapping[str, Connector],
        database: Database,
        accounts: Accounts,
        intake: Intake,
        desk: Desk,
        scratch: Path,
    ) -> None:
        self.database = database
        self.intake = intake
        self.desk = desk
        self._connectors = connectors
        self._accounts = accounts
        self._scratch = scratch

    @asynccontextmanager
    async def opened(self, connector_id: str) -> AsyncGenerator[tuple[Exchange, Tenant]]:
        """The portal of a connector, and whose records it keeps. Raises Retriable and Fatal."""
        connector = self._connectors.get(connector_id)
        if connector is None:
            raise Fatal(Text(f"没有名为 {connector_id} 的对接配置", f"there is no connector named {connector_id}"))
        tenant = await self._accounts.partner_of(connector_id)
        portal = await asyncio.to_thread(open_portal, connector, secret, self._scratch / connector_id)
        try:
            yield PortalExchange(self, connector, tenant, portal), tenant
        finally:
            await asyncio.to_thread(portal.close)


class PortalExchange:
    """One portal and one tenant. Everything that enters from it passes intake."""

    def __init__(self, opener: Counterparts, connector: Connector, tenant: Tenant, portal: Portal) -> None:
        self._database = opener.database
        self._intake = opener.intake
        self._desk = opener.desk
        self._connector = connector
        self._tenant = tenant
        self._portal = portal

    async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
        reading = Reading()
        while True:
            try:
                page = await asyncio.to_thread(self._portal.page, kind, Window(), reading.token)
            except TokenExpired as error:
                raise Retriable(
                    Text("门户已不记得快照读到何处", "the portal forgot how far the snapshot had been read")
                ) from error
            await self._look_at_age(kind, page)
            yield SnapshotPage(kind, page.raw, page.content_type, page.filename, page.as_of, page.is_empty)
            if not reading.after(page):
                return

    async def _look_at_age(self, kind: str, page: Page) -> None:
        """What came after a whole export is left out of the comparison, so that with an old one all looks clean."""
        if page.as_of is None:
            return
        alert = Alert(self._tenant, self._connector.id, AlertCode.OLD_EXPORT, kind)
        if Clock.now() - page.as_of > _OLD:
            await alerts.raise_alert(self._database, alert, _age(page.filename, page.as_of))
        else:
            await alerts.settle(self._database, alert)

    async def take(self, page: SnapshotPage, wanted: Mapping[str, Wanted]) -> None:
        envelope = replace(
            self._envelope(page.raw, page.kind, decided=(key for key, one in wanted.items() if one.decided)),
            connector=self._connector.id,
            content_type=page.content_type,
            filename=page.filename,
        )
        read = await self._prepared(envelope)
        drafts = [one for one in read.drafts if one.key in wanted and one.content_hash == wanted[one.key].theirs]
        while drafts:
            submission = read.with_drafts(drafts)
            try:
                await self._store(
                    submission, ConflictChoice.KEEP_THEIRS, {one.key: wanted[one.key].ours for one in drafts}
                )
                return
            except _Moved as moved:
                drafts = [one for one in drafts if one.key not in moved.keys]

    async def send(self, kind: str, key: str, ours: Ours) -> Sending:
        """A decided change is made here anew, on top of theirs, and goes the way of every change; others go now."""
        where = {"tenant_id": self._tenant.id, "kind": kind, "key": key}
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.OUTGOING, where, Outgoing)
        if row is None:
            return Sending.UNFIT
        stands_on_theirs = row.unconfirmed and row.base == ours.base
        if ours.decided and not stands_on_theirs:
            return await self._change_anew(kind, key, ours, row)
        is_taken_there = row.confirmed_as is not None and not ours.decided
        if is_taken_there or row.content_hash != ours.content_hash:
            return Sending.SETTLED
        return Sending.DISPUTED if row.is_disputed else await self._push(kind, key, ours, row)

    async def _change_anew(self, kind: str, key: str, ours: Ours, row: Outgoing) -> Sending:
        if await self._desk.is_taken(self._tenant, kind) is False:
            return Sending.UNFIT
        kept = {name: value for name, value in open_body(row, self._tenant.seal).items() if name != "revision"}
        body = kept | {"unconfirmed": True} | ({"revision": ours.base} if ours.base else {})
        submission = await self._prepared(self._envelope(orjson.dumps(body), kind, decided=[key]))
        if submission.rejections:
            return Sending.UNFIT
        try:
            await self._store(submission, ConflictChoice.KEEP_OURS, {key: ours.content_hash})
        except _Moved:
            return Sending.MOVED
        return Sending.SENT

    async def _push(self, kind: str, key: str, ours: Ours, row: Outgoing) -> Sending:
        body = open_body(row, self._tenant.seal)
        change = PortalChange(kind, key, row.base or 0, body, await self._message_id(ours, row))
        errand = Errand(
            database=self._database,
            portal=self._portal,
            tenant=self._tenant,
            connector=self._connector.id,
            change=change,
            row=row,
        )
        try:
            return Sending.SENT if await errand.run() is Arrival.TAKEN else Sending.DISPUTED
        except Undeliverable:
            return Sending.UNFIT

    async def _message_id(self, ours: Ours, row: Outgoing) -> str:
        """That of the relay, so that the portal knows a repeat; what a person sends again is a message of its own."""
        if not ours.decided:
            where = {"tenant_id": row.tenant_id, "kind": row.kind, "key": row.key, "version": row.version}
            await number_changes(self._database)
            async with self._database.writing() as connection:
                position = await connection.scalar(sql.POSITION, where)
            if position is not None:
                return message_id(row.tenant_id, position, row.base or 0)
        return f"yizhan-reconcile-{row.tenant_id}-{row.kind}-{row.key}-{row.version}-{row.base}"

    def _envelope(self, raw: bytes, kind: str, decided: Iterable[str]) -> Envelope:
        return arriving(
            self._tenant,
            raw,
            channel=Channel.RECONCILIATION,
            kind=kind,
            amend=True,
            decided=frozenset(decided),
        )

    async def _prepared(self, envelope: Envelope) -> Submission:
        with _as_exchange_errors():
            return await self._intake.prepare(envelope, self._tenant)

    def _ended(self, kind: str, key: str, choice: ConflictChoice) -> EndedConflict:
        record = RecordKey(self._tenant.id, kind, key)
        return EndedConflict(*record, id=None, decision=choice.value, decided_by=BY_RECONCILIATION)

    async def _store(self, submission: Submission, choice: ConflictChoice, over: Mapping[str, bytes | None]) -> None:
        """Store records over the versions of ours with those hashes, by key; what a person chose is no longer a
        conflict.

        Raises _Moved when one of ours is another by now; then nothing is stored.
        """
        where = {"tenant_id": self._tenant.id, "kind": submission.kind}

        async def settle(connection: AsyncConnection) -> None:
            held = await fetch(connection, sql.HOLD, {**where, "keys": list(over)}, Held)
            hashes = {row.key: row.content_hash for row in held}
            if moved := frozenset(key for key, seen in over.items() if hashes.get(key) != seen):
                raise _Moved(moved)
            chosen = (draft.key for draft in submission.drafts if draft.key in submission.envelope.decided)
            await end_conflicts(connection, (self._ended(submission.kind, key, choice) for key in chosen))

        with _as_exchange_errors():
            await self._intake.store(submission, settle)


def _age(filename: str, as_of: datetime) -> Text:
    """Of when the newest whole export is."""
    at = in_china(as_of)
    return Text(f"{filename}：截至 {at}", f"{filename}: as of {at}")


@contextmanager
def _as_exchange_errors() -> Generator[None]:
    """What intake refuses, as an exchange says it."""
    try:
        yield
    except Refused as refusal:
        error = Retriable if refusal.is_temporary else Fatal
        raise error(refusal.text) from refusal


class _Moved(Exception):
    """Records of ours are no longer the versions that a run has shown."""

    def __init__(self, keys: frozenset[str]) -> None:
        super().__init__("other versions are stored than those that were compared")
        self.keys = keys
