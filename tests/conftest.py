"""What tests stand on: a real PostgreSQL of their own, the real application, partners with credentials."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import hypothesis
import psycopg
import pytest
import uvicorn

from gateway.access.accounts import Accounts, Role
from gateway.base.settings import DatabaseSettings, HttpSettings, LimitSettings, Settings
from gateway.client.client import HmacAuth
from gateway.serving.app import build
from gateway.serving.http1 import wire
from gateway.store.database import Database, migrate
from gateway.store.embedded import EmbeddedPostgres
from gateway.templates import national
from gateway.trust.sealing import MasterKey
from tests.components import needs
from tests.processes import Command, Ending

T = TypeVar("T")
_READY_SECONDS = 60.0
_MEMORY = Path("/dev/shm")  # noqa: S108 - tests make folders of their own in it
_ROOM_BYTES = 8 * 2**30
_PREFIX = "yizhan-tests-"
_OLD_SECONDS = 3600.0
_FIRST_PORT, _PORT_STEP, _PORT_SHARES, _PORTS_EACH = 12_000, 30, 4, 160
_port_numbers = count(random.randrange(_PORTS_EACH))
HTTP = httpx.Client(timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""For single questions to a service that has just started, or is about to end; a client costs 20 ms to make."""
hypothesis.settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("steady")
collect_ignore = ["packages"]  # installed by a test, which runs their own
if "YIZHAN_SOAK" not in os.environ:
    collect_ignore.append("soak")  # `make soak`: hours, not minutes


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """What tests write goes into memory where there is room: a service writes through to the disk all the time."""
    if config.option.basetemp is None and _is_roomy():
        _sweep(_MEMORY)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
        config.option.basetemp = str(folder / "pytest")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a test is marked to need must be there before anything is started for it."""
    for mark in item.iter_markers("needs"):
        for component in mark.args:
            needs(component)


@dataclass(frozen=True)
class Partner:
    """A tenant's credential, ready to be used as httpx authentication or as a header."""

    name: str
    api_key: str
    secret: str

    @property
    def auth(self) -> HmacAuth:
        return HmacAuth(self.api_key, self.secret)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}.{self.secret}"}


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The embedded server of this test process; it ends with the last process that uses it."""
    with temporary_server() as server:
        yield server


@contextmanager
def temporary_server() -> Iterator[EmbeddedPostgres]:
    """A database server in a folder of its own, which goes with it."""
    with open_folder() as folder:
        server = EmbeddedPostgres(folder / "postgres")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that the unprivileged user of a database server may enter; it goes with the test.

    In memory where there is room: tests kill processes, never the machine, so nothing needs to reach a disk.
    """
    parent = _MEMORY if _is_roomy() else Path(tempfile.gettempdir())
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_roomy() -> bool:
    return _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES


def _sweep(parent: Path) -> None:
    """Remove what runs that were killed have left: old folders whose databases nobody uses."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _OLD_SECONDS and not any(map(_is_held, folder.rglob("*.lock"))):
                shutil.rmtree(folder, ignore_errors=True)


def _is_held(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.fixture(scope="session")
def new_database(postgres: EmbeddedPostgres) -> Callable[[], str]:
    """Makes a migrated database, with the nation's model contracts in it as after a first start; its URL."""
    template = postgres.ensure_database("migrated")
    migrate(template)
    asyncio.run(_publish_national(template))

    return lambda: copy_of(postgres, "migrated")


