"""Compares one kind of record: totals, discrepancies, and which fields differ."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from gateway.access.tenants import Tenant
from gateway.ledger import lifecycle
from gateway.ledger.kinds import BEHAVIOURS
from gateway.ledger.sealed import SealedBody, is_kept, open_body
from gateway.ledger.two_sided import refuses
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import OURS_TOO, REPAIRS, Class, Source
from gateway.reconcile.rows import PageRow, ToExplain
from gateway.reconcile.staging import PageReader, Stage
from gateway.store.typed import fetch, fetch_one
from schemas.catalog import Kind

MOST_CELLS = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared with what: one kind of one tenant, as both sides stood at `as_of`.

    `since` and `until` bound what of ours is counted and may be missing there, by the day of acceptance; None leaves
    that end open.
    """

    run_id: UUID
    tenant: Tenant
    kind: Kind
    source: Source
    as_of: datetime
    since: date | None = None
    until: date | None = None

    async def run(self, stage: Stage) -> int:
        """Store totals and discrepancies of what is staged; returns how many of ours have changed since `as_of`."""
        await stage.connection.exec_driver_sql(sql.ANALYSE)
        await stage.connection.execute(sql.TOTALS, self._parameters | self._for_totals)
        await stage.settle()
        await stage.connection.execute(sql.COMPARE, self._parameters | self._for_classes)
        return (await stage.connection.execute(sql.MOVED, self._parameters)).scalar_one()

    @property
    def _parameters(self) -> dict[str, Any]:
        return {
            "id": self.run_id,
            "tenant_id": self.tenant.id,
            "owners": [party.id for party in self.tenant.parties],
            "kind": self.kind.name,
            "as_of": self.as_of,
            "since": self.since,
            "until": self.until,
        }

    @property
    def _for_totals(self) -> dict[str, Any]:
        return {"by_acceptance": self.source is Source.PARTNER, "most": MOST_CELLS}

    @property
    def _for_classes(self) -> dict[str, Any]:
        """Where a portal gives no version numbers, what it shows now is the newer of two confirmed contents."""
        return {
            "division": self.tenant.division,
            "must_be_coded": self.source is Source.PARTNER and BEHAVIOURS[self.kind.name].is_coded,
            "is_unnumbered_newer": self.source is Source.PORTAL and "revision" in self.kind.schema["properties"],
            "repairs": orjson.dumps(dict(REPAIRS[self.source]), option=orjson.OPT_NON_STR_KEYS).decode(),
        }


async def explain(stage: Stage, comparison: Comparison, reader: PageReader, most: int) -> None:
    """Open both versions of the first `most` discrepancies, page by page, and note which fields differ."""
    where = {"id": comparison.run_id, "kind": comparison.kind.name}
    wanted = {**where, "classes": list(OURS_TOO), "most": most}
    found = await fetch(stage.connection, sql.TO_EXPLAIN, wanted, ToExplain)
    for number, rows in groupby(found, key=lambda row: row.page):
        page = await fetch_one(stage.connection, sql.PAGE, {**where, "number": number}, PageRow)
        opened = reader.opened(comparison.run_id, comparison.kind.name, number, page)
        theirs = await asyncio.to_thread(reader.bodies, opened)
        explained = [where | _explained(row, comparison, theirs[row.ordinal]) for row in rows]
        await stage.connection.execute(sql.EXPLAIN, explained)


def _explained(row: ToExplain, comparison: Comparison, theirs: Mapping[str, Any]) -> dict[str, Any]:
    """The differing fields; and what looked like a dispute but is none once the contents are seen."""
    tenant, kind = comparison.tenant, comparison.kind
    sealed, class_ = SealedBody(tenant.id, kind.name, row.key, row.body), row.class_
    ours = open_body(sealed, tenant.seal) if is_kept(sealed) else None
    fields = () if ours is None else lifecycle.differences(row.schema, ours, theirs)
    if ours is not None and class_ is Class.DIVERGED and "revision" in kind.schema["properties"]:
        disputed = refuses(ours, theirs, row.confirmed_as, row.base_revision)
        class_ = Class.DIVERGED if disputed else Class.OUTDATED_HERE
    repair = REPAIRS[comparison.source][class_]
    return {"key": row.key, "fields": orjson.dumps(fields).decode(), "class": class_, "repair": repair}
