"""The signing keys of the service: one active key a purpose, retired ones kept so that old QRs and receipts verify."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from gateway.base.clock import CHINA, Clock
from gateway.store.database import Database
from gateway.store.typed import fetch
from gateway.trust import statements as sql
from gateway.trust.qr import QrSigner
from gateway.trust.receipts import ReceiptSigner
from gateway.trust.rows import KeyRow
from gateway.trust.sealing import MasterKey
from gateway.trust.signing import Algorithm, PublicKey, Purpose, SigningKey, b64url

AS_OF = "yizhan:as_of"
"""The member of the published key set that tells its age to whoever has saved it."""
_REST_SECONDS = 1.0


class Keyring:
    """Keys as they lie in the store. `refresh()` picks up what another process rotated."""

    qr_signer: QrSigner
    receipt_signer: ReceiptSigner

    def __init__(self, database: Database, master: MasterKey, public_url: str) -> None:
        self._database = database
        self._master = master
        self._public_url = public_url
        self._public: dict[bytes, tuple[PublicKey, Purpose]] = {}
        self._refreshed_at = 0.0
        self._catching_up = asyncio.Lock()

    async def open(self) -> None:
        """Load the keys; make the first ones."""
        for purpose in Purpose:
            await self._add(purpose, Algorithm.EDDSA)
        await self.refresh()

    async def catch_up(self) -> None:
        """Return once the keys have been read since now, so that no new key is taken for a forged one.

        That is at most once a second, for all who wait together: strangers must not make us read at will.
        """
        asked = time.monotonic()
        async with self._catching_up:
            if self._refreshed_at >= asked:
                return
            await asyncio.sleep(self._refreshed_at + _REST_SECONDS - time.monotonic())
            await self.refresh()

    async def refresh(self) -> None:
        began = time.monotonic()
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.ALL_KEYS, {}, KeyRow)
        self._public = {
            row.kid: (replace(PublicKey.from_jwk(row.jwk), withdrawn_since=row.withdrawn_since), row.purpose)
            for row in rows
        }
        active = {row.purpose: self._private(row) for row in rows if row.retired_at is None}
        self.qr_signer = QrSigner(active[Purpose.QR], self._public_url)
        self.receipt_signer = ReceiptSigner(active[Purpose.RECEIPT], self._public_url)
        self._refreshed_at = began

    async def rotate(self, purpose: Purpose, algorithm: Algorithm) -> bytes:
        """Retire the active key of `purpose` and sign with a new one from now on; returns its kid."""
        key = SigningKey.generate(algorithm)
        async with self._database.writing() as connection:
            await connection.execute(sql.RETIRE_KEY, {"purpose": purpose.value})
            await connection.execute(sql.INSERT_KEY, self._row(purpose, key))
        await self.refresh()
        return key.public.kid

    async def withdraw(self, kid: bytes, since: datetime) -> bytes | None:
        """Believe nothing that the key signs from `since` on; the kid of the key that takes its place, if it signed.

        Raises KeyError for a key that is not there.
        """
        async with self._database.writing() as connection:
            withdrawn = (await connection.execute(sql.WITHDRAW_KEY, {"kid": kid, "since": since})).first()
            if withdrawn is None:
                raise KeyError(kid.hex())
            key = SigningKey.generate(Algorithm(withdrawn.algorithm))
            taken = await connection.execute(sql.INSERT_KEY, self._row(Purpose(withdrawn.purpose), key))
        await self.refresh()
        return key.public.kid if taken.rowcount else None

    async def rewrap(self, note: Callable[[bool], None]) -> None:
        """Wrap every private key by the present master key that another has wrapped; `note` hears of each."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.ALL_KEYS, {}, KeyRow)
        for row in rows:
            new = self._master.rewrapped(row.sealed_private, b"signing_key/" + row.kid)
            if new is not None:
                renewed = {"kid": row.kid, "before": row.sealed_private, "wrapped": new}
                async with self._database.writing() as connection:
                    await connection.execute(sql.REWRAP_SIGNING_KEY, renewed)
            note(new is not None)

    def withdrawn(self) -> dict[str, str]:
        """The keys that are withdrawn, by kid as published, and since when."""
        return {
            b64url(kid): key.withdrawn_since.isoformat(timespec="seconds")
            for kid, (key, _) in self._public.items()
            if key.withdrawn_since is not None
        }

    async def listing(self) -> list[dict[str, str]]:
        """Every key for a person to read: kid, purpose, algorithm, created, retired, withdrawn, in Beijing time."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.ALL_KEYS, {}, KeyRow)
        return [
            {
                "kid": row.kid.hex(),
                "purpose": row.purpose.value,
                "algorithm": row.algorithm.value,
                "created": f"{row.created_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
                "retired": f"{row.retired_at.astimezone(CHINA):%Y-%m-%d %H:%M}" if row.retired_at else "",
                "withdrawn": f"{row.withdrawn_since.astimezone(CHINA):%Y-%m-%d %H:%M}" if row.withdrawn_since else "",
            }
            for row in rows
        ]

    def public_keys(self, purpose: Purpose) -> Mapping[bytes, PublicKey]:
        """All keys of a purpose by kid, retired ones too."""
        return {kid: key for kid, (key, meant_for) in self._public.items() if meant_for is purpose}

    def as_jwks(self) -> dict[str, Any]:
        """The published key set (RFC 7517), and as of when it is one."""
        now = Clock.now().isoformat(timespec="seconds")
        return {"keys": [key.as_jwk(purpose) for key, purpose in self._public.values()], AS_OF: now}

    async def _add(self, purpose: Purpose, algorithm: Algorithm) -> None:
        async with self._database.writing() as connection:
            await connection.execute(sql.INSERT_KEY, self._row(purpose, SigningKey.generate(algorithm)))

    def _row(self, purpose: Purpose, key: SigningKey) -> dict[str, Any]:
        kid = key.public.kid
        return {
            "kid": kid,
            "purpose": purpose.value,
            "algorithm": key.public.algorithm.value,
            "jwk": orjson.dumps(key.public.as_jwk(purpose)).decode(),
            "sealed_private": self._master.wrap_secret(key.to_bytes(), b"signing_key/" + kid),
        }

    def _private(self, row: KeyRow) -> SigningKey:
        raw = self._master.open_secret(row.sealed_private, b"signing_key/" + row.kid)
        return SigningKey.from_bytes(row.algorithm, raw)


def active_keys(connection: Connection) -> list[str]:
    """Purpose and algorithm of each key that signs now, for a person to read."""
    return [f"{row.purpose} {row.algorithm}" for row in connection.execute(sql.ACTIVE_KEYS)]
