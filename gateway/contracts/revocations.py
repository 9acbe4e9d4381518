"""The revocation bundle: every void code, signed, for verifiers that work offline.

Codes are listed as the first 8 bytes of their SHA-256, so that the bundle tells nobody which codes exist.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from gateway.base.clock import Clock
from gateway.contracts import statements as sql
from gateway.store.database import Database
from gateway.trust.keyring import Keyring
from gateway.trust.receipts import NotAReceipt, verified_claims
from gateway.trust.signing import PublicKey, from_b64url

TYPE = "yizhan-revocations+jwt"
WITHDRAWN = "withdrawn_keys"
_FRESH_SECONDS = 60.0


class Revocations:
    """Makes the bundle, at most once a minute."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._bundle = ""
        self._made_at = -_FRESH_SECONDS
        self._withdrawn: Mapping[str, str] = {}

    async def bundle(self) -> str:
        """The compact JWS of the present list."""
        withdrawn = self._keyring.withdrawn()
        if time.monotonic() - self._made_at > _FRESH_SECONDS or withdrawn != self._withdrawn:
            async with self._database.verifying() as connection:
                codes = (await connection.execute(sql.VOID)).scalars().all()
            claims: dict[str, Any] = {"iat": int(Clock.now().timestamp()), "revoked": fingerprints(codes)}
            claims[WITHDRAWN] = self._withdrawn = withdrawn
            self._bundle = self._keyring.receipt_signer.sign_claims(claims, TYPE)
            self._made_at = time.monotonic()
        return self._bundle


def fingerprints(codes: Iterable[str]) -> list[str]:
    return sorted(_fingerprint(code) for code in codes)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle: what was void when it was made, and which keys were withdrawn."""

    made_at: datetime
    revoked: frozenset[str]
    withdrawn: Mapping[bytes, datetime]

    @classmethod
    def read(cls, bundle: str, keys: Mapping[bytes, PublicKey]) -> Bundle:
        """Raises NotAReceipt for a bundle that is not ours."""
        claims = verified_claims(bundle, keys, TYPE)
        match claims:
            case {"iat": int(made), "revoked": list(revoked), "withdrawn_keys": dict(withdrawn)}:
                since = {from_b64url(kid): datetime.fromisoformat(when) for kid, when in withdrawn.items()}
                return cls(datetime.fromtimestamp(made, UTC), frozenset(revoked), since)
        raise NotAReceipt("not a revocation bundle")

    def revokes(self, code: str) -> bool:
        """Whether a contract was void."""
        return _fingerprint(code) in self.revoked

    def narrowed(self, keys: Mapping[bytes, PublicKey]) -> dict[bytes, PublicKey]:
        """Saved keys, with what the bundle knows of them."""
        return {
            kid: replace(key, withdrawn_since=self.withdrawn.get(kid, key.withdrawn_since)) for kid, key in keys.items()
        }


def _fingerprint(code: str) -> str:
    return sha256(code.encode()).digest()[:8].hex()
