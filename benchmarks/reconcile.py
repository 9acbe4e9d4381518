"""Comparing both sides of a reconciliation: our SQL where the data is, against a pandas outer merge of the same rows.

Ours runs over stored records and a staged snapshot of them in which one record in a thousand differs, is missing or is
new, and finds totals and copies as well. pandas gets the same two sides out of the same PostgreSQL, as CSV by COPY,
which is faster than its own reader. Each runs in a process of its own; for ours the memory of the PostgreSQL process
counts too.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql as names

from benchmarks.rows import Row, Target, scaled
from gateway.access.accounts import Accounts
from gateway.base.ids import uuid7
from gateway.base.settings import Settings
from gateway.reconcile import statements as sql
from gateway.reconcile.classes import Source
from gateway.reconcile.comparing import Comparison
from gateway.reconcile.staging import staging
from gateway.store.database import Database, migrate
from gateway.store.embedded import EmbeddedPostgres
from gateway.trust.sealing import MasterKey
from schemas import catalog

ROWS = int(os.environ.get("BENCH_RECONCILE_ROWS", "0")) or scaled(5_000_000, 200_000)
NAMES = (
    f"compare {ROWS:,} records a side: totals, copies, discrepancies",
    f"peak memory, {ROWS:,} records a side",
)
_KIND = "agency"
_MEMORY_MIB = 1024
_DATABASE = "reconcile"
_BODY_BYTES = 256

# Of three thousand records one differs, one is missing there and one is missing here.
_OURS = """
    INSERT INTO record (tenant_id, kind, key, division, schema, state, content_hash, body, submission_id, ordinal,
                        stored_at, issued_at, subkind, agency_name, agency_uscc, headcount, people, effective_on,
                        revision)
    SELECT 1, 'agency', 'A' || lpad(n::text, 17, '0'), (110000 + mod(n, 3000))::text, 'agency.v1', 'active',
           sha256(n::text::bytea), %(body)s, gen_random_uuid(), 1, now(), now(), 'type' || mod(n, 7), '', '', 0, '{}',
           date '2017-01-01' + mod(n, 1000), 1
    FROM generate_series(1, %(rows)s) n WHERE mod(n, 3000) <> 1
"""
_THEIRS = """
    CREATE TABLE other_side AS
    SELECT 'A' || lpad(n::text, 17, '0') AS key, n / 500 AS page, mod(n, 500) AS ordinal,
           (CASE WHEN mod(n, 3000) = 2 THEN 2 ELSE 1 END)::bigint AS revision,
           sha256((CASE WHEN mod(n, 3000) = 2 THEN -n ELSE n END)::text::bytea) AS content_hash,
           (110000 + mod(n, 3000))::text AS division, date '2017-01-01' + mod(n, 1000) AS day,
           'type' || mod(n, 7) AS subkind, NULL::text AS findings
    FROM generate_series(1, %(rows)s) n WHERE mod(n, 3000) <> 3 ORDER BY hashint4(n)
