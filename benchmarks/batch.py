"""A large document in the background, and what single pushes notice of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import httpx

from benchmarks.bulk import copy_seconds
from benchmarks.payloads import contracts, pushes
from benchmarks.rows import Row, interleaved, scaled
from benchmarks.stage import WORKERS, Stage, awaited

_CONNECTIONS = 8
NAMES = (
    f"batch, NDJSON, from upload to receipt, {WORKERS} workers",
    f"pushes over {_CONNECTIONS} connections beside a batch",
    "their p99",
)


def measure(stage: Stage) -> list[Row]:
    amount, pushed = scaled(30_000, 4_000), scaled(4_000, 1_000)
    with _client(stage) as client:

        def batch() -> dict[str, float]:
            bodies = contracts(amount)
            with _workers(stage, client, WORKERS) as workers:
                started = time.perf_counter()
                _await_done(client, _handed_over(client, bodies), workers)
                return {"per_second": amount / (time.perf_counter() - started)}

        def copy() -> dict[str, float]:
            return {"per_second": amount / copy_seconds(stage.database_url, amount)}

        def push_alone() -> dict[str, float]:
            return stage.drive(stage.ours, pushes(contracts(pushed), "/v1/contracts", stage.bearer), 201, _CONNECTIONS)

        def push_beside() -> dict[str, float]:
            bodies = contracts(2 * amount)
            with _workers(stage, client, 1) as workers:
                submission = _handed_over(client, bodies)
                shown = push_alone()
                assert _progress(client, submission)["state"] != "done", "the batch ended before the pushes did"
                _await_done(client, submission, workers)
            return shown

        us, limit, alone, beside = interleaved([batch, copy, push_alone, push_beside])
    unit = "contracts/s"
    return [
        Row(
            NAMES[0],
            unit,
            us["per_second"],
            limit=limit["per_second"],
            limit_name="bare binary COPY of the same rows",
        ),
        Row(
            NAMES[1],
            unit,
            beside["per_second"],
            alone["per_second"],
            "the same pushes alone",
        ),
        Row(NAMES[2], "ms", beside["p99_ms"], alone["p99_ms"], "the same pushes alone"),
    ]


@contextmanager
def _client(stage: Stage) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stage.bearer}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{stage.ours}", headers=headers, timeout=60, trust_env=False) as one:
        yield one


@contextmanager
def _workers(stage: Stage, client: httpx.Client, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """`yizhan work` over the stage's database, warm when this yields."""
    environment = os.environ | {"YIZHAN_HOME": str(stage.folder), "YIZHAN_DATABASE__URL": stage.database_url}
    command = [sys.executable, "-m", "gateway.cli.main", "work", "--processes", str(processes)]
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(processes):
            _await_done(client, _handed_over(client, contracts(1000)), process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _handed_over(client: httpx.Client, bodies: list[bytes]) -> str:
    """The submission of a document that was uploaded in parts."""
    document = b"\n".join(bodies) + b"\n"
    wanted = {"sha256": sha256(document).hexdigest(), "size_bytes": len(document), "kind": "contract"}
    session = client.post("/v1/uploads", json=wanted).raise_for_status().json()
    size, url = session["part_bytes"], f"/v1/uploads/{session['upload_id']}"
    for number in session["missing"]:
        part = document[(number - 1) * size : number * size]
        client.put(f"{url}/parts/{number}", content=part).raise_for_status()
    return client.post(f"{url}/complete").raise_for_status().json()["submission_id"]


def _progress(client: httpx.Client, submission: str) -> dict[str, Any]:
    shown = client.get(f"/v1/submissions/{submission}").raise_for_status().json()
    return {"state": shown["state"], **shown["progress"]}


def _await_done(client: httpx.Client, submission: str, workers: subprocess.Popen[bytes]) -> None:
    awaited(lambda: _progress(client, submission)["state"] == "done", workers, every=0.1)
