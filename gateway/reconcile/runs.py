"""Reconciliation: both sides compared by key and content, the result kept as a signed report.

A run begins with a snapshot of the other side and ends with a report; one that is killed leaves only its beginning, and
the next run of the same series clears that away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.errors import AdapterError, Fatal, Retriable
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.bilingual import written
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.base.settings import ReconcileSettings
from gateway.reconcile import reports
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import Class, Source
from gateway.reconcile.comparing import Comparison, explain
from gateway.reconcile.exchange import Exchange
from gateway.reconcile.lists import SentRecords, SentTotals
from gateway.reconcile.rows import ClassCount, ControlTotal, Dimension, Discrepancy, FoundAgain, Period, Run
from gateway.reconcile.staging import PageReader, Stage, staging
from gateway.reconcile.states import DISCREPANCIES, RUNS, DiscrepancyState, RunState
from gateway.store.database import MOST_WORKBENCHES, Database, Scope
from gateway.store.typed import fetch, fetch_first, fetch_one
from gateway.trust.keyring import Keyring
from schemas import catalog
from schemas.findings import Text

_AT_ONCE = 5000
_INTERRUPTED = Text("被中断", "interrupted")


class Reconciliations:
    """Runs comparisons and answers questions about them."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        database: Database,
        keyring: Keyring,
        settings: ReconcileSettings,
    ) -> None:
        self._connectors = connectors
        self._database = database
        self._keyring = keyring
        self._settings = settings
        self._free = asyncio.Semaphore(MOST_WORKBENCHES)

    async def run(
        self,
        exchange: Exchange,
        connector_id: str,
        tenant: Tenant,
        kinds: Sequence[str] = (),
        *,
        repeats: UUID | None = None,
    ) -> UUID:
        """Compare a connector's other side with ours, all its kinds or some; `repeats` is the run it checks anew.

        Raises Retriable when the other side is away or another run is under way, Fatal when a person must put
        something right; then nothing but a failed run is left.
        """
        connector = self._connector(connector_id)
        wanted = [connector.route(kind).kind for kind in kinds or connector.routes]
        reader = PageReader(connector, tenant)
        run = _Run(
            self._database, tenant, Source.PORTAL, connector_id, kinds=[kind.name for kind in wanted], repeats=repeats
        )
        async with self._running(run) as stage:
            for kind in wanted:
                await stage.clear()
                spoken_of = await reader.stage(stage, run.id, exchange.pages(kind.name))
                as_of = min(run.started_at, spoken_of or run.started_at)
                comparison = Comparison(run.id, tenant, kind, Source.PORTAL, as_of)
                run.moved[kind.name] = await comparison.run(stage)
                await explain(stage, comparison, reader, self._settings.explained)
        return run.id

    async def run_list(self, tenant: Tenant, sent: SentRecords) -> UUID:
        """Compare a partner's own list of what it has sent with what was accepted and coded. Raises Retriable."""
        kind = catalog.kind(sent.kind_id)
        run = _Run(self._database, tenant, Source.PARTNER, None, kinds=[kind.name])
        async with self._running(run) as stage:
            await stage.add(sent.rows)
            period = await fetch_one(stage.connection, sql.PERIOD, {}, Period)
            began = run.started_at
            comparison = Comparison(run.id, tenant, kind, Source.PARTNER, began, period.since, period.until)
            run.moved[kind.name] = await comparison.run(stage)
        return run.id

    async def run_totals(self, tenant: Tenant, sent: SentTotals) -> UUID:
        """Compare a partner's own daily totals with what was accepted and coded. Raises Retriable."""
        run = _Run(self._database, tenant, Source.PARTNER, None, kinds=sent.kinds)
        run.compares_sums = True
        async with self._running(run) as stage:
            where = {
                "id": run.id,
                "tenant_id": tenant.id,
                "owners": [party.id for party in tenant.parties],
                "kinds": sent.kinds,
                "started_at": run.started_at,
            }
            await stage.connection.execute(sql.SENT_TOTALS, {**where, "sent": sent.as_json()})
        return run.id

    async def find(self, scope: Scope, run_id: UUID) -> Run:
        """A run that `scope` may see. Raises Refused (REQUEST-003)."""
        async with self._database.reading(scope) as connection:
            run = await fetch_first(connection, sql.RUN, {"id": run_id}, Run)
        if run is None:
            raise Refused(problems.NOT_FOUND)
        return run

    async def listed(
        self, scope: Scope, connector: str | None = None, before: UUID | None = None, limit: int = 50
    ) -> Sequence[Run]:
        """The newest runs that `scope` may see, from before a run on."""
        where = {"connector": connector, "before": before, "limit": limit}
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.RUNS, where, Run)

    async def totals(self, scope: Scope, run_id: UUID) -> Sequence[ControlTotal]:
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.TOTALS_OF, {"id": run_id}, ControlTotal)

    async def discrepancies(
        self,
        scope: Scope,
        run_id: UUID,
        *,
        class_: Class | None = None,
        state: DiscrepancyState | None = None,
        first: tuple[str, str] = ("", ""),
        after: tuple[str, str] = ("", ""),
        limit: int = 100,
    ) -> Sequence[Discrepancy]:
        """Discrepancies in the order of (kind, key), from `first` on, or from the one behind `after`."""
        where = {"id": run_id, "class": class_, "state": state, "limit": limit}
        where |= {"first_kind": first[0], "first_key": first[1], "after_kind": after[0], "after_key": after[1]}
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.DISCREPANCIES, where, Discrepancy)

    async def found_again(self, scope: Scope, run_id: UUID, repaired: UUID) -> FoundAgain:
        """How much of what was repaired after the run `repaired` the run has found again; and how much only because
        the other side has yet to show what it was sent.
        """
        async with self._database.reading(scope) as connection:
            return await fetch_one(connection, sql.FOUND_AGAIN, {"id": run_id, "repaired": repaired}, FoundAgain)

    async def slices(
        self, scope: Scope, run_id: UUID, *, state: DiscrepancyState | None = None
    ) -> AsyncIterator[Sequence[Discrepancy]]:
        """All that `discrepancies` has, as many at a time as fit into memory."""
        after = ("", "")
        while rows := await self.discrepancies(scope, run_id, state=state, after=after, limit=_AT_ONCE):
            yield rows
            after = rows[-1].kind, rows[-1].key

    async def every(
        self, scope: Scope, run_id: UUID, *, state: DiscrepancyState | None = None
    ) -> AsyncIterator[Discrepancy]:
        """The same one by one."""
        async for rows in self.slices(scope, run_id, state=state):
            for row in rows:
                yield row

    def _connector(self, connector_id: str) -> Connector:
        if connector_id not in self._connectors:
            raise Fatal(Text(f"没有名为 {connector_id} 的对接配置", f"there is no connector named {connector_id}"))
        return self._connectors[connector_id]

    @asynccontextmanager
    async def _running(self, run: _Run) -> AsyncGenerator[Stage, None]:
        """Raises Retriable while another run of the series is under way, or as many here as there is room for."""
        if self._free.locked():
            raise Retriable(
                Text("正在进行的对账已达上限", "as many reconciliations are under way as there is room for")
            )
        async with self._free, staging(self._database, run.series, self._settings.work_memory_mib) as stage:
            await run.begin(stage.connection)
            try:
                yield stage
                await run.finish(stage.connection, self._keyring, self._settings.keep)
            except BaseException as failure:
                await run.fail(failure)
                raise


