"""What the store promises: a feed without gaps, rows nobody else sees, no service on a database that may forget."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from sqlalchemy import text

from gateway.base.settings import Settings
from gateway.store.database import Database, NotDurable, Scope, migrate
from schemas import samples
from tests.conftest import Partner

PUSHES = 400


def test_nothing_new_ever_appears_at_or_below_the_high_water_mark(client: httpx.Client, partner: Partner) -> None:
    pushing = threading.Event()
    pushing.set()
    seen: list[int] = []

    def follow() -> None:
        after = 0
        while True:
            last_round = not pushing.is_set()
            page = client.get("/v1/changes", params={"after": after, "limit": 1000}, headers=partner.bearer).json()
            assert all(change["position"] > after for change in page["changes"])
            seen.extend(change["position"] for change in page["changes"])
            after = page["high_water"]
            if last_round:
                return

    def push(index: int) -> int:
        return client.post("/v1/contracts", json=samples.contract(index), headers=partner.bearer).status_code

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(16) as pool:
        statuses = set(pool.map(push, range(PUSHES)))
    pushing.clear()
    follower.join()
    assert statuses == {201}
    assert seen == list(range(1, PUSHES + 1))


def test_the_reader_sees_one_tenant_even_when_asked_for_all(
    client: httpx.Client, settings: Settings, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    other = new_partner("other", division="110105")
    for each in (partner, other):
        assert client.post("/v1/contracts", json=samples.contract(PUSHES + 1), auth=each.auth).status_code == 201

    async def tenants(scope: Scope) -> set[int]:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        try:
            async with database.reading(scope) as connection:
                return set((await connection.execute(text("SELECT tenant_id FROM record"))).scalars())
        finally:
            await database.close()

    everyone = asyncio.run(tenants(Scope(division="%")))
    assert len(everyone) == 2
    for tenant in everyone:
        assert asyncio.run(tenants(Scope(tenant_id=tenant))) == {tenant}
    assert asyncio.run(tenants(Scope())) == set()
    assert len(asyncio.run(tenants(Scope(division="1101%")))) == 1


def test_no_role_of_the_service_owns_tables_or_bypasses_row_level_security(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'yizhan\\_%' "
            "AND rolname IN ('yizhan_writer', 'yizhan_reader', 'yizhan_public')"
        ).fetchall()
        owners = {row[0] for row in connection.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")}
    assert len(roles) == 3
    assert not any(is_super or bypasses for _, is_super, bypasses in roles)
    assert owners.isdisjoint(name for name, _, _ in roles)


def test_bodies_and_raw_bytes_are_not_readable_in_the_store(
    client: httpx.Client, partner: Partner, database_url: str
) -> None:
    contract = samples.contract(2)
    assert client.post("/v1/contracts", json=contract, auth=partner.auth).status_code == 201
    bad = samples.contract(3)
    bad["travellers"][0]["document"]["number"] = "11010519491231002"
    assert client.post("/v1/contracts", json=bad, auth=partner.auth).status_code == 422
    with psycopg.connect(database_url) as connection:
        tables = ("record", "submission", "dead_letter", "change", "idempotency", "audit")
        dump = "".join(
            str(connection.execute(f"SELECT {table}::text FROM {table}").fetchall())  # noqa: S608 - literals above
            for table in tables
        )
    for person in (*contract["travellers"], *bad["travellers"]):
        for secret in (person["document"]["number"], person["name"]):
            assert secret not in dump
            assert secret.encode().hex() not in dump


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_the_service_refuses_a_database_that_may_forget(new_database: Callable[[], str], setting: str) -> None:
    url = new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET {setting} = off')
    with pytest.raises(NotDurable, match=setting):
        migrate(url)

    async def serve() -> None:
        database = Database(url, 2)
        try:
            await database.must_be_durable()
        finally:
            await database.close()

    with pytest.raises(NotDurable, match=setting):
        asyncio.run(serve())
