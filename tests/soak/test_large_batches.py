"""`make soak`: a million rows in every format within half a gigabyte, and a worker killed fifty times.

YIZHAN_SOAK_ROWS makes it shorter. What was measured is printed as JSON, a line a format.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from rich.console import Console

from gateway.base.settings import Settings
from gateway.client.client import open_client
from gateway.client.uploading import send_parts
from schemas.samples import contract
from tests.conftest import Partner, issue_partner, running, until
from tests.processes import running_beside
from tests.soak.documents import WRITERS, connectors

ROWS = int(os.environ.get("YIZHAN_SOAK_ROWS", "1000000"))
MOST_MEMORY_MIB = 512
KILLS = 50


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings.model_copy(update={"mappings": connectors(tmp_path_factory.mktemp("mappings") / "mappings")})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


def handed_over(client: httpx.Client, partner: Partner, file: Path, connector: str | None) -> str:
    """The submission of a file that was uploaded in parts."""
    digest = sha256(file.read_bytes()).hexdigest()
    wanted: dict[str, Any] = {"sha256": digest, "size_bytes": file.stat().st_size, "kind": "contract"}
    if connector:
        wanted["connector"] = connector
    with open_client(str(client.base_url), partner.api_key, partner.secret) as signing:
        session = signing.post("/v1/uploads", json=wanted).raise_for_status().json()
        taken = send_parts(Console(quiet=True), signing, file, session)
    assert taken.status_code == 202, taken.text
    return taken.json()["submission_id"]


def progress(client: httpx.Client, partner: Partner, submission_id: str) -> dict[str, Any]:
    shown = client.get(f"/v1/submissions/{submission_id}", auth=partner.auth).raise_for_status().json()
    return {"state": shown["state"], **shown["progress"]}


def peak_mib(pid: int) -> int:
    """The most memory a process ever held, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10


@pytest.mark.parametrize("form", WRITERS)
def test_a_million_rows_within_half_a_gigabyte(
    client: httpx.Client, settings: Settings, tmp_path: Path, form: str
) -> None:
    write, connector = WRITERS[form]
    partner = issue_partner(settings, f"soak-{form}")
    file = tmp_path / f"large.{form}"
    write(file, ROWS)
    size = file.stat().st_size
    submission_id = handed_over(client, partner, file, connector)
    file.unlink()
    started = time.monotonic()
    with running_beside(settings, "work") as process:
        until(lambda: progress(client, partner, submission_id)["state"] == "done", "all rows have a fate", 3600)
        memory = peak_mib(process.pid)
    seconds = time.monotonic() - started
    done = progress(client, partner, submission_id)
    print(json.dumps({"format": form, "rows": ROWS, "mib": size >> 20, "s": round(seconds), "peak_mib": memory}))
    assert done["counts"]["accepted"] == done["counts"]["rows"] == ROWS
    assert memory <= MOST_MEMORY_MIB


def test_a_worker_killed_fifty_times_does_everything_once(
    client: httpx.Client, settings: Settings, tmp_path: Path
) -> None:
    partner = issue_partner(settings, "soak-killed")
    rows = min(ROWS, 100_000)
    body = contract(1, travellers=1)
    file = tmp_path / "killed.ndjson"
    lines = (orjson.dumps({**body, "business_no": f"KL-{number:08}"}) + b"\n" for number in range(rows))
    with file.open("wb") as out:
        out.writelines(lines)
    submission_id = handed_over(client, partner, file, None)
    for kill in range(KILLS):
        before = progress(client, partner, submission_id)
        with running_beside(settings, "work") as process:
            until(
                lambda before=before: progress(client, partner, submission_id) != before, f"work goes on ({kill})", 120
            )
            process.kill()
            process.wait()
    with running_beside(settings, "work"):
        until(lambda: progress(client, partner, submission_id)["state"] == "done", "all rows have a fate", 1800)
    done = progress(client, partner, submission_id)
    assert done["counts"]["accepted"] == done["counts"]["rows"] == rows
    codes, ordinals = set(), 0
    with client.stream("GET", f"/v1/submissions/{submission_id}/records.ndjson", auth=partner.auth) as answer:
        for ordinals, line in enumerate(answer.iter_lines(), 1):
            record = json.loads(line)
            assert record["ordinal"] == ordinals
            codes.add(record["code"])
    assert len(codes) == ordinals == rows
    changes = client.get("/v1/changes", params={"limit": 1}, auth=partner.auth).json()
    assert changes["changes"]
