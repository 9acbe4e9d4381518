"""A drawn code that exists already is drawn again, with its statement, before anything is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from adapters.envelope import Channel, Envelope
from gateway.access.accounts import Accounts
from gateway.base.lanes import Lanes
from gateway.base.settings import ForeignAgency, RegisterSettings, WriterSettings
from gateway.intake.drafting import Drafting
from gateway.intake.intake import Intake
from gateway.ledger.issuing import Issuer
from gateway.ledger.writer import Writer
from gateway.register.filed import FiledRegister
from gateway.register.working_days import WorkingDays
from gateway.store.database import Database
from gateway.trust.codes import CodeScheme
from gateway.trust.keyring import Keyring
from gateway.trust.qr import verify
from gateway.trust.sealing import MasterKey
from gateway.trust.signing import Purpose
from schemas import samples


def test_a_colliding_code_is_redrawn(new_database: Callable[[], str]) -> None:
    draws = iter([b"\1" * 15, b"\1" * 15, b"\1" * 15, b"\2" * 15])

    async def run() -> None:
        database, master = Database(new_database(), 2), MasterKey(b"m" * 32)
        keyring = Keyring(database, master, "https://verify.example.test")
        await keyring.open()
        tenant = await (accounts := Accounts(database, master)).ensure_tenant(
            "acme", "acme", "350203", speaks_for="000000"
        )
        issuer = Issuer(CodeScheme(entropy=lambda n: next(draws)), keyring)
        register = FiledRegister(database, accounts, WorkingDays(database), settings=RegisterSettings(), portals=list)
        drafting = Drafting(issuer, register, ForeignAgency.ERROR)
        intake = Intake(
            {}, drafting, Writer(database, issuer, keyring, WriterSettings()), Lanes("test", 1, each=1, waiting=1)
        )
        codes = []
        for index in (1, 2):
            body = orjson.dumps(samples.contract(index))
            answer = await intake.submit(
                Envelope(raw=body, tenant="acme", channel=Channel.REST, received_at=datetime.now(UTC), kind="contract"),
                tenant,
            )
            assert answer.status == 201
            (record,) = orjson.loads(answer.body)["records"]
            assert verify(record["qr_text"], keyring.public_keys(Purpose.QR)).code == record["code"]
            codes.append(record["code"])
        assert codes[0][4:-1] == "1" * 15
        assert codes[1][4:-1] == "2" * 15
        await database.close()

    asyncio.run(run())
