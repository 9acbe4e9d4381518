"""The purge: what is due is emptied by the batch, attested anew, counted and kept as a report.

It may be killed at any moment: what a batch has emptied is counted with it, and the next call goes on with the run.
A row that is not what the transparency log attests is left alone, or a purge could hide that somebody altered it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.base.settings import RetentionSettings
from gateway.inspection.reattesting import Row, Witness
from gateway.ledger.attested import record_ref, submission_ref
from gateway.retention import statements as sql
from gateway.retention.keeping import due
from gateway.retention.rows import CountRow, RunRow
from gateway.retention.states import RUNS, RunState
from gateway.store import emptying
from gateway.store.blobs import Blobs
from gateway.store.database import Database
from gateway.store.emptying import Due, Subject
from gateway.store.typed import fetch, fetch_first, fetch_one
from gateway.transparency.entries import LeafKind

_MOST_RUNS = 200
VERSIONS = Witness(LeafKind.RECORD, lambda row: record_ref(row["tenant_id"], row["kind"], row["key"], row["version"]))
"""Watches records, in every version of theirs."""
_RECEIPTS = Witness(LeafKind.RECEIPT, lambda row: submission_ref(row["id"]))
_WITNESSES = {**dict.fromkeys(emptying.RECORDS, VERSIONS), Subject.SUBMISSION: _RECEIPTS}
"""Letters, checks on the road and accounts stand in no leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a purge would do to a subject, by division: empty it, or leave it alone because of a hold."""

    due: Due
    rows: dict[str, int]
    held: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A purge and how many rows it has emptied."""

    run: RunRow
    counts: Sequence[CountRow]


class Purging:
    """Purges over the divisions in an actor's sight."""

    def __init__(self, database: Database, blobs: Blobs, settings: RetentionSettings) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings

    async def plan(self, actor: Actor) -> list[Planned]:
        """What a purge would empty today. Raises Refused (AUTH-005)."""
        found: list[Planned] = []
        async with self._database.writing() as connection:
            for wanted in self._due(actor):
                rows = await emptying.counted(connection, wanted, held=False)
                held = await emptying.counted(connection, wanted, held=True)
                found.append(Planned(due=wanted, rows=rows, held=held))
        return found

    async def run(self, actor: Actor, most: int | None = None) -> Report:
        """Empty what is due, in at most so many transactions; a run that was not done is gone on with. Audited.

        Raises Refused (AUTH-005).
        """
        every = self._due(actor)
        run = await self._begun(actor, every)
        left = most
        for wanted in every:
            left = await self._empty_all(actor, run, wanted, left)
        await self._remove_blobs()
        if left is None or left > 0:
            await self._finish(actor, run)
        return await self.report(actor, run.id)

    async def erase(self, actor: Actor, refs: Sequence[str]) -> int:
        """Empty those of some records, by `record_name`, that are due and not held; how many.

        Whoever asks for it keeps why in the audit log. Raises Refused (AUTH-005).
        """
        done = 0
        for wanted in self._due(actor):
            async with self._database.writing() as connection:
                rows = await emptying.take(connection, wanted, len(refs), only=refs)
                done += len(await _emptied(connection, wanted.subject, rows))
        return done

    async def reports(self, actor: Actor) -> list[RunRow]:
        """The purges in sight, the newest first. Raises Refused (AUTH-005)."""
        where = {"division": _division(actor), "limit": _MOST_RUNS}
        async with self._database.writing() as connection:
            return await fetch(connection, sql.RUNS, where, RunRow)

    async def report(self, actor: Actor, run_id: UUID) -> Report:
        """Raises Refused (AUTH-005, REQUEST-003)."""
        async with self._database.writing() as connection:
            run = await fetch_first(connection, sql.RUN, {"id": run_id, "division": _division(actor)}, RunRow)
            if run is None:
                raise Refused(problems.NOT_FOUND)
            return Report(run=run, counts=await fetch(connection, sql.COUNTS, {"id": run_id}, CountRow))

    def _due(self, actor: Actor) -> list[Due]:
        division, today = _division(actor), Clock.china_today()
        return [due(subject, self._settings, today, division) for subject in Subject]

    async def _begun(self, actor: Actor, every: Sequence[Due]) -> RunRow:
        values = {
            "id": uuid7(),
            "division": every[0].division,
            "state": RUNS.beginning.value,
            "due_before": every[0].before,
            "by": actor.name,
            "at": Clock.now(),
        }
        async with self._database.writing() as connection:
            await connection.execute(sql.BEGIN, values)
            return await fetch_one(connection, sql.RUNNING, {"division": every[0].division}, RunRow)

    async def _empty_all(self, actor: Actor, run: RunRow, wanted: Due, most: int | None) -> int | None:
        """How many transactions are left then; None where they are not bounded."""
        passed: list[str] = []
        while most != 0 and await self._empty_some(actor, run, wanted, passed):
            most = None if most is None else most - 1
        return most

    async def _empty_some(self, actor: Actor, run: RunRow, wanted: Due, passed: list[str]) -> bool:
        """One transaction; whether there was anything left. What is not as it is attested is `passed` over."""
        async with self._database.writing() as connection:
            rows = await emptying.take(connection, wanted, self._settings.batch_records, passed=passed)
            emptied = await _emptied(connection, wanted.subject, rows)
            passed += [_ref(wanted.subject, row) for row in rows if row not in emptied]
            for division, count in Counter(row["division"] for row in emptied).items():
                counted = {"subject": wanted.subject.value, "division": division, "rows": count}
                await connection.execute(sql.COUNT, counted | {"run_id": run.id})
                await audit.record(
                    connection, actor, "retention.purge", str(run.id), division=division, **_told(wanted, count)
                )
        return bool(rows)

    async def _remove_blobs(self) -> None:
        """Remove the files that no submission names any more; after a crash, those of before too."""
        while True:
            async with self._database.writing() as connection:
                names: list[str] = list((await connection.execute(emptying.BLOBS)).scalars())
            if not names:
                return
            await asyncio.to_thread(lambda names=names: [self._blobs.discard(name) for name in names])
            async with self._database.writing() as connection:
                await connection.execute(emptying.FORGET_BLOBS, {"names": names})

    async def _finish(self, actor: Actor, run: RunRow) -> None:
        state = RunState.DONE
        where = {"id": run.id, "state": state.value, "before": RUNS.before(state), "at": Clock.now()}
        async with self._database.writing() as connection:
            if (await connection.execute(sql.FINISH, where)).rowcount:
                await audit.record(connection, actor, "retention.run", str(run.id), pattern=run.division)


