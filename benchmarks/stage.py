"""Everybody who is measured, up and warm: one PostgreSQL, our service, the plain service, the bare echo."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import load
from gateway.access.accounts import Accounts, Role
from gateway.store.database import Database, migrate, sqlalchemy_url
from gateway.store.embedded import EmbeddedPostgres
from gateway.trust.sealing import MasterKey

WORKERS = 2
_ROOT = Path(__file__).parent.parent
_READY_SECONDS = 60.0
_DONE_SECONDS = 300.0
_UNLIMITED = "1000000000"


@dataclass(frozen=True, slots=True)
class Stage:
    """Ports of the three servers, the address of our database, and a credential of our service."""

    folder: Path
    postgres: EmbeddedPostgres
    ours: int
    plain: int
    echo: int
    bearer: str

    @property
    def database_url(self) -> str:
        return self.postgres.url("yizhan")

    def drive(self, port: int, requests: list[bytes], status: int, connections: int = 64) -> dict[str, float]:
        """Send the requests from a process of its own; every answer must have `status`."""
        file = self.folder / "requests"
        load.write_requests(file, requests)
        command = [sys.executable, "-m", "benchmarks.load", str(file), "--port", str(port)]
        output = subprocess.check_output([*command, "--connections", str(connections)], cwd=_ROOT, timeout=180)
        report: dict[str, Any] = json.loads(output)
        assert report["statuses"] == {str(status): len(requests)}, report["statuses"]
        return {name: report[name] for name in ("per_second", "p50_ms", "p99_ms")}


@contextmanager
def set_up() -> Iterator[Stage]:
    """All servers with the same number of workers over the same PostgreSQL, each with a database of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yizhan-bench-")))
        folder.chmod(0o755)  # the unprivileged user of PostgreSQL must be able to enter
        postgres = EmbeddedPostgres(folder / "postgres")
        postgres.start()
        stack.callback(postgres.stop)
        ours = postgres.ensure_database("yizhan")
        plain = sqlalchemy_url(postgres.ensure_database("plain"))
        migrate(ours)
        environment = {"PLAIN_DATABASE_URL": plain}
        subprocess.run(
            [sys.executable, "-c", "import benchmarks.plain_service"],
            check=True,
            cwd=_ROOT,
            env=os.environ | environment,
        )
        yield Stage(
            folder,
            postgres,
            stack.enter_context(service(folder, ours, {"YIZHAN_BATCH__WORKERS": "0"}))[0],  # the peers have none either
            stack.enter_context(_uvicorn("benchmarks.plain_service:app", environment)),
            stack.enter_context(_uvicorn("benchmarks.echo:application", {}, "--lifespan", "off")),
            asyncio.run(credential(ours, folder)),
        )


@contextmanager
def service(home: Path, database_url: str, changes: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Our service over a database; its port and process id."""
    port = _free_port()
    environment = {
        "YIZHAN_HOME": str(home),
        "YIZHAN_DATABASE__URL": database_url,
        "YIZHAN_HTTP__PORT": str(port),
        "YIZHAN_HTTP__WORKERS": str(WORKERS),
        "YIZHAN_RELAY__ENABLED": "false",
        "YIZHAN_LIMITS__PARTNER_PER_MINUTE": _UNLIMITED,
        "YIZHAN_LIMITS__PUBLIC_PER_MINUTE": _UNLIMITED,
        **changes,
    }
    with _running([sys.executable, "-m", "gateway.cli.main", "serve"], environment, port) as pid:
        yield port, pid


@contextmanager
def _uvicorn(application: str, environment: dict[str, str], *options: str) -> Iterator[int]:
    """With the same event loop, parser and options as our service."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--workers", str(WORKERS)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning", *options]
    with _running(command, environment, port):
        yield port


@contextmanager
def _running(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=_ROOT, env=os.environ | environment)
    try:
        _await_port(process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def awaited(holds: Callable[[], bool], process: subprocess.Popen[Any], every: float) -> None:
    """Return when it holds. RuntimeError when the process that should bring it about has ended, or takes too long."""
    deadline = time.monotonic() + _DONE_SECONDS
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} ended ({process.returncode}) or stands still")
        time.sleep(every)


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args!r} does not serve") from None
            time.sleep(0.05)
        else:
            time.sleep(2)  # the port is open before every worker is ready
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def credential(url: str, home: Path) -> str:
    database = Database(url, 2)
    accounts = Accounts(database, MasterKey.load(None, home / "master.key"))
    tenant = await accounts.ensure_tenant("bench", "示例旅行社", "110105", "91350100M000100Y43", speaks_for="000000")
    bearer = (await accounts.issue(tenant, Role.PARTNER)).bearer
    await database.close()
    return bearer
