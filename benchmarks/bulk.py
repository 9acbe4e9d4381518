"""NDJSON contracts over HTTP, a thousand a request, with the same promises as a push."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable

import psycopg
from psycopg.sql import SQL

from benchmarks import PLAIN_TOKEN
from benchmarks.payloads import batches, contracts
from benchmarks.rows import Row, Target, interleaved, scaled
from benchmarks.stage import Stage

_A_REQUEST = 1000
_CONNECTIONS = 4
NAMES = (f"bulk, NDJSON, {_A_REQUEST} contracts a request", "bulk against a dlt merge load")


def measure(stage: Stage) -> list[Row]:
    amount = scaled(12_000, 4_000)

    def ours(wanted: int = amount) -> dict[str, float]:
        requests = batches(contracts(wanted), "/v1/contracts", stage.bearer, _A_REQUEST)
        before = _stored(stage.database_url)
        rate = stage.drive(stage.ours, requests, 200, _CONNECTIONS)["per_second"] * _A_REQUEST
        assert _stored(stage.database_url) == before + wanted
        return {"per_second": rate}

    def plain(wanted: int = amount) -> dict[str, float]:
        requests = batches(contracts(wanted), "/contracts/bulk", PLAIN_TOKEN, _A_REQUEST)
        return {"per_second": stage.drive(stage.plain, requests, 200, _CONNECTIONS)["per_second"] * _A_REQUEST}

    def with_dlt() -> dict[str, float]:
        return {"per_second": amount / _dlt(stage, contracts(amount))}

    def copy() -> dict[str, float]:
        return {"per_second": amount / copy_seconds(stage.database_url, amount)}

    ours(_A_REQUEST * 4)
    plain(_A_REQUEST * 4)
    us, peer, loader, limit = interleaved([ours, plain, with_dlt, copy])
    rate, unit = us["per_second"], "contracts/s"
    copying = ("bare binary COPY of the same rows", Target(">=", 0.15))
    return [
        Row(
            NAMES[0],
            unit,
            rate,
            peer["per_second"],
            "plain service, one commit a request",
            Target(">=", 1.5),
            limit["per_second"],
            *copying,
        ),
        Row(NAMES[1], unit, rate, loader["per_second"], "dlt", Target(">=", 2)),
    ]


def _stored(url: str) -> int:
    with psycopg.connect(url) as connection:
        (records,) = connection.execute("SELECT count(*) FROM record").fetchone() or (0,)
    return records


def _dlt(stage: Stage, bodies: list[bytes]) -> float:
    """Seconds of a merge load of the same records into the same PostgreSQL."""
    file = stage.folder / "contracts.ndjson"
    file.write_bytes(b"\n".join(bodies))
    url = stage.postgres.ensure_database("dlt")
    command = [sys.executable, "-m", "benchmarks.dlt_load", url, str(file), str(stage.folder / "dlt")]
    return json.loads(subprocess.check_output(command, timeout=180).splitlines()[-1])["seconds"]


def copy_seconds(url: str, amount: int) -> float:
    """Seconds of a binary COPY of `amount` of our sealed rows into an empty table with the same indexes."""
    newest = SQL("SELECT * FROM record WHERE kind = 'contract' ORDER BY stored_at DESC LIMIT {}").format(amount)
    dump = SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(newest)
    with psycopg.connect(url) as connection:
        with connection.cursor().copy(dump) as outgoing:
            data = b"".join(bytes(chunk) for chunk in outgoing)
        connection.execute("CREATE TABLE copied (LIKE record INCLUDING ALL)")
        connection.commit()
        started = time.perf_counter()
        with connection.cursor() as cursor:
            with cursor.copy("COPY copied FROM STDIN (FORMAT binary)") as incoming:
                for chunk in _chunks(data):
                    incoming.write(chunk)
            assert cursor.rowcount == amount
        connection.commit()
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE copied")
    return seconds


def _chunks(data: bytes, size: int = 1 << 18) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))