"""
_OURS_READ = "SELECT key, revision, content_hash, division, effective_on AS day, subkind FROM record"
_THEIRS_READ = "SELECT key, revision, content_hash, division, day, subkind FROM other_side"


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        Path(folder).chmod(0o755)  # the unprivileged user of PostgreSQL must be able to enter
        server = EmbeddedPostgres(Path(folder) / "postgres")
        server.start()
        try:
            url = server.ensure_database(_DATABASE)
            _load(url)
            us, them = _apart("ours", url), _apart("pandas", url)
        finally:
            server.stop()
    assert us["found"] == them["found"], (us, them)
    return [
        Row(
            NAMES[0],
            "s",
            us["seconds"],
            them["seconds"],
            "pandas: read both sides by COPY, totals, outer merge",
            Target("<=", 1),
            limit=them["merge"],
            limit_name="pandas: its merge alone, frames in memory",
        ),
        Row(
            NAMES[1],
            "MiB",
            us["mib"],
            them["mib"],
            "pandas",
            limit=float(_MEMORY_MIB),
            limit_name="allowed memory",
            limit_target=Target("<=", 1),
        ),
    ]


def _load(url: str) -> None:
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for index in ("record_content_hash", "record_people", "record_code", "record_roster_state"):
            connection.execute(names.SQL("DROP INDEX {}").format(names.Identifier(index)))  # loading is not measured
        connection.execute(_OURS, {"rows": ROWS, "body": os.urandom(_BODY_BYTES)})
        connection.execute(_THEIRS, {"rows": ROWS})
        connection.execute("VACUUM ANALYZE record")
        connection.execute("GRANT SELECT ON other_side TO yizhan_writer")
        connection.execute("CHECKPOINT")


async def _ours(url: str) -> dict[str, float]:
    settings = Settings().reconcile
    database = Database(url, 2)
    with tempfile.TemporaryDirectory() as folder:
        accounts = Accounts(database, MasterKey.load(None, Path(folder) / "master.key"))
        tenant = await accounts.ensure_tenant("bench", "示例门户", "000000")
    run_id, started_at = uuid7(), datetime.now(UTC)
    async with staging(database, "bench", settings.work_memory_mib) as stage:
        row = {"id": run_id, "tenant_id": tenant.id, "division": "000000", "source": "portal", "connector": "bench"}
        await stage.connection.execute(sql.BEGIN, row | {"kinds": [_KIND], "repeats": None, "started_at": started_at})
        backend = (await stage.connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        await stage.connection.exec_driver_sql("INSERT INTO snapshot_row SELECT * FROM other_side")
        began = time.perf_counter()
        comparison = Comparison(run_id, tenant, catalog.kind(f"{_KIND}.v1"), Source.PORTAL, started_at)
        await comparison.run(stage)
        ended = time.perf_counter()
        found = sum(row.found for row in (await stage.connection.execute(sql.BY_CLASS, {"id": run_id})).all())
        mib = (_peak_kib("self") + _peak_kib(backend)) / 1024
    await database.close()
    return {"seconds": ended - began, "found": found, "mib": mib}


def _pandas(url: str) -> dict[str, float]:
    began = time.perf_counter()
    ours, theirs = _frame(url, _OURS_READ), _frame(url, _THEIRS_READ)
    read = time.perf_counter()
    both = ours.merge(theirs, on="key", how="outer", suffixes=("_ours", "_theirs"), indicator=True)
    differs = (both["_merge"] == "both") & (both["content_hash_ours"] != both["content_hash_theirs"])
    found = both[(both["_merge"] != "both") | differs]
    merged = time.perf_counter()
    for side in (ours, theirs):
        for dimension in (["division"], ["day"], ["subkind"], ["division", "day", "subkind"]):
            side.groupby(dimension).size()
    ended = time.perf_counter()
    mib = _peak_kib("self") / 1024
    return {"seconds": ended - began, "read": read - began, "merge": merged - read, "found": len(found), "mib": mib}


def _frame(url: str, query: str) -> pd.DataFrame:
    """What a query finds, by way of a file: the text in memory beside its frame would be counted against pandas."""
    with tempfile.TemporaryFile() as file, psycopg.connect(url) as connection:
        with connection.cursor().copy(
            names.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(names.SQL(query))
        ) as copy:
            for block in copy:
                file.write(block)
        file.seek(0)
        return pd.read_csv(file, dtype={"division": "str"})


def _apart(what: str, url: str) -> dict[str, Any]:
    environment = os.environ | {"BENCH_RECONCILE_URL": url}
    command = [sys.executable, "-m", "benchmarks.reconcile", what]
    output = subprocess.check_output(command, cwd=Path(__file__).parent.parent, env=environment, timeout=1800)
    found: dict[str, Any] = json.loads(output)
    sys.stderr.write(f"{what}: {found}\n")
    return found


def _peak_kib(process: int | str) -> int:
    """What a process itself has held at most, the database's shared memory that it touched included."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    url = os.environ["BENCH_RECONCILE_URL"]
    sys.stdout.write(json.dumps(asyncio.run(_ours(url)) if sys.argv[1] == "ours" else _pandas(url)))
