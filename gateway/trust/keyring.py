"""The signing keys of the service: one active key a purpose, retired ones kept so that old QRs and receipts verify."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base.clock import CHINA, Clock
from gateway.base.errors import UserError
from gateway.store.database import Database
from gateway.store.typed import fetch
from gateway.transparency.entries import LeafKind, digest_of, entry_of, instant, whole_digest
from gateway.transparency.integrating import LogKeys
from gateway.transparency.leaves import append
from gateway.transparency.notes import Verifying
from gateway.transparency.rows import NewLeaf
from gateway.trust import qr
from gateway.trust import statements as sql
from gateway.trust.master import sealed_place
from gateway.trust.qr import QrSigner
from gateway.trust.receipts import ReceiptSigner
from gateway.trust.rewrapping import Wrapping, rewrap
from gateway.trust.row_proofs import RowProver
from gateway.trust.rows import KeyRow
from gateway.trust.sealing import MasterKey, SealBroken
from gateway.trust.signing import STORED, Algorithm, PublicKey, Purpose, SigningKey, b64url

AS_OF = "yizhan:as_of"
"""The member of the published key set that tells its age to whoever has saved it."""
_REST_SECONDS = 1.0
_FIRST_START = timedelta(minutes=1)
_OLD_INSTANCES = timedelta(days=1)
"""How long an instance of the version before may go on beside those of this one."""
_log = structlog.get_logger()


class Keyring:
    """Keys as they lie in the store. `refresh()` picks up what another process rotated."""

    qr_signer: QrSigner
    test_signer: QrSigner
    receipt_signer: ReceiptSigner
    log_key: SigningKey
    row_prover: RowProver
    proven_since: datetime
    """From when on rows have proofs: since there is a key for them, and instances of before have been restarted."""

    def __init__(self, database: Database, master: MasterKey, public_url: str) -> None:
        self._database = database
        self._master = master
        self._public_url = public_url
        self._public: dict[bytes, tuple[PublicKey, Purpose]] = {}
        self._opened: dict[bytes, SigningKey] = {}
        self._refreshed_at = 0.0
        self._catching_up = asyncio.Lock()

    async def open(self) -> None:
        """Load the keys; make the first ones."""
        for purpose in STORED:
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
        own = [(row, key) for row in rows if (key := self._own(row)) is not None]
        self._public = {
            row.kid: (replace(key.public, withdrawn_since=row.withdrawn_since), row.purpose) for row, key in own
        }
        for row, key in own:
            if row.purpose is Purpose.QR:
                twin = replace(key.twin().public, withdrawn_since=row.withdrawn_since)
                self._public[twin.kid] = twin, Purpose.TEST
        active = {row.purpose: key for row, key in own if row.retired_at is None}
        self.qr_signer = QrSigner(active[Purpose.QR], self._public_url)
        self.test_signer = QrSigner(active[Purpose.QR].twin(), f"{self._public_url}{qr.TEST_PATH}")
        self.receipt_signer = ReceiptSigner(active[Purpose.RECEIPT], self._public_url)
        self.log_key = active[Purpose.LOG]
        retired = [key for row, key in own if row.purpose is Purpose.LOG and row.retired_at is not None]
        self.row_prover = RowProver([key.to_bytes() for key in (self.log_key, *retired)])
        self.proven_since = _proven_since([row for row, _ in own])
        self._refreshed_at = began

    async def rotate(self, purpose: Purpose, algorithm: Algorithm) -> bytes:
        """Retire the active key of `purpose` and sign with a new one from now on; returns its kid.

        Raises UserError for a key of the log that is not Ed25519, for checkpoints have no other signature, and for one
        of the sandbox, which follows that of the QRs.
        """
        if purpose not in STORED:
            raise UserError("沙箱密钥随二维码密钥更换 / the key of the sandbox follows that of the QRs")
        if purpose is Purpose.LOG and algorithm is not Algorithm.EDDSA:
            raise UserError("日志只能用 EdDSA 密钥签名 / checkpoints of the log are signed with EdDSA")
        key = SigningKey.generate(algorithm)
        async with self._database.writing() as connection:
            before = await key_entries(connection)
            await connection.execute(sql.RETIRE_KEY, {"purpose": purpose.value})
            await connection.execute(sql.INSERT_KEY, self._row(purpose, key))
            await _attest_changes(connection, before)
        await self.refresh()
        return key.public.kid

    async def withdraw(self, kid: bytes, since: datetime) -> bytes | None:
        """Believe nothing that the key signs from `since` on; the kid of the key that takes its place, if it signed.

        Raises KeyError for a key that is not there.
        """
        async with self._database.writing() as connection:
            before = await key_entries(connection)
            withdrawn = (await connection.execute(sql.WITHDRAW_KEY, {"kid": kid, "since": since})).first()
            if withdrawn is None:
                raise KeyError(kid.hex())
            key = SigningKey.generate(Algorithm(withdrawn.algorithm))
            taken = await connection.execute(sql.INSERT_KEY, self._row(Purpose(withdrawn.purpose), key))
            await _attest_changes(connection, before)
        await self.refresh()
        return key.public.kid if taken.rowcount else None

    @property
    def log_keys(self) -> LogKeys:
        """What the transparency log is signed and checked with."""
        verifying: dict[bytes, Verifying] = {
            _raw(key): key for key, meant_for in self._public.values() if meant_for is Purpose.LOG
        }
        return LogKeys(self.log_key, _raw(self.log_key.public), verifying)

    async def rewrap(self, note: Callable[[bool], None]) -> None:
        """Wrap every private key by the present master key, as `rewrapping` says. Raises SealBroken."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.ALL_KEYS, {}, KeyRow)
        renew = sql.REWRAP_SIGNING_KEY
        every = [
            Wrapping(wrapped=row.sealed_private, place=sealed_place(row.kid), renew=renew, keys={"kid": row.kid})
            for row in rows
        ]
        await rewrap(self._database, self._master, every, note)

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
            row = self._row(purpose, SigningKey.generate(algorithm))
            if (await connection.execute(sql.INSERT_KEY, row)).rowcount:
                entries = await key_entries(connection)
                await _attest_changes(connection, {kid: entry for kid, entry in entries.items() if kid != row["kid"]})

    def _row(self, purpose: Purpose, key: SigningKey) -> dict[str, Any]:
        kid = key.public.kid
        return {
            "kid": kid,
            "purpose": purpose.value,
            "algorithm": key.public.algorithm.value,
            "jwk": orjson.dumps(key.public.as_jwk(purpose)).decode(),
            "sealed_private": self._master.wrap_secret(key.to_bytes(), sealed_place(kid)),
        }

    def _own(self, row: KeyRow) -> SigningKey | None:
        """The key of a row, if it is one of ours: a private half sealed under our master key, of that very kid.

        What a row says of its public half is not believed, for whoever writes to the table could forge then. Raises
        SealBroken for a key that ought to sign.
        """
        try:
            if row.sealed_private not in self._opened:
                self._opened[row.sealed_private] = self._private(row)
        except SealBroken:
            if row.retired_at is None:
                raise
            _log.error("a signing key that is not ours", where=row.kid.hex())
            return None
        key = self._opened[row.sealed_private]
        return key if key.public.kid == row.kid else None

    def _private(self, row: KeyRow) -> SigningKey:
        raw = self._master.open_secret(row.sealed_private, sealed_place(row.kid))
        return SigningKey.from_bytes(row.algorithm, raw)