def copy_of(postgres: EmbeddedPostgres, database: str) -> str:
    """The URL of a copy of a database. Whoever was connected to it has hung up; the server may not have noticed yet."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        until(
            lambda: connection.execute(connected, [database]).fetchone() == (0,), f"nobody is connected to {database}"
        )
    return postgres.ensure_database(f"test_{uuid4().hex}", template=database)


async def _publish_national(url: str) -> None:
    database = Database(url)
    try:
        await national.publish(database)
    finally:
        await database.close()


@pytest.fixture(scope="module")
def database_url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the application under test; limits are out of the way unless a test is about them."""
    return Settings(
        home=tmp_path_factory.mktemp("home"),
        master_key="5a" * 32,
        database=DatabaseSettings(url=database_url),
        http=HttpSettings(public_url="https://verify.example.test"),
        limits=LimitSettings(partner_per_minute=10**6, public_per_minute=10**6),
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the application, which runs in a thread of this process behind a real socket."""
    with running(settings) as opened:
        yield opened


@contextmanager
def running(settings: Settings) -> Iterator[httpx.Client]:
    config = uvicorn.Config(build(settings), port=free_port(), log_level="warning", **wire(settings.http))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive(), "the application started")
        assert server.started, "the application ended at start"
        behind = {"X-Forwarded-Proto": urlsplit(settings.public_url).scheme}  # as from the proxy that ends TLS
        url = f"http://127.0.0.1:{config.port}"
        with httpx.Client(base_url=url, headers=behind, timeout=60, trust_env=False) as opened:
            yield opened
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def until(
    holds: Callable[[], T],
    what: str,
    seconds: float = _READY_SECONDS,
    every: float = 0.01,
    *,
    of: Ending | None = None,
) -> T:
    """The first true value of something that nothing announces, and that cannot come when its process `of` ended."""
    deadline = time.monotonic() + seconds
    while True:
        status = None if of is None else of.poll()
        if found := holds():
            return found
        assert status is None, f"its process ended with {status}: {what}"
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)


@pytest.fixture(scope="module")
def new_partner(settings: Settings) -> Callable[..., Partner]:
    """Adds a tenant with a credential."""

    def add(name: str = "acme", role: Role = Role.PARTNER, division: str = "350203") -> Partner:
        return issue_partner(settings, name, role, division)

    return add


def issue_partner(
    settings: Settings,
    name: str = "acme",
    role: Role = Role.PARTNER,
    division: str = "350203",
    connector: str | None = None,
    *,
    uscc: str = "",
    speaks_for: str = "000000",
) -> Partner:
    """A credential of a tenant in the database of `settings`, for the doors of `connector` if one is given.

    By default it may speak for every agency, so that a test may send whatever it likes.
    """

    async def issue() -> Partner:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        accounts = Accounts(database, MasterKey.load(settings.master_key, settings.home / "master.key"))
        try:
            tenant = await accounts.ensure_tenant(name, f"{name} 旅行社", division, uscc, speaks_for=speaks_for)
            issued = await accounts.issue(tenant, role, connector)
        finally:
            await database.close()
        return Partner(name, issued.id, issued.secret)

    return asyncio.run(issue())


@pytest.fixture(scope="module")
def partner(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner()


def free_port() -> int:
    """A port that nothing listens on, and a few free ones behind it.

    Below those that the kernel gives to clients, each of which is kept from servers for a minute after its use; each
    test worker has its own, and gives one again after many others.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PORT_SHARES
    for nth in _port_numbers:
        port = _FIRST_PORT + (worker * _PORTS_EACH + nth % _PORTS_EACH) * _PORT_STEP
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is always a next number")


def is_ready(url: str) -> bool:
    """Whether a service answers that it can store."""
    with suppress(httpx.HTTPError):
        return HTTP.get(f"{url}/readyz", timeout=5).status_code == 200
    return False


class ServedProcess:
    """`yizhan serve` as a process of its own, as an operator runs it; `alone`, without workers and relay beside it.

    With a `host` it is called by that name.
    """

    def __init__(self, settings: Settings, workers: int = 1, *, alone: bool = False, host: str = "127.0.0.1") -> None:
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        assert settings.database.url is not None
        assert settings.master_key is not None
        self._environment = os.environ | {
            "YIZHAN_HOME": str(settings.home),
            "YIZHAN_MASTER_KEY": settings.master_key,
            "YIZHAN_DATABASE__URL": settings.database.url,
            "YIZHAN_HTTP__PORT": str(self.port),
            "YIZHAN_HTTP__PUBLIC_URL": self.url,
            "YIZHAN_HTTP__WORKERS": str(workers),
            "YIZHAN_LIMITS__PUBLIC_PER_MINUTE": "1000000",
        }
        if alone:
            self._environment |= {"YIZHAN_BATCH__WORKERS": "0", "YIZHAN_RELAY__ENABLED": "false"}
        self.process: Command | None = None

    def start(self) -> None:
        """Start and wait until it is ready."""
        self.process = Command("serve", environment=self._environment)
        until(lambda: is_ready(self.url), "the service is ready", every=0.02, of=self.process)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def service(settings: Settings) -> Iterator[ServedProcess]:
    """The real service on a free port."""
    served = ServedProcess(settings)
    served.start()
    try:
        yield served
    finally:
        served.stop()