async def _emptied(connection: AsyncConnection, subject: Subject, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that are emptied now: those that are as the log attests them, with all their versions."""
    witness = _WITNESSES.get(subject)
    if not rows or witness is None:
        if rows:
            await emptying.empty(connection, subject, rows)
        return rows
    earlier = await emptying.versions_of(connection, rows) if witness is VERSIONS else []
    agreeing = await witness.agreeing(connection, [*rows, *earlier])
    altered = {_ref(subject, row) for row in (*rows, *earlier) if row not in agreeing}
    good = [row for row in rows if _ref(subject, row) not in altered]
    if good:
        await emptying.empty(connection, subject, good)
        kept = [row for row in earlier if _ref(subject, row) not in altered]
        await witness.renewed(connection, [*good, *kept])
    return good


def record_name(tenant_id: int, kind: str, key: str) -> str:
    """What names a record, as `emptying.take` does."""
    return f"{tenant_id}/{kind}/{key}"


def _ref(subject: Subject, row: Row) -> str:
    """What names a row, as `emptying.take` does."""
    match subject:
        case Subject.CONTRACT | Subject.ROSTER | Subject.GUIDE | Subject.LEADER:
            return record_name(row["tenant_id"], row["kind"], row["key"])
        case Subject.MATERIAL:
            return f"{record_name(row['tenant_id'], row['kind'], row['key'])}/{bytes(row['sha256']).hex()}"
        case Subject.DEAD_LETTER:
            return f"{row['submission_id']}/{row['ordinal']}"
        case Subject.SUBMISSION | Subject.FIELD_CHECK | Subject.PERSON | Subject.ONLINE_DRAFT:
            return str(row["id"])


def _told(wanted: Due, rows: int) -> dict[str, object]:
    return {"subject": wanted.subject.value, "before": wanted.before.isoformat(), "rows": rows}


def _division(actor: Actor) -> str:
    """The pattern of the divisions in an actor's sight. Raises Refused (AUTH-005)."""
    must_may(actor, Power.MANAGE_RETENTION)
    if actor.scope.division is None:
        raise Refused(problems.FORBIDDEN)
    return actor.scope.division
