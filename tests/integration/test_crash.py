"""What was acknowledged is never lost: SIGKILL under load, a database crash, and two processes racing."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from gateway.base.settings import DatabaseSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from schemas import samples
from tests.conftest import Partner, ServedProcess, issue_partner, temporary_server, until
from tests.faults import tell

KILLS = 20
CLIENTS = 8


class Ledger:
    """What the service acknowledged, kept outside it: request number -> status and bytes of the answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self.answers: dict[int, tuple[int, bytes]] = {}
        self.unanswered: set[int] = set()

    def draw(self) -> int:
        with self._lock:
            self._next += 1
            return self._next

    def enter(self, number: int, answer: httpx.Response) -> None:
        with self._lock:
            self.answers[number] = (answer.status_code, answer.content)
            self.unanswered.discard(number)

    def lose(self, number: int) -> None:
        with self._lock:
            self.unanswered.add(number)


def send(client: httpx.Client, partner: Partner, number: int) -> httpx.Response:
    headers = {**partner.bearer, "Idempotency-Key": f"crash-{number}"}
    return client.post("/v1/contracts", content=orjson.dumps(samples.contract(number)), headers=headers)


def push_until(stop: threading.Event, client: httpx.Client, partner: Partner, ledger: Ledger) -> None:
    while not stop.is_set():
        number = ledger.draw()
        try:
            answer = send(client, partner, number)
        except httpx.HTTPError:
            ledger.lose(number)
            return
        if answer.status_code == 201:
            ledger.enter(number, answer)
        else:
            ledger.lose(number)


def test_twenty_kills_lose_nothing_and_retries_get_the_original_answer(settings: Settings, partner: Partner) -> None:
    ledger = Ledger()
    service = ServedProcess(settings, alone=True)
    chance = random.Random(20170804)
    for _ in range(KILLS):
        service.start()
        stop = threading.Event()
        with (
            httpx.Client(base_url=service.url, timeout=30, trust_env=False) as client,
            ThreadPoolExecutor(CLIENTS) as pool,
        ):
            before = len(ledger.answers)
            for _ in range(CLIENTS):
                pool.submit(push_until, stop, client, partner, ledger)
            enough = before + chance.randint(1, 120)
            until(lambda enough=enough: len(ledger.answers) >= enough, "answers came", of=service.process)
            service.kill()
            stop.set()
    assert len(ledger.answers) > 10 * KILLS
    assert ledger.unanswered, "no kill came between a request and its answer"

    service.start()
    try:
        with httpx.Client(base_url=service.url, timeout=30, trust_env=False) as client:
            for number, (status, body) in ledger.answers.items():
                retried = send(client, partner, number)
                assert (retried.status_code, retried.content) == (status, body)
            late = {number: send(client, partner, number) for number in ledger.unanswered}
    finally:
        service.stop()
    assert {answer.status_code for answer in late.values()} == {201}
    answers = [body for _, body in ledger.answers.values()] + [answer.content for answer in late.values()]
    codes = [orjson.loads(body)["records"][0]["code"] for body in answers]
    assert len(set(codes)) == len(codes) == stored(settings)["records"]
    assert stored(settings)["records"] == stored(settings)["submissions"] == stored(settings)["changes"]


def stored(settings: Settings) -> dict[str, int]:
    """Counts from the database itself, by its superuser."""
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        connection.execute("SELECT number_changes(1000000)")
        tables = {"records": "record", "submissions": "submission", "changes": "change"}
        return {
            name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]  # noqa: S608
            for name, table in tables.items()
        }


def test_two_processes_racing_equal_pushes_give_one_code_each(
    settings: Settings, new_database: Callable[[], str], new_partner: Callable[..., Partner]
) -> None:
    partner = new_partner("racer")
    services = [ServedProcess(settings, alone=True) for _ in range(2)]
    for service in services:
        service.start()
    try:
        bodies = [samples.contract(50_000 + index) for index in range(1000)]

        def push(job: tuple[int, dict[str, Any]]) -> dict[str, Any]:
            which, body = job
            headers = {**partner.bearer, "Idempotency-Key": f"{which}-{body['business_no']}"}
            answer = clients[which].post("/v1/contracts", content=orjson.dumps(body), headers=headers)
            assert answer.status_code in (200, 201)
            return answer.json()["records"][0]

        clients = [httpx.Client(base_url=service.url, timeout=60, trust_env=False) for service in services]
        with ThreadPoolExecutor(16) as pool:
            records = list(pool.map(push, [(which, body) for body in bodies for which in (0, 1)]))
        for client in clients:
            client.close()
    finally:
        for service in services:
            service.stop()
    codes: dict[str, set[str]] = {}
    for record in records:
        codes.setdefault(record["key"], set()).add(record["code"])
    assert len(codes) == 1000
    assert {len(each) for each in codes.values()} == {1}
    assert [record["status"] for record in records].count("accepted") == 1000


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A database server that a test may crash."""
    with temporary_server() as server:
        yield server


def crash(server: EmbeddedPostgres) -> None:
    """SIGKILL the whole database server."""
    tell(server, signal.SIGKILL)


def test_a_server_that_crashes_while_its_last_user_leaves_stays_down() -> None:
    with temporary_server() as server:
        crash(server)
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url())


def test_a_database_crash_loses_nothing_acknowledged(own_server: EmbeddedPostgres, settings: Settings) -> None:
    url = own_server.ensure_database("crash")
    migrate(url)

    crashed = settings.model_copy(update={"database": DatabaseSettings(url=url)})
    partner = issue_partner(crashed)
    service = ServedProcess(crashed, alone=True)
    service.start()
    try:
        with httpx.Client(base_url=service.url, timeout=30, trust_env=False) as client:
            before = {number: send(client, partner, number) for number in range(1, 60)}
            crash(own_server)
            refused = send(client, partner, 60)
            assert (refused.status_code, refused.json()["code"]) == (503, "LIMIT-002")
            assert "retry-after" in refused.headers
            until(
                lambda: client.get("/readyz").status_code == 200,
                "the database came up again by itself and the service found it",
                of=service.process,
            )
            after = {number: send(client, partner, number) for number in range(1, 61)}
    finally:
        service.stop()
    assert {number: answer.content for number, answer in before.items()} == {
        number: answer.content for number, answer in after.items() if number < 60
    }
    assert after[60].status_code == 201
