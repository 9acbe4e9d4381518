"""The signing keys of a target, in the words of Standard Webhooks: `whsec_` secrets (HMAC) and `whpk_` public keys.

Several keys sign at once, so that the receiver can move from one to the next without losing a delivery.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.trust.sm2 import Sm2PrivateKey

_SECRET_BYTES = 32


class Scheme(StrEnum):
    """How a delivery is signed: shared secret (v1), key pair (v1a), or by SM2 with SM3 (vsm2, a name of our own)."""

    HMAC = "hmac"
    ED25519 = "ed25519"
    SM2 = "sm2"


@dataclass(frozen=True, slots=True)
class TargetKey:
    """One key; `secret` is Base64: the HMAC secret, the private key's 32 bytes, or those of SM2 with its point."""

    scheme: Scheme
    secret: str
    created_at: str

    @classmethod
    def new(cls, scheme: Scheme, now: datetime) -> TargetKey:
        """Raises SmUnavailable."""
        secret = Sm2PrivateKey.generate().raw if scheme is Scheme.SM2 else os.urandom(_SECRET_BYTES)
        return cls(scheme, b64encode(secret).decode(), now.isoformat(timespec="seconds"))

    @property
    def shown(self) -> str:
        """What the receiver needs to check signatures."""
        if self.scheme is Scheme.HMAC:
            return f"whsec_{self.secret}"
        if self.scheme is Scheme.SM2:
            return f"whpk_sm2_{b64encode(self._sm2().public_key().point).decode()}"
        return f"whpk_{b64encode(self._private().public_key().public_bytes_raw()).decode()}"

    def sign(self, content: bytes) -> str:
        if self.scheme is Scheme.HMAC:
            return f"v1,{b64encode(hmac.digest(b64decode(self.secret), content, sha256)).decode()}"
        if self.scheme is Scheme.SM2:
            return f"vsm2,{b64encode(self._sm2().sign(content)).decode()}"
        return f"v1a,{b64encode(self._private().sign(content)).decode()}"

    def _sm2(self) -> Sm2PrivateKey:
        return Sm2PrivateKey(b64decode(self.secret))

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(b64decode(self.secret))


def dump(keys: Sequence[TargetKey]) -> bytes:
    return orjson.dumps([asdict(key) for key in keys])


def load(raw: bytes) -> list[TargetKey]:
    found: list[dict[str, Any]] = orjson.loads(raw)
    return [TargetKey(Scheme(key["scheme"]), key["secret"], key["created_at"]) for key in found]
