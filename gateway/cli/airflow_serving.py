"""`yizhan airflow`: Airflow on this machine over the embedded PostgreSQL, with our DAGs, pools and connections.

Every process is our child, is started again when it dies, and ends with us, however we end. The API server's health is
asked for as well: it may live without answering.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli import tether
from gateway.cli.airflow_home import USER, celery_variables, metadata_variables, password, server_variables
from gateway.serving.serving import database_of, environment_of
from gateway.store.embedded import EmbeddedPostgres

_READY_SECONDS = 120.0
_STOP_SECONDS = 30.0
_UNANSWERED_SECONDS = 60.0
_AIRFLOW = Path(sys.executable).with_name("airflow")
_CORE = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}


class Installation:
    """Airflow's processes, by name; `url` is where people go."""

    def __init__(self, variables: Mapping[str, str], commands: Mapping[str, Sequence[str]]) -> None:
        self.url = variables["AIRFLOW__API__BASE_URL"]
        self.home = Path(variables["AIRFLOW_HOME"])
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._variables = variables
        self._commands = commands
        self._answered = time.monotonic()

    def start(self) -> None:
        """Start everything and wait until all parts call themselves healthy."""
        self._write_environment()
        filling = [sys.executable, "-m", "gateway.cli.airflow_filling"]
        log = self.home / "filling.log"
        with log.open("wb") as out:
            if subprocess.run(filling, env=self._environment, stdout=out, stderr=out, check=False).returncode != 0:
                raise UserError(f"Airflow 的数据库未能建立，见 {log} / its database could not be made, see {log}")
        for name in self._commands:
            self._start(name)
        deadline = time.monotonic() + _READY_SECONDS
        while not self.is_healthy():
            if time.monotonic() > deadline:
                raise UserError(f"Airflow 未能就绪，见 {self.home} / it did not become ready, see the logs there")
            time.sleep(0.2)

    def tend(self) -> None:
        """Start again what has ended, and an API server that has not answered for a minute."""
        if self.is_healthy("metadatabase"):
            self._answered = time.monotonic()
        elif time.monotonic() - self._answered > _UNANSWERED_SECONDS:
            self._end("api-server")
            self._answered = time.monotonic()
        for name, process in self.processes.items():
            if process.poll() is not None:
                print(f"{name}: {process.returncode}, 重新启动 / started again", flush=True)
                self._start(name)

    def stop(self) -> None:
        """End everything, the last started first."""
        for process in reversed(self.processes.values()):
            process.terminate()
        for name in reversed(self.processes):
            self._end(name)

    def is_healthy(self, *parts: str) -> bool:
        """What the health endpoint says of these parts, of all by default."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310
                said = json.loads(answer.read())
        except (OSError, ValueError):
            return False
        wanted = parts or ("metadatabase", "scheduler", "triggerer", "dag_processor")
        return all((said.get(part) or {}).get("status") == "healthy" for part in wanted)

    @property
    def environment_file(self) -> Path:
        """What a shell reads (`. FILE`) so that its `airflow` commands are about this installation."""
        return self.home / "environment"

    def _write_environment(self) -> None:
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(self._variables.items())]
        self.environment_file.touch(mode=0o600)
        self.environment_file.write_text("".join(lines), encoding="utf-8")

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self._variables}

    def _start(self, name: str) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            command = [sys.executable, tether.__file__, *self._commands[name]]
            self.processes[name] = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def _end(self, name: str) -> None:
        """Ended within its time, or killed with the processes of its own that it left."""
        process = self.processes[name]
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def installed(
    settings: Settings, url: str, metadata_url: str, port: int, *, celery: bool, **more: str
) -> Iterator[Installation]:
    """Airflow, running: over the service's database `url` and its own. `more` are variables that go before ours."""
    home = settings.home / "airflow"
    variables = metadata_variables(home, metadata_url) | server_variables(home, port) | environment_of(settings, url)
    commands = {name: [str(_AIRFLOW), *command] for name, command in _CORE.items()}
    if celery:
        redis = free_port()
        variables |= celery_variables(redis, metadata_url)
        commands = _celery_commands(redis, home) | commands
    installation = Installation(variables | more, commands)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


def serve(settings: Settings, port: int | None, *, celery: bool) -> None:
    """Run until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server = EmbeddedPostgres(settings.home / "postgres")
    server.start()
    try:
        metadata_url = server.ensure_database("airflow")
        with (
            database_of(settings) as url,
            installed(settings, url, metadata_url, port or free_port(), celery=celery) as running,
        ):
            print(f"Airflow: {running.url}   {USER} / {password(running.home)}", flush=True)
            print(f"airflow 命令 commands: . {running.environment_file}; {_AIRFLOW} dags list", flush=True)
            while True:
                time.sleep(1)
                running.tend()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


def _celery_commands(redis_port: int, home: Path) -> dict[str, list[str]]:
    """Redis, and two workers."""
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)]
    worker = [str(_AIRFLOW), "celery", "worker", "--skip-serve-logs", "--celery-hostname"]
    return {"redis": redis, "worker-1": [*worker, "worker-1@%h"], "worker-2": [*worker, "worker-2@%h"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
