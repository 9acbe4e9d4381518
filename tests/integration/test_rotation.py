"""A key that another process has rotated a moment ago."""

from __future__ import annotations

import asyncio

import orjson

from adapters.envelope import Channel
from gateway.base.settings import Settings
from gateway.contracts.verifying import Verdict
from gateway.intake.envelopes import arriving
from gateway.trust.signing import Algorithm, Purpose
from gateway.wiring.services import open_services
from schemas import samples


async def test_no_qr_of_a_new_key_is_called_forged_however_many_ask_at_once(settings: Settings) -> None:
    url = str(settings.database.url)
    async with open_services(settings, url) as here, open_services(settings, url) as there:
        tenant = await here.accounts.ensure_tenant(
            "rotation", "示例旅行社", "350203", "91350100M000100Y43", speaks_for="000000"
        )
        await here.keyring.rotate(Purpose.QR, Algorithm.ES256)
        envelope = arriving(tenant, orjson.dumps(samples.contract(901)), channel=Channel.REST, kind="contract")
        (record,) = orjson.loads((await here.intake.submit(envelope, tenant)).body)["records"]
        found = await asyncio.gather(*(there.verifier.verify(record["qr_text"]) for _ in range(20)))
    assert {one.verdict for one in found} == {Verdict.VALID}
