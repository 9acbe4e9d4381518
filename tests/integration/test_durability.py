"""The durability of the database, switched off while the service runs: refused, told, and taken up again by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import orjson
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import DatabaseSettings, HttpSettings, LimitSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from schemas import samples
from tests.conftest import Partner, issue_partner, running, temporary_server, until
from tests.integration.sftp import DropProcess, awaited, export, issue_account
from tests.soap_messages import envelope, request_of, with_username

SETTINGS = {"synchronous_commit": "off", "fsync": "off", "full_page_writes": "off"}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """Of its own: its settings are those of every database in it."""
    with temporary_server() as own:
        yield own


@pytest.fixture(scope="module")
def settings(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        home=tmp_path_factory.mktemp("home"),
        master_key="5a" * 32,
        database=DatabaseSettings(url=server.ensure_database("durability")),
        http=HttpSettings(public_url="https://verify.example.test"),
        limits=LimitSettings(partner_per_minute=10**6, public_per_minute=10**6),
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture
def switch(server: EmbeddedPostgres) -> Iterator[Callable[..., None]]:
    """Sets or resets a setting of the running server; in the end all are as before."""

    def put(name: str, value: str | None = None) -> None:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            change = f"ALTER SYSTEM RESET {name}" if value is None else f"ALTER SYSTEM SET {name} = {value}"
            connection.execute(change.encode())
            connection.execute("SELECT pg_reload_conf()")

    yield put
    for name in SETTINGS:
        put(name)


def is_ready(client: httpx.Client) -> bool:
    return client.get("/readyz").status_code == 200


def push(client: httpx.Client, partner: Partner, number: int) -> httpx.Response:
    return client.post("/v1/contracts", json=samples.contract(number), auth=partner.auth)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_weak_setting_is_refused_told_and_recovered_from(
    client: httpx.Client, settings: Settings, switch: Callable[..., None], name: str
) -> None:
    partner = issue_partner(settings, "durable")
    operator = issue_partner(settings, "operations", Role.OPERATOR)
    numbers = iter(range(100 * (1 + list(SETTINGS).index(name)), 10**6))
    stored = push(client, partner, next(numbers))
    assert stored.status_code == 201
    code = stored.json()["records"][0]["code"]
    switch(name, SETTINGS[name])
    until(lambda: not is_ready(client), "it is seen")
    refused = push(client, partner, next(numbers))
    assert (refused.status_code, refused.json()["code"]) == (503, "LIMIT-005")
    assert int(refused.headers["retry-after"]) > 0
    assert name in refused.json()["detail_en"]
    large = client.post(
        "/v1/contracts", json=[samples.contract(next(numbers))], auth=partner.auth, headers={"Prefer": "respond-async"}
    )
    assert large.status_code == 503
    moved = client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=partner.auth)
    assert moved.status_code == 503
    upload = {"size_bytes": 2, "sha256": "0" * 64}
    assert client.post("/v1/uploads?kind=contract", json=upload, auth=partner.auth).status_code in (400, 503)
    message = with_username(
        envelope(request_of("SubmitContracts", contract=[samples.contract(next(numbers))])),
        partner.api_key,
        partner.secret,
    )
    fault = client.post("/soap", content=message, headers={"Content-Type": "text/xml", "SOAPAction": '""'})
    assert (fault.status_code, "LIMIT-005" in fault.text) == (500, True)
    assert client.get(f"/v1/contracts/{code}", auth=partner.auth).status_code == 200  # reading goes on
    alerts = until(lambda: client.get("/v1/alerts", auth=operator.auth).json()["alerts"], "operators are told")
    assert [each["code"] for each in alerts] == ["ALERT-011"]
    assert "yizhan_durable 0.0" in client.get("/metrics").text
    switch(name)
    until(lambda: is_ready(client), "it recovers by itself")
    assert push(client, partner, next(numbers)).status_code == 201
    until(lambda: not client.get("/v1/alerts", auth=operator.auth).json()["alerts"], "the alert is closed")


def test_a_dropped_file_waits(
    settings: Settings, server: EmbeddedPostgres, switch: Callable[..., None], tmp_path: Path
) -> None:
    """Over a database of its own, where nobody but the drop raises alerts."""
    url = server.ensure_database("dropped")
    migrate(url)
    settings = settings.model_copy(update={"database": DatabaseSettings(url=url), "home": tmp_path})
    issue_partner(settings, "operations", Role.OPERATOR)
    sender = issue_account(settings, "dropper", "laoqiao")
    drop = DropProcess(settings)
    drop.start()
    try:
        with drop.login(sender) as client:
            client.drop("first.csv", export("DUR-1"))
            awaited(client, "receipts/first.csv.receipt.json", drop.process)
            switch("synchronous_commit", "off")
            until(lambda: open_alerts(settings), "the drop has seen it", of=drop.process)
            client.drop("second.csv", export("DUR-2"))
            for _ in range(20):  # it is looked for at once, and every 0.2 s
                assert not client.exists("receipts/second.csv.receipt.json")
                assert client.exists("in/second.csv")
            restored = Clock.now()
            switch("synchronous_commit")
            answer = orjson.loads(awaited(client, "receipts/second.csv.receipt.json", drop.process))
        assert received_at(settings, answer["submission_id"]) >= restored
    finally:
        drop.stop()


def open_alerts(settings: Settings) -> int:
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        query = "SELECT count(*) FROM alert WHERE code = 'ALERT-011' AND closed_at IS NULL"
        (count,) = connection.execute(query).fetchone() or (0,)
        return count


def received_at(settings: Settings, submission_id: str) -> datetime:
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        (at,) = connection.execute("SELECT received_at FROM submission WHERE id = %s", [submission_id]).fetchone() or ()
        return at
