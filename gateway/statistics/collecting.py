"""Fills the statistics from the change feed, and anew from the records themselves.

A change only says which record to look at: what is counted is its current version, so that changes that come twice, or
in another order than they were made, end in the same figures. Figures and mark move in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.accounts import Accounts
from gateway.ledger.changes import number_changes
from gateway.ledger.sealed import is_kept, open_body, unspoken
from gateway.statistics import statements as sql
from gateway.statistics.deriving import KINDS, derive
from gateway.statistics.rows import ChangedRecord, CountedRecord, FiguresOfRecord, Mark
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first, fetch_one
from gateway.trust.sealing import Seal, SealBroken

_AT_ONCE = 1000
_log = structlog.get_logger()


class Collector:
    """One process's share of the work; the mark in the store decides between several."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def turn(self) -> bool:
        """Count what is new, so far as one transaction reaches; False where no more waits, or another process does it.

        Who calls it rests in between, so that what trickles in is counted together.
        """
        return await self._count(sql.TAKE_MARK) == _AT_ONCE

    async def catch_up(self) -> None:
        """Count until nothing is new, after whoever is counting."""
        while await self._count(sql.WAIT_FOR_MARK):
            pass

    async def _count(self, taking: TextClause) -> int:
        """How many changes were counted."""
        await number_changes(self._database)
        async with self._database.writing() as connection:
            mark = await fetch_first(connection, taking, {}, Mark)
            if mark is None:
                return 0
            changed = await fetch(connection, sql.CHANGED, {"after": mark.position, "limit": _AT_ONCE}, ChangedRecord)
            if changed:
                keys = sorted({(each.tenant_id, each.kind, each.key) for each in changed if each.kind in KINDS})
                if keys:
                    await self._put(connection, await fetch(connection, sql.CURRENT, _columns(keys), CountedRecord))
                await connection.execute(sql.MOVE_MARK, {"position": changed[-1].position})
        return len(changed)

    async def rebuild(self) -> int:
        """Count every record anew, whatever is there; how many that were. What was stopped half-way goes on from there.

        The figures stay right meanwhile, and what is reported meanwhile is counted as ever. Of a record whose content
        is gone, the figures that were taken while it was there are kept.
        """
        seen = 0
        while walked := await self._rebuild_some():
            seen += walked
        async with self._database.writing() as connection:
            await connection.execute(sql.WAIT_FOR_MARK)
            await connection.execute(sql.TAKE_TIME)
            for statement in (sql.FORGET_GONE, sql.FORGET_DAYS, sql.SUM_UP):
                await connection.execute(statement)
            await connection.execute(sql.MOVE_REBUILT, {"tenant_id": None, "kind": None, "key": None})
        return seen

    async def _rebuild_some(self) -> int:
        async with self._database.writing() as connection:
            mark = await fetch_one(connection, sql.WAIT_FOR_MARK, {}, Mark)
            behind = {
                "tenant_id": mark.rebuilt_tenant or 0,
                "kind": mark.rebuilt_kind or "",
                "key": mark.rebuilt_key or "",
            }
            records = await fetch(connection, sql.WALK, behind | {"limit": _AT_ONCE}, CountedRecord)
            if records:
                await self._put(connection, records)
                last = records[-1]
                where = {"tenant_id": last.tenant_id, "kind": last.kind, "key": last.key}
                await connection.execute(sql.MOVE_REBUILT, where)
        return len(records)

    async def _put(self, connection: AsyncConnection, records: Sequence[CountedRecord]) -> None:
        """Count these records as they are now, in the place of what was counted of them."""
        if not records:
            return
        gone = [record for record in records if not is_kept(record)]
        known: dict[tuple[int, str, str], FiguresOfRecord] = {}
        if gone:
            where = _columns([(each.tenant_id, each.kind, each.key) for each in gone])
            rows = await fetch(connection, sql.KNOWN, where, FiguresOfRecord)
            known = {(row.tenant_id, row.kind, row.key): row for row in rows}
        seals = {number: (await self._accounts.tenant(number)).seal for number in {r.tenant_id for r in records}}
        figures = await asyncio.to_thread(_figures, records, seals, known)
        await connection.exec_driver_sql(sql.PUT, sql.FIGURES.parameters([each.values() for each in figures]))
        await connection.execute(sql.FORGET_EMPTY)


def _figures(
    records: Sequence[CountedRecord],
    seals: Mapping[int, Seal],
    known: Mapping[tuple[int, str, str], FiguresOfRecord],
) -> list[FiguresOfRecord]:
    found = []
    for record in records:
        before = known.get((record.tenant_id, record.kind, record.key))
        seal = seals[record.tenant_id]
        derived = derive(record, _opened(record, seal))
        # A group number comes from the body of a contract: one that looks like a person's is kept as a keyed hash.
        if (spoken := unspoken(derived.group_no, seal)) != derived.group_no:
            derived = replace(derived, group_no=spoken)
        found.append(derived if before is None else before.in_state_of(derived))
    return found


def _opened(record: CountedRecord, seal: Seal) -> dict[str, Any] | None:
    """The body; None of what is gone, and of what was altered in the store, which must not stop what comes after."""
    if not is_kept(record):
        return None
    try:
        return open_body(record, seal)
    except SealBroken:
        _log.error("record does not open: counted by its columns", kind=record.kind)
        return None


def _columns(keys: Sequence[tuple[int, str, str]]) -> dict[str, list[Any]]:
    return dict(zip(("tenant_id", "kind", "key"), map(list, zip(*keys, strict=True)), strict=True))
