"""What hangs keeps up only those who need it: a stopped writer, a locked record, a server that says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.base.settings import DatabaseSettings, Settings
from gateway.store.database import Database, Patience, migrate
from schemas import samples
from tests.conftest import Partner, ServedProcess, issue_partner, running, temporary_server, until
from tests.faults import hanging, note, retried

_ARRIVES = """
    INSERT INTO change_arrival (tenant_id, sender_id, division, kind, key, event, version, state, at)
    SELECT id, id, '350203', 'contract', 'stopped', 'created', 1, 'generated', now() FROM tenant WHERE name = 'acme'
"""


def push(client: httpx.Client, partner: Partner, index: int, **changed: Any) -> httpx.Response:
    body = samples.contract(index) | changed
    return client.post("/v1/contracts?amend=true", json=body, headers=partner.bearer)


@contextmanager
def superuser(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        yield connection


def keys_after(client: httpx.Client, partner: Partner, after: int) -> tuple[list[str], int]:
    page = client.get("/v1/changes", params={"after": after, "limit": 1000}, headers=partner.bearer).json()
    return [change["key"] for change in page["changes"]], page["high_water"]


def test_a_stopped_writer_stops_nobody_and_nothing_appears_below_the_mark(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    _, start = keys_after(client, partner, 0)
    with superuser(settings) as stopped:
        stopped.execute(_ARRIVES)
        assert push(client, partner, 1).status_code == 201
        seen, mark = keys_after(client, partner, start)
        assert seen == ["ERP-2017-00000001"]
        stopped.commit()
    seen, after = keys_after(client, partner, mark)
    note(
        "writer stopped in the middle of its commit",
        "1 transaction",
        acknowledged=1,
        lost=int("stopped" not in seen),
        doubled=seen.count("ERP-2017-00000001"),
        recovery="nobody waits for it",
    )
    assert (seen, after) == (["stopped"], mark + 1)
    assert keys_after(client, partner, after) == ([], after)


def test_amendments_of_locked_records_do_not_keep_up_others(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    for index in (10, 11):
        assert push(client, partner, index).status_code == 201
    with ThreadPoolExecutor(8) as pool, superuser(settings) as holder:
        holder.execute("SELECT FROM record WHERE key LIKE 'ERP-2017-0000001_' FOR UPDATE")
        waiting: list[Future[httpx.Response]] = [
            pool.submit(push, client, partner, index, signing_place="厦门") for index in (10, 11)
        ]
        until(lambda: _waiting_for_locks(settings) >= 2, "both amendments wait for their records")
        others = list(pool.map(lambda index: push(client, partner, index).status_code, range(100, 140)))
        assert others == [201] * 40
        assert not any(each.done() for each in waiting)
        holder.rollback()
        answers = [each.result() for each in waiting]
    assert [answer.json()["records"][0]["status"] for answer in answers] == ["amended", "amended"]


def _waiting_for_locks(settings: Settings) -> int:
    with superuser(settings) as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    assert row is not None
    return row[0]


def test_a_record_that_stays_locked_is_a_503_and_a_retry_goes_through(
    settings: Settings, new_database: Callable[[], str]
) -> None:
    short = settings.model_copy(update={"database": DatabaseSettings(url=new_database(), lock_seconds=0.5)})
    partner = issue_partner(short)
    with running(short) as client:
        assert push(client, partner, 1).status_code == 201
        with superuser(short) as holder:
            holder.execute("SELECT FROM record FOR UPDATE")
            refused = push(client, partner, 1, signing_place="厦门")
            assert (refused.status_code, refused.json()["code"]) == (503, "LIMIT-002")
            assert "retry-after" in refused.headers
        assert push(client, partner, 1, signing_place="厦门").json()["records"][0]["status"] == "amended"


def test_the_server_ends_the_transaction_of_a_frozen_instance(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    assert push(client, partner, 20).status_code == 201

    async def go_on_too_late(database: Database) -> None:
        async with database.writing() as connection:
            await connection.execute(text("SELECT FROM record WHERE key = 'ERP-2017-00000020' FOR UPDATE"))
            amended = await asyncio.to_thread(push, client, partner, 20, signing_place="厦门")
            assert amended.json()["records"][0]["status"] == "amended"
            await connection.execute(text("SELECT 1"))

    async def freeze() -> None:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2, Patience(idle=0.2))
        try:
            with pytest.raises(OperationalError, match="idle-in-transaction"):
                await go_on_too_late(database)
            await database.must_answer()
        finally:
            await database.close()

    asyncio.run(freeze())


@pytest.fixture(scope="module")
def on_own_server(settings: Settings) -> Iterator[tuple[Settings, Any]]:
    with temporary_server() as server:
        url = server.ensure_database("hanging")
        migrate(url)
        yield settings.model_copy(update={"database": DatabaseSettings(url=url, silence_seconds=2.0)}), server


def test_a_server_that_says_nothing_is_a_503_on_every_door_and_nothing_is_lost(
    on_own_server: tuple[Settings, Any],
) -> None:
    settings, server = on_own_server
    partner = issue_partner(settings)
    with running(settings) as client:
        code = push(client, partner, 1).json()["records"][0]["code"]
        questions: list[Callable[[], httpx.Response]] = [
            lambda: push(client, partner, 2),
            lambda: push(client, partner, 1, signing_place="厦门"),
            lambda: client.get("/readyz"),
            lambda: client.get("/v1/changes", auth=partner.auth),
            lambda: client.get(f"/v1/contracts/{code}", headers=partner.bearer),
            lambda: client.get(f"/v1/verify/{code}"),
        ]
        reading = {"Accept": "text/html", "Cookie": "__Host-yizhan=x"}
        pages = [partial(client.get, path, headers=reading) for path in ("/desk", "/nowhere", "/status")]
        assert client.get("/status", headers=reading).status_code == 200
        with hanging(server), ThreadPoolExecutor(len(questions) + len(pages)) as pool:
            answers = list(pool.map(lambda ask: ask(), questions + pages))
        assert [answer.status_code for answer in answers] == [503] * len(answers)
        desk, nowhere, status = answers[len(questions) :]
        assert all("retry-after" in answer.headers for answer in answers if answer is not status)
        assert all('href="/status"' in page.text for page in (desk, nowhere))
        assert "数据库暂不可用" in status.text
        until(lambda: client.get("/readyz").status_code == 200, "it answers again")
        assert push(client, partner, 2).json()["records"][0]["status"] in ("accepted", "unchanged")
        is_there = client.get(f"/v1/verify/{code}").status_code == 200
        with superuser(settings) as connection:
            row = connection.execute("SELECT count(*) FROM record").fetchone()
    assert row is not None
    note(
        "database says nothing (SIGSTOP)",
        "every door at once",
        acknowledged=1,
        lost=int(not is_there),
        doubled=row[0] - 2,
        recovery="503 meanwhile; by itself when it answers again",
    )
    assert (is_there, row[0]) == (True, 2)


def test_workers_go_on_after_a_server_said_nothing_and_after_losing_every_connection(
    on_own_server: tuple[Settings, Any],
) -> None:
    settings, server = on_own_server
    partner = issue_partner(settings)
    service = ServedProcess(settings)
    service.start()
    try:
        with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
            done(client, partner, 1000)
            with hanging(server):
                assert push(client, partner, 5000).status_code == 503
            until(lambda: client.get("/readyz").status_code == 200, "it answers again", of=service.process)
            done(client, partner, 2000)
            with psycopg.connect(settings.database.url or "", autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )
            until(lambda: client.get("/readyz").status_code == 200, "it has found new connections", of=service.process)
            done(client, partner, 3000)
    finally:
        service.stop()


def done(client: httpx.Client, partner: Partner, first: int) -> None:
    """Send a document for later, and wait until it has been worked on."""
    body = [samples.contract(index) for index in range(first, first + 10)]
    headers = {**partner.bearer, "Prefer": "respond-async"}
    answer = retried(lambda: client.post("/v1/contracts", json=body, headers=headers))
    where = f"/v1/submissions/{answer.json()['submission_id']}"
    until(lambda: client.get(where, headers=partner.bearer).json().get("state") == "done", "the document is done")


def test_a_service_ends_while_its_database_says_nothing(on_own_server: tuple[Settings, Any]) -> None:
    settings, server = on_own_server
    service = ServedProcess(settings)
    service.start()
    with hanging(server):
        service.stop()
    assert service.process is not None
    assert service.process.poll() is not None
