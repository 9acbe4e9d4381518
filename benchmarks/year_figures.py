"""`make bench-statistics`: three million rosters and contracts of a year, counted by the store and by pandas.

The records are stored as the ledger stores them, sealed, by COPY; the figures are rebuilt from them and read as
officials read them, and every grouping must equal what pandas computes from the trips that the records were made from.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pandas as pd
import psycopg

from gateway.access.accounts import EVERYTHING, Accounts
from gateway.access.tenants import Tenant
from gateway.ledger.sealed import seal_body
from gateway.statistics.collecting import Collector
from gateway.statistics.figures import Figures, Grouping, Part, Question, Span
from gateway.statistics.rates import ReportingRates
from gateway.statistics.top100 import Top100
from gateway.statistics.trade import Trade
from gateway.statistics.yearly import YearlyReports
from gateway.store.database import Database, migrate
from gateway.trust.sealing import MasterKey
from tests import year, year_in_pandas
from tests.conftest import temporary_server
from tests.year import Agency, Trip

_AGENCIES = 1000
_DIVISIONS = ("350203", "350502", "110105", "440106", "310115", "330106", "510104", "460200", "530102", "610102")
_A_COPY = 20_000
_SPAN = Span.year(year.YEAR)
_GROUPINGS: dict[tuple[Grouping, ...], list[str]] = {
    (): [],
    (Grouping.MONTH, Grouping.SUBKIND): ["month", "subkind"],
    (Grouping.COUNTY,): ["division"],
    (Grouping.AGENCY,): ["agency"],
    (Grouping.ORIGIN, Grouping.TIMELINESS): ["origin", "timeliness"],
    (Grouping.DESTINATION,): ["destination"],
    (Grouping.DAY, Grouping.CHANNEL): ["day", "channel"],
}
_COLUMNS = (
    "tenant_id, sender_id, kind, key, division, schema, version, state, content_hash, body, submission_id, ordinal, "
    "stored_at, issued_at, subkind, agency_name, agency_uscc, depart_on, return_on, headcount, people"
)
Told = dict[str, float]


@contextmanager
def _timed(told: Told, name: str, server: int) -> Iterator[None]:
    """Seconds on the clock, of this process's CPU and of the database's."""
    began, own, theirs = time.perf_counter(), time.process_time(), _cpu_of(server)
    yield
    told[name] = time.perf_counter() - began
    told[f"{name} cpu"] = time.process_time() - own
    told[f"{name} database cpu"] = _cpu_of(server) - theirs


def _cpu_of(pid: int) -> float:
    """What a process and its children, also those that ended, have used."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid in (int(fields[1]), int(file.parent.name)):
            total += sum(map(int, fields[11:15] if int(file.parent.name) == pid else fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


async def _enter(accounts: Accounts, within: Sequence[Agency]) -> dict[int, Tenant]:
    return {
        each.number: await accounts.ensure_tenant(
            each.name, each.title, each.division, each.uscc, license_no=each.licence
        )
        for each in within
    }


def _store(url: str, trips: Iterator[Trip], tenants: dict[int, Tenant], frames: list[pd.DataFrame]) -> None:
    """Write the trips as records; what pandas counts goes into `frames`."""
    with psycopg.connect(url) as connection:
        submissions = {channel: _submission(connection, channel) for channel in ("rest", "page", "soap", "sftp")}
        while some := list(islice(trips, _A_COPY)):
            with connection.cursor().copy(f"COPY record ({_COLUMNS}) FROM STDIN") as copy:
                for trip in some:
                    copy.write_row(_row(trip, tenants[trip.agency], submissions[trip.channel]))
            connection.commit()
            frame = pd.DataFrame([asdict(trip) for trip in some]).drop(columns=["key", "group_no"])
            for name in ("kind", "subkind", "origin", "channel", "state"):
                frame[name] = frame[name].map(sys.intern)
            frames.append(frame)


def _submission(connection: psycopg.Connection, channel: str) -> Any:
    number = uuid4()
    connection.execute(
        "INSERT INTO submission (id, tenant_id, division, channel, mapping, kind, content_type, received_at, raw_hash, "
        "raw, rows_in, accepted, rejected, status, answer) VALUES (%s, 1, '350203', %s, '', 'roster', '', now(), '', "
        "'', 0, 0, 0, 200, '')",
        [number, channel],
    )
    return number


def _row(trip: Trip, tenant: Tenant, submission: Any) -> tuple[Any, ...]:
    body = seal_body(orjson.dumps(year.lean_body(trip)), tenant, trip.kind, trip.key)
    at = trip.reported
    whose = (tenant.id, tenant.id, trip.kind, trip.key, tenant.division, f"{trip.kind}.v1", trip.corrections + 1)
    what = (trip.state, b"", body, submission, 1, at, at, trip.subkind, tenant.title, tenant.uscc)
    return (*whose, *what, trip.first, trip.last, trip.travellers, "{}")


async def _count(url: str, count: int, told: Told, server: int) -> None:
    within = year.agencies(_AGENCIES, _DIVISIONS)
    database = Database(url, 4)
    accounts = Accounts(database, MasterKey(b"\x5a" * 32))
    frames: list[pd.DataFrame] = []
    try:
        tenants = await _enter(accounts, within)
        with _timed(told, "stored", server):
            trips = year.trips(count, within)
            await asyncio.to_thread(_store, url, trips, tenants, frames)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE record")
        with _timed(told, "rebuilt", server):
            assert await Collector(database, accounts).rebuild() == count
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE statistics_day")
            (told["rows of days"],) = connection.execute("SELECT count(*) FROM statistics_day").fetchone() or (0,)
        with _timed(told, "pandas", server):
            frame = year_in_pandas.measured(pd.concat(frames, ignore_index=True), within)
            frame = frame[(frame["day"] >= str(_SPAN.first)) & (frame["day"] <= str(_SPAN.last))]
            expected = _expected(frame, within)
        told["groupings"] = len(expected)
        with _timed(told, "read", server):
            found = {asked: await _found(database, *asked) for asked in expected}
        for asked, sums in expected.items():
            assert found[asked] == sums, asked
        await _pages(database, accounts, told, server)
    finally:
        await database.close()


async def _pages(database: Database, accounts: Accounts, told: Told, server: int) -> None:
    """What the pages of forms, rates and the ranking ask for."""
    figures, reports = Figures(database), YearlyReports(database)
    with _timed(told, "trade forms", server):
        await Trade(database, figures).forms(EVERYTHING, _SPAN)
    with _timed(told, "reporting rates", server):
        await ReportingRates(database, figures, reports, accounts=accounts, connectors={}).of(EVERYTHING, _SPAN)
    with _timed(told, "ranking", server):
        await Top100(figures, reports).of(EVERYTHING, year.YEAR)


_Asked = tuple[str, Part, tuple[Grouping, ...]]
_Sums = dict[tuple[object, ...], dict[str, int]]


def _expected(frame: year_in_pandas.Frame, within: Sequence[Agency]) -> dict[_Asked, _Sums]:
    uscc = {each.number: each.uscc for each in within} | {-1: ""}
    found: dict[_Asked, _Sums] = {}
    for kind in ("roster", "contract"):
        mine = frame[frame["kind"] == kind]
        for part in Part:
            if kind == "contract" and part is Part.RECEIVED:
                continue
            lines = year_in_pandas.part(mine, part.value, within)
            lines["agency"] = lines["agency"].map(uscc)
            for by, columns in _GROUPINGS.items():
                found[kind, part, by] = year_in_pandas.sums(lines, columns)
    return found


async def _found(database: Database, kind: str, part: Part, by: tuple[Grouping, ...]) -> _Sums:
    rows = await Figures(database).of(EVERYTHING, Question(span=_SPAN, kind=kind, part=part, by=by))
    names = {"agency": "uscc", "county": "division"}
    found: _Sums = {}
    for row in rows:
        key = tuple(str(getattr(row, names.get(each, each)) or "") for each in by)
        found[key] = {name: getattr(row, name) for name in year_in_pandas.MEASURES}
    return found


def main(count: int) -> None:
    told: Told = {"records": count}
    with temporary_server() as server:
        url = server.ensure_database("year")
        migrate(url)
        with psycopg.connect(url) as connection:
            (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        pid = int((Path(data) / "postmaster.pid").read_text().split()[0])
        asyncio.run(_count(url, count, told, pid))
    told["peak memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({name: round(value, 2) for name, value in told.items()}, indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000)
