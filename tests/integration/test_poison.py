"""A record that no worker survives must not hold its neighbours."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import orjson

from adapters.canonical import canonical
from adapters.connector import Connector
from adapters.envelope import Channel, Envelope, Outcome, SourceRecord
from gateway.base.settings import Settings
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

    def __call__(self, record: SourceRecord, today: date, register: Register | None = None) -> Outcome:
        if record.data["business_no"] == self._poison:
            self.tried += 1
            raise MemoryError
        return self._route(record, today)


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


async def _worked_on(
    services: Services, connector: Connector, body: bytes
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The outcome of a batch that comes by a connector of our own."""
    cast("dict[str, Connector]", services.connectors)[connector.id] = connector
    tenant = await services.accounts.ensure_tenant("moody", "moody", "350203", speaks_for="000000")
    scope = Scope(tenant_id=tenant.id)
    envelope = Envelope(
        raw=b"",
        tenant=tenant.name,
        channel=Channel.UPLOAD,
        received_at=datetime.now(UTC),
        connector=connector.id,
        kind="contract",
    )
    answer = await services.batches.take(body, iter([body]), envelope, tenant)
    stop = asyncio.Event()
    working = asyncio.create_task(services.batch_worker.run(stop))
    while (done := await services.batches.outcome(scope, answer.submission_id)) is None:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0.05)
    stop.set()
    await working
    lines = b"".join([chunk async for chunk in services.batches.fates(scope, answer.submission_id)])
    return done, [orjson.loads(line) for line in lines.splitlines()]