class _Run:
    """One run from its beginning to its report."""

    def __init__(
        self,
        database: Database,
        tenant: Tenant,
        source: Source,
        connector: str | None,
        *,
        kinds: Sequence[str],
        repeats: UUID | None = None,
    ) -> None:
        self.id = uuid7()
        self.started_at = Clock.now()
        self.moved: dict[str, int] = {}
        self.compares_sums = False
        self._database = database
        self._tenant = tenant
        self._connector = connector
        self._kinds = list(kinds)
        self._row: dict[str, Any] = {
            "id": self.id,
            "tenant_id": tenant.id,
            "division": tenant.division,
            "source": source,
            "connector": connector,
            "kinds": self._kinds,
            "repeats": repeats,
            "started_at": self.started_at,
        }

    @property
    def series(self) -> str:
        """What this run is one of: those of a connector, or of a partner's own lists."""
        return self._connector or f"partner/{self._tenant.name}"

    async def begin(self, connection: AsyncConnection) -> None:
        """Clear away what a killed run of the series has left, and begin."""
        for left in (await connection.execute(sql.LEFT_BEHIND, self._row)).scalars().all():
            await _forget(connection, left, _INTERRUPTED)
        await connection.execute(sql.BEGIN, self._row)

    async def finish(self, connection: AsyncConnection, keyring: Keyring, keep: int) -> None:
        """Sign the report and drop what no repair will need."""
        before = DISCREPANCIES.before(DiscrepancyState.IGNORED)
        await connection.execute(sql.KNOWN_BEFORE, self._row)
        await connection.execute(sql.CARRY_OVER, {**self._row, "before": before})
        found = await fetch(connection, sql.BY_CLASS, {"id": self.id}, ClassCount)
        totals = await fetch(connection, sql.TOTALS_OF, {"id": self.id}, ControlTotal)
        differs = any(row.waiting for row in found) or (self.compares_sums and _sums_differ(totals))
        counts, state, now = self._counts(found, totals), _ended(differs), Clock.now()
        finished = {
            "id": self.id,
            "state": state,
            "before": RUNS.before(state),
            "counts": orjson.dumps(counts).decode(),
            "at": now,
            "report": await self._report(connection, keyring, counts, totals, at=now),
        }
        await connection.execute(sql.KEEP_NEEDED_PAGES, {"id": self.id})
        await connection.execute(sql.FINISH, finished)
        await connection.execute(sql.DROP_OLD_PAGES, {**self._row, "keep": keep})

    async def _report(
        self,
        connection: AsyncConnection,
        keyring: Keyring,
        counts: Mapping[str, Mapping[str, int]],
        totals: Sequence[ControlTotal],
        *,
        at: datetime,
    ) -> str:
        """The signed report of the run, as a compact JWS."""
        run = await fetch_one(connection, sql.RUN, {"id": self.id}, Run)
        digest = await reports.digest(connection, self.id)
        claims = reports.claims_of(run, self._tenant, counts=counts, totals=totals, digest=digest, at=at)
        return keyring.receipt_signer.sign_claims(claims, reports.TYPE)

    async def fail(self, failure: BaseException) -> None:
        """Leave nothing but the fact. The run's own connection may be what has failed."""
        async with self._database.writing() as connection:
            await connection.exec_driver_sql(sql.PATIENCE_HERE)
            await _forget(connection, self.id, _why(failure))

    def _counts(self, found: Sequence[ClassCount], totals: Sequence[ControlTotal]) -> dict[str, dict[str, int]]:
        """By kind: how many each side holds, how many changed here meanwhile, and how many differ how."""
        counts = {kind: {"ours": 0, "theirs": 0, "coded": 0} for kind in self._kinds}
        for row in totals:
            if row.dimension is Dimension.ALL:
                counts[row.kind] = {"ours": row.ours, "theirs": row.theirs, "coded": row.coded}
        for kind, moved in self.moved.items():
            counts[kind]["moved"] = moved
        for row in found:
            counts[row.kind][row.class_.value] = row.found
        return counts


def _why(failure: BaseException) -> Text:
    if isinstance(failure, AdapterError):
        return failure.text
    name = type(failure).__name__
    return Text(f"系统报告“{name}”", name)


async def _forget(connection: AsyncConnection, run_id: UUID, failure: Text) -> None:
    for statement in sql.FORGET:
        await connection.execute(statement, {"id": run_id})
    failed = {"failure": written(failure), "at": Clock.now(), "before": RUNS.before(RunState.FAILED)}
    await connection.execute(sql.FAIL, {"id": run_id, **failed})


def _ended(differs: bool) -> RunState:
    return RunState.DIFFERS if differs else RunState.CLEAN


def _sums_differ(totals: Sequence[ControlTotal]) -> bool:
    return any(row.ours != row.theirs for row in totals if row.dimension is Dimension.DAY)
