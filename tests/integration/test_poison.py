"""A record that no worker survives must not hold its neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
import psycopg
import pytest
from structlog.testing import capture_logs

from adapters.canonical import canonical
from adapters.connector import Connector
from adapters.envelope import Channel, Envelope, Outcome, SourceRecord
from gateway.base.settings import DatabaseSettings, Settings
from gateway.onboarding.live import LiveConnectors
from gateway.store.database import Scope
from gateway.wiring.services import Services, open_services
from schemas.rules.report import Register
from schemas.samples import contract


class _Moody:
    """The canonical route, but for one record that makes it fail in a way nobody foresaw."""

    def __init__(self, poison: str) -> None:
        self._route = canonical("contract.v1").route()
        self._poison = poison
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._route, name)

    def __call__(self, record: SourceRecord, today: date, register: Register | None = None, **options: Any) -> Outcome:
        if record.data["business_no"] == self._poison:
            self.tried += 1
            raise MemoryError
        return self._route(record, today, **options)


def test_a_poison_record_is_parked_after_five_attempts_and_its_neighbours_go_on(settings: Settings) -> None:
    bodies = [contract(i) for i in range(700)]
    route = _Moody(bodies[123]["business_no"])

    async def run() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        assert settings.database.url is not None
        async with open_services(settings, settings.database.url) as services:
            moody = replace(canonical("contract.v1"), id="moody", routes={"contract": route})
            return await _worked_on(services, moody, b"".join(orjson.dumps(body) + b"\n" for body in bodies))

    done, fates = asyncio.run(run())
    assert route.tried == 5
    assert (done["counts"]["accepted"], done["counts"]["quarantined"]) == (699, 1)
    (parked,) = [fate for fate in fates if fate["status"] == "quarantined"]
    assert (parked["ordinal"], parked["findings"][0]["code"]) == (124, "INTAKE-105")


NULLS = {
    "a key of a line": b'{"business_no":"P-1"}\n{"a\\u0000":1}\n',
    "a value of a line": orjson.dumps(contract(1)) + b'\n{"business_no":"P\\u0000"}\n',
    "a key of a document": b'{"business_no":"P-1","a\\u0000b":1}',
    "a key further in": b'[{"business_no":"P-1"},{"agency":{"a\\u0000b":1}}]',
    "half a character": b'{"business_no":"P-1"}\n{"a\\ud800":1}\n',
    "bytes of zero": b'{"business_no":"P-1"}\n\x00\x00\n{"business_no":"P-2"}\n',
}


@pytest.mark.parametrize("name", NULLS)
def test_what_no_database_can_hold_is_a_finding(settings: Settings, name: str) -> None:
    async def run() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        assert settings.database.url is not None
        async with open_services(settings, settings.database.url) as services:
            return await _worked_on(services, replace(canonical("contract.v1"), id="plain"), NULLS[name])

    done, fates = asyncio.run(run())
    assert done["counts"].get("quarantined", 0) == 0
    assert [fate for fate in fates if fate["status"] == "rejected"]


def test_a_document_whose_file_is_gone_holds_up_no_other(settings: Settings) -> None:
    async def run() -> tuple[dict[str, Any], dict[str, Any]]:
        assert settings.database.url is not None
        async with open_services(settings, settings.database.url) as services:
            gone, _ = await _worked_on(services, replace(canonical("contract.v1"), id="plain"), b"[1]", lose_file=True)
            done, _ = await _worked_on(services, replace(canonical("contract.v1"), id="plain"), b"[2]")
            return gone, done

    gone, done = asyncio.run(run())
    assert (gone["counts"]["rows"], gone["counts"]["quarantined"]) == (1, 1)
    assert done["counts"]["rejected"] == 1


def test_a_document_that_cannot_be_finished_holds_up_no_other(settings: Settings) -> None:
    plain = replace(canonical("contract.v1"), id="plain")

    async def run() -> dict[str, Any]:
        url = str(settings.database.url)
        async with open_services(settings, url) as services:
            await _worked_on(services, plain, b"[3]")
            with psycopg.connect(url) as connection:
                connection.execute("UPDATE batch_chunk SET fates = 'no list of fates'")
                connection.execute("UPDATE batch SET state = 'processing'")
            done, _ = await _worked_on(services, plain, b"[4]")
            return done

    assert asyncio.run(run())["counts"]["rejected"] == 1


def test_a_document_that_waits_for_a_locked_record_is_not_to_blame(
    settings: Settings, new_database: Callable[[], str]
) -> None:
    url = new_database()
    hasty = settings.model_copy(update={"database": DatabaseSettings(url=url, lock_seconds=0.05)})
    plain = replace(canonical("contract.v1"), id="plain")
    first, amended = (orjson.dumps([contract(1) | {"signing_place": place}]) for place in ("北京", "厦门"))

    async def run() -> list[dict[str, Any]]:
        async with open_services(hasty, url) as services:
            await _worked_on(services, plain, first)
            with psycopg.connect(url) as holder, capture_logs() as logs:
                holder.execute("SELECT FROM record FOR UPDATE")
                working = asyncio.create_task(_worked_on(services, plain, amended, amend=True))
                async with asyncio.timeout(60):
                    while sum(entry["event"] == "background work failed" for entry in logs) < 7:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                holder.rollback()
                _, fates = await working
                return fates

    assert [fate["status"] for fate in asyncio.run(run())] == ["amended"]


async def _worked_on(
    services: Services, connector: Connector, body: bytes, *, lose_file: bool = False, amend: bool = False
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The outcome of a batch that comes by a connector of our own."""
    with _served(connector):
        return await _outcome(services, connector, body, lose_file=lose_file, amend=amend)


@contextmanager
def _served(connector: Connector) -> Iterator[None]:
    """Have a connector in service beside those of folders and versions."""
    found = LiveConnectors.__getitem__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            LiveConnectors,
            "__getitem__",
            lambda self, name: connector if name == connector.id else found(self, name),
        )
        yield


async def _outcome(
    services: Services, connector: Connector, body: bytes, *, lose_file: bool, amend: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    tenant = await services.accounts.ensure_tenant("moody", "moody", "350203", speaks_for="000000")
    scope = Scope(tenant_id=tenant.id)
    envelope = Envelope(
        raw=b"",
        tenant=tenant.name,
        channel=Channel.UPLOAD,
        received_at=datetime.now(UTC),
        connector=connector.id,
        kind="contract",
        amend=amend,
    )
    answer = await services.batches.take(body, iter([body]), envelope, tenant)
    if lose_file:
        for file in (services.settings.home / "blobs").rglob("*"):
            if file.is_file():
                file.unlink()
    stop = asyncio.Event()
    working = asyncio.create_task(services.batch_worker.run(stop))
    async with asyncio.timeout(60):
        while (done := await services.batches.outcome(scope, answer.submission_id)) is None:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.05)
    stop.set()
    await working
    lines = b"".join([chunk async for chunk in services.batches.fates(scope, answer.submission_id)])
    return done, [orjson.loads(line) for line in lines.splitlines()]
