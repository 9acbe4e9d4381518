"""What DAG tests stand on: portals that run, the service's database, and Airflow in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.cli.airflow_home import metadata_variables
from gateway.store.embedded import EmbeddedPostgres
from tests.conftest import issue_partner
from tests.portals import RunningPortal, running_portal
from tests.processes import environment

DAGS = Path(__file__).parents[2] / "dags"
SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}
RECORDS = 130


class Runner:
    """`tests/dags/runner.py`, running."""

    def __init__(self, process: subprocess.Popen[str], logs: Sequence[Path]) -> None:
        self._process = process
        self._logs = logs
        self.found = self._said()

    def run(self, dag: str, conf: dict[str, Any] | None = None, answer: str | None = None) -> dict[str, Any]:
        """The state of a run by `dag.test()` and of its tasks: `tasks[id]` is a list of (state, tries)."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"dag": dag, "conf": conf, "answer": answer}) + "\n")
        self._process.stdin.flush()
        said = self._said()
        tasks: dict[str, list[tuple[str, int]]] = {}
        for name, _, state, tries in said["tasks"]:
            tasks.setdefault(name, []).append((state, tries))
        return {"state": said["state"], "tasks": tasks}

    def logged(self) -> bytes:
        """All that Airflow has logged so far."""
        files = [file for place in self._logs for file in (place, *place.rglob("*")) if file.is_file()]
        return b"\n".join(file.read_bytes() for file in files)

    def _said(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "Airflow ended"
        return json.loads(line)


@pytest.fixture(scope="session")
def airflow_variables(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Airflow with a home and a metadata database of its own, which reads our DAGs."""
    url = postgres.ensure_database(f"airflow_{uuid4().hex}")
    return metadata_variables(tmp_path_factory.mktemp("airflow"), url, DAGS)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    folder = tmp_path_factory.mktemp("rest")
    with running_portal("portal_rest.py", folder, "--records", RECORDS, **SECRETS) as started:
        yield started


@pytest.fixture(scope="module")
def service_variables(settings: Settings, portal: RunningPortal) -> dict[str, str]:
    """What a worker must know of the service under test and of the portal."""
    issue_partner(settings, "donghai", Role.PARTNER, "330000", "donghai")
    named = {f"DONGHAI_{name}": value for name, value in SECRETS.items()}
    known = {"YIZHAN_HTTP__PUBLIC_URL": "http://127.0.0.1", "DONGHAI_URL": f"{portal.url}/api"}
    return environment(settings) | known | named


@pytest.fixture(scope="module")
def runner(
    airflow_variables: dict[str, str], service_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    log = tmp_path_factory.mktemp("runner") / "airflow.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("runner.py"))],
            env=os.environ | service_variables | airflow_variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Runner(process, [log, Path(airflow_variables["AIRFLOW_HOME"])])
        finally:
            process.kill()


@pytest.fixture
def count(settings: Settings) -> Callable[[str], int]:
    """The one number that a query over the service's database gives."""
    import psycopg

    def ask(query: str) -> int:
        assert settings.database.url is not None
        with psycopg.connect(settings.database.url) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return row[0]

    return ask