def _proven_since(rows: Sequence[KeyRow]) -> datetime:
    """Since the log has a key; where other keys are older, not before instances that know of no proofs have ended."""
    began = min(row.created_at for row in rows if row.purpose is Purpose.LOG)
    is_upgraded = min(row.created_at for row in rows) < began - _FIRST_START
    return began + _OLD_INSTANCES if is_upgraded else began


def _raw(key: PublicKey) -> bytes:
    """The 32 bytes of an Ed25519 key."""
    assert isinstance(key.key, Ed25519PublicKey)  # noqa: S101 - the log signs with no other
    return key.key.public_bytes_raw()


def _key_parts(row: KeyRow) -> tuple[bytes, bytes]:
    """The digests that the leaf of a key is made of. Its sealed half, which changes with the master key, is not in."""
    moments = [moment and instant(moment) for moment in (row.created_at, row.retired_at, row.withdrawn_since)]
    public = orjson.dumps(row.jwk, option=orjson.OPT_SORT_KEYS)
    return whole_digest(public), digest_of(row.kid.hex(), row.purpose, row.algorithm, *moments)


async def key_entries(connection: AsyncConnection) -> dict[bytes, bytes]:
    """What the log would say of every key as it stands, by kid."""
    rows = await fetch(connection, sql.ALL_KEYS, {}, KeyRow)
    return {row.kid: entry_of(LeafKind.KEY, *_key_parts(row)) for row in rows}


async def _attest_changes(connection: AsyncConnection, before: Mapping[bytes, bytes]) -> None:
    """A leaf for every key that is not what it was."""
    now = await key_entries(connection)
    changed = [NewLeaf.of(LeafKind.KEY, kid.hex(), entry) for kid, entry in now.items() if before.get(kid) != entry]
    await append(connection, changed)


def active_keys(connection: Connection) -> list[str]:
    """Purpose and algorithm of each key that signs now, for a person to read."""
    return [f"{row.purpose} {row.algorithm}" for row in connection.execute(sql.ACTIVE_KEYS)]
