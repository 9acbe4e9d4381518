"""A portal in memory, and what reconciliation needs of it: pages out, pages in again, changes sent to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from adapters.envelope import Channel, Envelope
from gateway.access.tenants import Tenant
from gateway.ledger.sealed import SealedBody, open_body
from gateway.reconcile.exchange import Ours, Sending, SnapshotPage, Wanted
from gateway.wiring.services import Services
from schemas.catalog import kind as kind_of

CONNECTOR = "portal"
_FILES = {
    "connector.yaml": """
        connector: portal
        partner: 示例政务服务网
        title: {zh: 示例政务服务网, en: Portal of the tests}
        channel: push
        mappings:
          agency: agency.yaml
          outlet: outlet.yaml
    """,
    "agency.yaml": """
        mapping: portal.agency@1
        target: agency.v1
        read: {format: json, records: $}
        key: [uscc]
        fields:
          uscc:           {from: uscc}
          license_no:     {from: license_no}
          name:           {from: name}
          principal:      {from: principal}
          division:       {from: division}
          agency_type:    {from: agency_type}
          phone:          {from: phone}
          status:         {from: status}
          effective_from: {from: effective_from}
          revision:       {from: revision, via: [count]}
    """,
    "outlet.yaml": """
        mapping: portal.outlet@1
        target: outlet.v1
        read: {format: json, records: $}
        key: [uscc]
        fields:
          uscc:         {from: uscc}
          agency.name:  {from: agency.name}
          agency.uscc:  {from: agency.uscc}
          name:         {from: name}
          division:     {from: division}
          status:       {from: status}
          revision:     {from: revision, via: [count]}
    """,
}
_RECORD = text("SELECT body FROM record WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key")
_CONFIRM = text("""
    UPDATE record SET confirmed_as = :revision WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
""")


def lay_connector(folder: Path) -> Path:
    """A folder of partners with this one in it."""
    (folder / "portal").mkdir(parents=True)
    for name, content in _FILES.items():
        lines = [line.removeprefix(" " * 8) for line in content.strip("\n").splitlines()]
        (folder / "portal" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


class MemoryPortal:
    """An exchange whose other side is a list of records, by kind; `page_size` of them make a page."""

    def __init__(self, services: Services, tenant: Tenant, page_size: int = 10) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.taken: list[SnapshotPage] = []
        self.sent: list[str] = []
        self.unfit: frozenset[str] = frozenset()
        self.broken_after: int | None = None
        self._services = services
        self._tenant = tenant
        self._page_size = page_size

    async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
        records = self.records.get(kind, [])
        for number, start in enumerate(range(0, len(records), self._page_size)):
            if number == self.broken_after:
                raise ConnectionError("the portal hung up")
            yield self.page(kind, records[start : start + self._page_size])

    async def take(self, page: SnapshotPage, wanted: Mapping[str, Wanted]) -> None:
        self.taken.append(page)
        envelope = Envelope(
            raw=page.raw,
            tenant=self._tenant.name,
            channel=Channel.PORTAL,
            received_at=datetime.now(UTC),
            connector=CONNECTOR,
            kind=page.kind,
            amend=True,
            decided=frozenset(key for key, one in wanted.items() if one.decided),
        )
        await self._services.intake.submit(envelope, self._tenant)

    async def send(self, kind: str, key: str, ours: Ours) -> Sending:
        if key in self.unfit:
            return Sending.UNFIT
        self.sent.append(key)
        revision = ours.base + 1
        body = {**await self.ours(kind, key), "revision": revision}
        body.pop("unconfirmed", None)
        field = kind_of(f"{kind}.v1").key[0]
        others = [record for record in self.records.get(kind, []) if record[field] != key]
        self.records[kind] = [*others, body]
        await self._confirm(kind, key, revision)
        await self.take(self.page(kind, [body]), {key: Wanted(b"", ours.content_hash, ours.decided)})
        return Sending.SENT

    @staticmethod
    def page(kind: str, records: Iterable[Mapping[str, Any]]) -> SnapshotPage:
        return SnapshotPage(kind, orjson.dumps(list(records)), "application/json", f"{kind}.json")

    async def ours(self, kind: str, key: str) -> dict[str, Any]:
        """Our record as it stands."""
        where = {"tenant_id": self._tenant.id, "kind": kind, "key": key}
        async with self._services.database.writing() as connection:
            sealed = (await connection.execute(_RECORD, where)).scalar_one()
        return open_body(SealedBody(self._tenant.id, kind, key, sealed), self._tenant.seal)

    async def _confirm(self, kind: str, key: str, revision: int) -> None:
        where = {"tenant_id": self._tenant.id, "kind": kind, "key": key, "revision": revision}
        async with self._services.database.writing() as connection:
            await connection.execute(_CONFIRM, where)
