"""The revocation bundle: every void code, signed, for verifiers that work offline.

Codes are listed as the first 8 bytes of their SHA-256, so that the bundle tells nobody which codes exist.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from hashlib import sha256

from gateway.base.clock import Clock
from gateway.contracts import statements as sql
from gateway.store.database import Database
from gateway.trust.keyring import Keyring
from gateway.trust.receipts import NotAReceipt, verified_claims
from gateway.trust.signing import PublicKey

TYPE = "yizhan-revocations+jwt"
_FRESH_SECONDS = 60.0


class Revocations:
    """Makes the bundle, at most once a minute."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._bundle = ""
        self._made_at = -_FRESH_SECONDS

    async def bundle(self) -> str:
        """The compact JWS of the present list."""
        if time.monotonic() - self._made_at > _FRESH_SECONDS:
            async with self._database.verifying() as connection:
                codes = (await connection.execute(sql.VOID)).scalars().all()
            claims = {"iat": int(Clock.now().timestamp()), "revoked": fingerprints(codes)}
            self._bundle = self._keyring.receipt_signer.sign_claims(claims, TYPE)
            self._made_at = time.monotonic()
        return self._bundle


def fingerprints(codes: Iterable[str]) -> list[str]:
    return sorted(_fingerprint(code) for code in codes)


def is_revoked(code: str, bundle: str, keys: Mapping[bytes, PublicKey]) -> bool:
    """Whether `code` stands in a verified bundle. Raises NotAReceipt for a bundle that is not ours."""
    revoked = verified_claims(bundle, keys, TYPE).get("revoked")
    if not isinstance(revoked, list):
        raise NotAReceipt("not a revocation bundle")
    return _fingerprint(code) in revoked


def _fingerprint(code: str) -> str:
    return sha256(code.encode()).digest()[:8].hex()
