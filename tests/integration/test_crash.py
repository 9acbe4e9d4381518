"""What was acknowledged is never lost: SIGKILL under load, a database crash, and two processes racing."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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
from tests.conftest import Partner, ServedProcess, issue_partner, running, temporary_server, until
from tests.faults import doses, note, retried, tell

KILLS, CRASHES = 20, 5
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

    def differing(self, again: Mapping[int, httpx.Response]) -> list[int]:
        """What is not answered again as it was."""
        return [
            number
            for number, (status, body) in self.answers.items()
            if (again[number].status_code, again[number].content) != (status, body)
        ]


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
    for _ in range(doses(KILLS)):
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
    assert len(ledger.answers) > 10 * doses(KILLS)
    assert ledger.unanswered, "no kill came between a request and its answer"

    service.start()
    try:
        with httpx.Client(base_url=service.url, timeout=30, trust_env=False) as client:
            again = {number: send(client, partner, number) for number in ledger.answers}
            late = {number: send(client, partner, number) for number in ledger.unanswered}
    finally:
        service.stop()
    lost = ledger.differing(again)
    counts = stored(settings)
    note(
        "service killed under load (SIGKILL)",
        f"{doses(KILLS)} kills",
        acknowledged=len(ledger.answers),
        lost=len(lost),
        doubled=counts["records"] - len(ledger.answers) - len(late),
        recovery="the next start",
    )
    assert lost == []
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


def test_database_crashes_under_load_lose_nothing_acknowledged(
    own_server: EmbeddedPostgres, settings: Settings
) -> None:
    url = own_server.ensure_database("crash")
    migrate(url)
    crashed = settings.model_copy(update={"database": DatabaseSettings(url=url)})
    partner, ledger, stop = issue_partner(crashed), Ledger(), threading.Event()
    service = ServedProcess(crashed, alone=True)
    service.start()
    waits: list[float] = []
    try:
        with httpx.Client(base_url=service.url, timeout=30, trust_env=False) as client:
            threads = [
                threading.Thread(target=push_until, args=(stop, client, partner, ledger)) for _ in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            for _ in range(doses(CRASHES)):
                taken = len(ledger.answers)
                until(lambda taken=taken: len(ledger.answers) > taken + 50, "it takes some", of=service.process)
                crash(own_server)
                began, taken = time.monotonic(), len(ledger.answers)
                until(lambda taken=taken: len(ledger.answers) > taken, "it takes again by itself", of=service.process)
                waits.append(time.monotonic() - began)
            stop.set()
            for thread in threads:
                thread.join()
            again = {number: retried(lambda number=number: send(client, partner, number)) for number in ledger.answers}
    finally:
        stop.set()
        service.stop()
    lost = ledger.differing(again)
    counts = stored(crashed)
    note(
        "database killed under load (SIGKILL of all its processes)",
        f"{doses(CRASHES)} crashes",
        acknowledged=len(ledger.answers),
        lost=len(lost),
        doubled=counts["records"] - counts["submissions"],
        recovery=f"by itself, {max(waits):.1f} s at most",
    )
    assert lost == []
    assert counts["records"] == counts["submissions"] == counts["changes"]


def test_a_database_that_is_away_is_a_503_with_the_time_to_come_back(
    own_server: EmbeddedPostgres, settings: Settings
) -> None:
    url = own_server.ensure_database("away")
    migrate(url)
    away = settings.model_copy(update={"database": DatabaseSettings(url=url)})
    partner = issue_partner(away)
    with running(away) as client:
        assert send(client, partner, 1).status_code == 201
        crash(own_server)
        refused = send(client, partner, 2)
        assert (refused.status_code, refused.json()["code"]) == (503, "LIMIT-002")
        assert "retry-after" in refused.headers
        assert retried(lambda: send(client, partner, 2)).status_code == 201
