"""Airflow on Celery with two workers, three minutes: one is killed during a pull; a past span is backfilled; a day that
closes is reconciled and rolled up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from gateway.base.settings import Settings
from gateway.cli.airflow_home import password
from gateway.cli.airflow_serving import Installation, installed
from gateway.store.embedded import EmbeddedPostgres
from tests.conftest import free_port, until
from tests.dags.conftest import RECORDS
from tests.portals import RunningPortal

pytestmark = pytest.mark.needs("redis")
KINDS = 6
PULLS = "/api/v2/dags/pull_donghai/dagRuns?state=running"
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
MOVES = "SELECT sum(revision) FROM watermark WHERE connector = 'donghai'"
LATE = "SELECT count(*) FROM alert WHERE code = 'ALERT-003' AND subject = 'pull_donghai'"


class Api:
    """Airflow's HTTP API as its user calls it."""

    def __init__(self, running: Installation) -> None:
        self.killed: set[str] = set()
        """Parts that a test has ended."""
        self._running = running
        self._url = running.url
        self._token = ""
        login = {"username": "admin", "password": password(running.home)}
        self._token = self.ask("POST", "/auth/token", login)["access_token"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with _DIRECTLY.open(request, timeout=30) as answer:
            return json.loads(answer.read())

    def until(self, path: str, holds: Callable[[Any], Any], seconds: float) -> Any:
        """The first true value of `holds` over what `path` says, while every part of Airflow runs."""

        def asked() -> Any:
            ended = {name for name, process in self._running.processes.items() if process.poll() is not None}
            assert ended <= self.killed, f"ended: {', '.join(ended)}; see the logs in {self._running.home}"
            return holds(self.ask("GET", path))

        return until(asked, path, seconds, every=0.5)  # an answer costs Airflow 30 ms

    def finished(self, dag_id: str, seconds: float, **like: str) -> list[Any]:
        """Its runs that are like this, once there are some and all have ended."""
        runs = f"/api/v2/dags/{dag_id}/dagRuns?limit=100"

        def ended(said: Any) -> list[Any]:
            found = [one for one in said["dag_runs"] if like.items() <= one.items()]
            return found if all(one["state"] in ("success", "failed") for one in found) else []

        return self.until(runs, ended, seconds)

    def switch_on(self, *dag_ids: str) -> None:
        for dag_id in dag_ids:
            self.ask("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def events(self, dag_id: str) -> dict[str, Any]:
        """What the asset events that a DAG gave carry, by partition."""
        said = self.ask("GET", f"/api/v2/assets/events?limit=100&source_dag_id={dag_id}")
        return {one["partition_key"]: one["extra"] for one in said["asset_events"]}


@pytest.fixture(scope="module")
def metadata(postgres: EmbeddedPostgres) -> str:
    """The URL of Airflow's own database."""
    return postgres.ensure_database(f"airflow_{uuid4().hex}")


@pytest.fixture(scope="module")
def running(
    settings: Settings,
    service_variables: dict[str, str],
    metadata: str,
) -> Iterator[Installation]:
    assert settings.database.url is not None
    with pytest.MonkeyPatch.context() as patch:
        for name, value in service_variables.items():
            patch.setenv(name, value)
        quiet = {  # DAGs run when a test says so, and their files, which do not change, are read once
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        }
        with installed(settings, settings.database.url, metadata, free_port(), celery=True, **quiet) as started:
            yield started


@pytest.fixture(scope="module")
def api(running: Installation) -> Api:
    return Api(running)


def test_a_shell_that_reads_the_environment_file_speaks_to_this_airflow(running: Installation) -> None:
    command = f". {running.environment_file}; {Path(sys.executable).with_name('airflow')} pools list --output json"
    clean = {"PATH": os.environ["PATH"], "HOME": str(running.home)}
    done = subprocess.run(["sh", "-c", command], env=clean, capture_output=True, text=True, timeout=120, check=True)
    assert "portal_donghai" in done.stdout
    assert running.environment_file.stat().st_mode & 0o077 == 0


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def worker_of(running: Installation, pid: int) -> str | None:
    """Which worker a task's process descends from."""
    workers = {process.pid: name for name, process in running.processes.items() if name.startswith("worker")}
    while pid > 1 and pid not in workers:
        pid = parent(pid)
    return workers.get(pid)


def test_a_killed_worker_loses_nothing_and_nothing_comes_twice(
    running: Installation, api: Api, portal: RunningPortal, count: Callable[[str], int], metadata: str
) -> None:
    portal.faults(slow_seconds=2)
    api.until(
        "/api/v2/dags", lambda said: {"pull_donghai", "day_donghai"} <= {one["dag_id"] for one in said["dags"]}, 60
    )
    api.ask("POST", "/api/v2/dags/pull_donghai/dagRuns", {"logical_date": None, "dag_run_id": "killed"})
    api.ask("PATCH", "/api/v2/dags/pull_donghai", {"is_paused": False})  # scheduled runs come behind this one
    tasks = "/api/v2/dags/pull_donghai/dagRuns/killed/taskInstances"
    taking = lambda said: [  # noqa: E731
        one for one in said["task_instances"] if (one["task_id"], one["state"]) == ("take", "running") and one["pid"]
    ]
    victim = worker_of(running, api.until(tasks, taking, 90)[0]["pid"])
    assert victim is not None
    os.killpg(running.processes[victim].pid, signal.SIGKILL)
    api.killed.add(victim)
    portal.faults()
    with psycopg.connect(metadata) as connection:  # while it waits for what was lost, its time is over
        connection.execute("UPDATE deadline SET deadline_time = now()")
    state = lambda said: said["state"] if said["state"] in ("success", "failed") else None  # noqa: E731
    assert api.until("/api/v2/dags/pull_donghai/dagRuns/killed", state, 170) == "success"
    api.until(PULLS, lambda said: not said["dag_runs"], 120)  # in a pause a run that has begun would stand still
    api.ask("PATCH", "/api/v2/dags/pull_donghai", {"is_paused": True})
    takes = [one for one in api.ask("GET", tasks)["task_instances"] if one["task_id"] == "take"]
    assert max(one["try_number"] for one in takes) > 1, "the killed task was run again"
    assert count("SELECT count(*) FROM record") == KINDS * RECORDS
    assert count("SELECT max(version) FROM record") == 1
    until(lambda: count(LATE) == 1, "operators are told that the run was late", 60)


def test_a_backfill_of_the_past_never_moves_the_live_mark(
    running: Installation, api: Api, count: Callable[[str], int]
) -> None:
    running.tend()  # the killed worker is started again
    api.killed.clear()
    api.until(PULLS, lambda said: not said["dag_runs"], 120)  # only pulls move the mark, and they are paused
    before = count(MOVES)
    api.switch_on("day_donghai", "reconcile_donghai")
    span = {"from_date": "2026-01-05T00:00:00+08:00", "to_date": "2026-01-06T00:00:00+08:00"}  # as the command line
    api.ask("POST", "/api/v2/backfills", {"dag_id": "day_donghai", **span, "max_active_runs": 2})
    done = api.finished("day_donghai", 240, run_type="backfill")
    assert [one["state"] for one in done] == ["success"] * 2
    days = {one["partition_key"] for one in done}
    assert days == {"2026-01-05", "2026-01-06"}
    assert count(MOVES) == before
    assert not days & api.events("day_donghai").keys(), "nothing is compared that is long past"


def test_a_day_that_closes_is_reconciled_and_rolled_up_by_asset_events_alone(api: Api) -> None:
    api.switch_on("reconcile_rollup", "reconcile_month")
    days = [f"2026-01-{day:02}" for day in range(1, 32)]
    (rolled_up,) = api.ask("GET", "/api/v2/assets?name_pattern=reconciled_day")["assets"]
    for day in days[:-1]:
        api.ask("POST", "/api/v2/assets/events", {"asset_id": rolled_up["id"], "partition_key": day, "extra": {}})
    api.ask("POST", "/api/v2/dags/day_donghai/dagRuns", {"logical_date": None, "partition_key": days[-1]})
    for dag_id, partition in (
        ("reconcile_donghai", days[-1]),
        ("reconcile_rollup", days[-1]),
        ("reconcile_month", "2026-01"),
    ):
        (run,) = api.finished(dag_id, 240, partition_key=partition)
        assert (run["state"], run["run_type"]) == ("success", "asset_triggered"), dag_id
    counts = api.events("reconcile_rollup")[days[-1]]["donghai"]
    assert (counts["found"], counts["left"]) == (0, 0)
    path = f"/api/v2/dags/reconcile_month/dagRuns/{run['dag_run_id']}/taskInstances/roll_up/xcomEntries/return_value"
    month = api.ask("GET", path)["value"]
    assert sorted(month) == days
    assert month[days[-1]]["donghai"] == counts
