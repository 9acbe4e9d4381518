"""A primary with a synchronous standby: the primary is lost under load, the standby takes its place."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg

from gateway.base.settings import DatabaseSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from tests.conftest import ServedProcess, issue_partner, open_folder, until
from tests.faults import note, retried, tell
from tests.integration.test_crash import CLIENTS, Ledger, push_until, send, stored

_NAME = "standby"


class Pair:
    """A primary that waits for its standby with every commit."""

    def __init__(self, folder: Path) -> None:
        self.primary = EmbeddedPostgres(folder / "primary")
        self.standby = EmbeddedPostgres(folder / "standby")

    def start(self) -> None:
        self.primary.start()
        migrate(self.primary.ensure_database(_NAME))
        self.standby.folder.mkdir(mode=0o755)
        shutil.copy(self.primary.folder / "password", self.standby.folder)
        for path in (self.standby.folder, self.standby.folder / "password"):
            self.primary._account.owns(path)
        copied = self.primary._run(
            "pg_basebackup", "-D", str(self.standby.data), "-R", "--checkpoint=fast", "-d", self._follows()
        )
        assert copied.returncode == 0, copied.stderr.decode()
        self.standby.start()
        with psycopg.connect(self.primary.url(), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{_NAME}'")
            connection.execute("SELECT pg_reload_conf()")
            until(lambda: _is_synchronous(connection), "the standby follows")

    def _follows(self) -> str:
        return f"{self.primary.url()}&application_name={_NAME}"

    @property
    def url(self) -> str:
        """Both, of which the one that may be written to is meant."""
        first, second = self.primary.url(_NAME), self.standby.url(_NAME)
        other = second.partition("?host=")[2]
        return f"{first}{quote(',')}{other}&target_session_attrs=read-write"

    def lose_primary(self) -> None:
        """As when its machine burns: nobody starts it again."""
        assert self.primary._guard is not None
        self.primary._guard.kill()
        tell(self.primary, signal.SIGKILL)

    def promote(self) -> None:
        with psycopg.connect(self.standby.url(), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def stop(self) -> None:
        self.standby.stop()
        self.primary.stop()


def _is_synchronous(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchone()
    return row == ("sync",)


@contextmanager
def pair() -> Iterator[Pair]:
    with open_folder() as folder:
        servers = Pair(folder)
        try:
            servers.start()
            yield servers
        finally:
            servers.stop()


def test_the_standby_takes_over_under_load_and_nothing_acknowledged_is_lost(settings: Settings) -> None:
    ledger = Ledger()
    with pair() as servers:
        replicated = settings.model_copy(update={"database": DatabaseSettings(url=servers.url)})
        partner = issue_partner(replicated)
        service = ServedProcess(replicated, alone=True)
        service.start()
        stop = threading.Event()
        try:
            with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
                pushing = [
                    threading.Thread(target=push_until, args=(stop, client, partner, ledger)) for _ in range(CLIENTS)
                ]
                for thread in pushing:
                    thread.start()
                until(lambda: len(ledger.answers) > 200, "it has taken some")
                began = time.monotonic()
                servers.lose_primary()
                servers.promote()
                taken = len(ledger.answers)
                until(lambda: len(ledger.answers) > taken, "it takes again by itself", of=service.process)
                waited = time.monotonic() - began
                until(lambda: len(ledger.answers) > taken + 200, "and goes on")
                stop.set()
                for thread in pushing:
                    thread.join()
                again = {
                    number: retried(lambda number=number: send(client, partner, number)) for number in ledger.answers
                }
            counts = stored(replicated)
        finally:
            stop.set()
            service.stop()
    lost = ledger.differing(again)
    note(
        "primary lost under load, synchronous standby promoted",
        "1 failover",
        acknowledged=len(ledger.answers),
        lost=len(lost),
        doubled=counts["records"] - counts["submissions"],
        recovery=f"by itself, {waited:.1f} s after the loss",
    )
    assert lost == []
    assert counts["records"] == counts["submissions"]
