"""A portal as the other side of a reconciliation: its snapshot, its pages taken again, our versions sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Envelope
from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Page, Portal, PortalChange, Reading, TokenExpired, Window
from adapters.transports.portals import open_portal
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.base.china_time import in_china
from gateway.base.problems import Refused
from gateway.ledger.sealed import body_place
from gateway.ledger.values import PreparedSubmission
from gateway.portals.pull import tenant_of
from gateway.portals.push import Errand, message_id
from gateway.portals.secrets import secret
from gateway.reconcile.exchange import Exchange, Ours, Sending, SnapshotPage, Wanted
from gateway.relay.messages import Arrival, Undeliverable
from gateway.wiring.services import Services

_CHANNEL = "reconciliation"
_OLD = timedelta(days=2)
_RECORD = text("""
    SELECT tenant_id, division, version, body, coalesce(base_revision, revision) AS base, unconfirmed,
           confirmed_as, content_hash,
           EXISTS (SELECT FROM conflict c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.key = r.key
                   AND c.decision IS NULL) AS disputed,
           (SELECT c.position FROM change c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.key = r.key
            AND c.version = r.version AND c.event IN ('created', 'amended')
            ORDER BY c.position DESC LIMIT 1) AS position
    FROM record r WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
""")
_HOLD = text("""
    SELECT key, content_hash FROM record
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = ANY(:keys) ORDER BY key COLLATE "C" FOR UPDATE
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
        reading = Reading()
        while True:
            try:
                page = await asyncio.to_thread(self._portal.page, kind, Window(), reading.token)
            except TokenExpired as error:
                raise Retriable("the portal forgot how far the snapshot had been read") from error
            await self._look_at_age(kind, page)
            yield SnapshotPage(kind, page.raw, page.content_type, page.filename, page.as_of, page.is_empty)
            if not reading.after(page):
                return

    async def _look_at_age(self, kind: str, page: Page) -> None:
        """What came after a whole export is left out of the comparison, so that with an old one all looks clean."""
        if page.as_of is None:
            return
        matter = self._services.database, self._tenant, self._connector.id, alerts.OLD_EXPORT, kind
        if datetime.now(UTC) - page.as_of > _OLD:
            await alerts.raise_alert(*matter, f"{page.filename}: {in_china(page.as_of)}")
        else:
            await alerts.settle(*matter)

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
            prepared = replace(read, drafts=drafts, rejections=())
            try:
                await self._store(prepared, "keep_theirs", {one.key: wanted[one.key].ours for one in drafts})
                return
            except _Moved as moved:
                drafts = [one for one in drafts if one.key not in moved.keys]

    async def send(self, kind: str, key: str, ours: Ours) -> Sending:
        """A decided change is made here anew, on top of theirs, and goes the way of every change; others go now."""
        where = {"tenant_id": self._tenant.id, "kind": kind, "key": key}
        async with self._services.database.writing() as connection:
            row = (await connection.execute(_RECORD, where)).first()
        if row is None:
            return Sending.UNFIT
        stands_on_theirs = row.unconfirmed and row.base == ours.base
        if ours.decided and not stands_on_theirs:
            return await self._change_anew(kind, key, ours, row)
        is_taken_there = row.confirmed_as is not None and not ours.decided
        if is_taken_there or bytes(row.content_hash) != ours.content_hash:
            return Sending.SETTLED
        return Sending.DISPUTED if row.disputed else await self._push(kind, key, ours, row)

    async def _change_anew(self, kind: str, key: str, ours: Ours, row: Any) -> Sending:
        if await self._services.desk.is_taken(self._tenant, kind) is False:
            return Sending.UNFIT
        kept = {name: value for name, value in self._opened(kind, key, row).items() if name != "revision"}
        body = kept | {"unconfirmed": True} | ({"revision": ours.base} if ours.base else {})
        prepared = await self._prepared(self._envelope(orjson.dumps(body), kind, decided=[key]))
        if prepared.rejections:
            return Sending.UNFIT
        try:
            await self._store(prepared, "keep_ours", {key: ours.content_hash})
        except _Moved:
            return Sending.MOVED
        return Sending.SENT

    async def _push(self, kind: str, key: str, ours: Ours, row: Any) -> Sending:
        body = self._opened(kind, key, row)
        change = PortalChange(kind, key, row.base, body, _message_id(kind, key, ours, row))
        errand = Errand(self._services.database, self._portal, self._tenant, self._connector.id, change, row)
        try:
            return Sending.SENT if await errand.run() is Arrival.TAKEN else Sending.DISPUTED
        except Undeliverable:
            return Sending.UNFIT

    def _opened(self, kind: str, key: str, row: Any) -> dict[str, Any]:
        return orjson.loads(self._tenant.seal.open(bytes(row.body), body_place(self._tenant.id, kind, key)))

    def _envelope(self, raw: bytes, kind: str, decided: Iterable[str]) -> Envelope:
        return Envelope(
            raw=raw,
            tenant=self._tenant.name,
            channel=_CHANNEL,
            received_at=datetime.now(UTC),
            kind=kind,
            amend=True,
            decided=frozenset(decided),
        )

    async def _prepared(self, envelope: Envelope) -> PreparedSubmission:
        with _told():
            return await self._services.intake.prepare(envelope, self._tenant)

    async def _store(self, prepared: PreparedSubmission, decision: str, over: Mapping[str, bytes | None]) -> None:
        """Store records over the versions of ours with those hashes, by key; what a person chose is no longer a
        conflict.

        Raises _Moved when one of ours is another by now; then nothing is stored.
        """
        where = {"tenant_id": self._tenant.id, "kind": prepared.kind}

        async def beside(connection: AsyncConnection) -> None:
            held = (await connection.execute(_HOLD, {**where, "keys": list(over)})).all()
            hashes = {row.key: bytes(row.content_hash) for row in held}
            if moved := frozenset(key for key, seen in over.items() if hashes.get(key) != seen):
                raise _Moved(moved)
            chosen = [draft.key for draft in prepared.drafts if draft.key in prepared.envelope.decided]
            await connection.execute(_SETTLE_CONFLICTS, {**where, "keys": chosen, "decision": decision})

        with _told():
            await self._services.intake.store(prepared, beside)


@contextmanager
def _told() -> Iterator[None]:
    """What intake refuses, as an exchange says it."""
    try:
        yield
    except Refused as refusal:
        error = Retriable if refusal.problem.status >= 500 else Fatal
        raise error(str(refusal)) from refusal


def _message_id(kind: str, key: str, ours: Ours, row: Any) -> str:
    """That of the relay, so that the portal knows a repeat; what a person sends once more is a message of its own."""
    if row.position is None or ours.decided:
        return f"yizhan-reconcile-{row.tenant_id}-{kind}-{key}-{row.version}-{row.base}"
    return message_id(row.tenant_id, row.position, row.base)


class _Moved(Exception):
    """Records of ours are no longer the versions that a run has shown."""

    def __init__(self, keys: frozenset[str]) -> None:
        super().__init__("other versions are stored than those that were compared")
        self.keys = keys


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
