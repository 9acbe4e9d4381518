"""Receipts: what we took over, signed. A JWS (RFC 7515, compact) over JSON; one signature covers a whole submission.

Any JOSE library checks it against `/.well-known/jwks.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.signing import PublicKey, SigningKey, b64url, from_b64url

_TYPE = "yizhan-receipt+jwt"


class NotAReceipt(ValueError):
    """The text is not a receipt of ours, or it was altered."""


@dataclass(frozen=True, slots=True)
class ReceiptSigner:
    """Signs receipts in the name of `issuer`, the service's public address."""

    key: SigningKey
    issuer: str
    header: str

    @classmethod
    def of(cls, key: SigningKey, issuer: str) -> ReceiptSigner:
        header = {"alg": key.public.algorithm.value, "kid": b64url(key.public.kid), "typ": _TYPE}
        return cls(key, issuer, b64url(orjson.dumps(header)))

    def sign(
        self, submission_id: str, tenant: str, received_at: datetime, raw_hash: bytes, records: list[dict[str, Any]]
    ) -> str:
        """The compact JWS. `records` hold each record's fate in submission order."""
        claims = {
            "iss": self.issuer,
            "sub": tenant,
            "jti": submission_id,
            "iat": int(received_at.timestamp()),
            "raw_sha256": raw_hash.hex(),
            "records": records,
        }
        signing_input = f"{self.header}.{b64url(orjson.dumps(claims))}"
        return f"{signing_input}.{b64url(self.key.sign(signing_input.encode()))}"


def verify(receipt: str, keys: Mapping[bytes, PublicKey]) -> dict[str, Any]:
    """The claims of a receipt, verified offline with the published `keys` (by kid). Raises NotAReceipt."""
    try:
        header_part, claims_part, signature_part = receipt.strip().split(".")
        header = orjson.loads(from_b64url(header_part))
        signature = from_b64url(signature_part)
        key = keys[from_b64url(header["kid"])]
        claims = orjson.loads(from_b64url(claims_part))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAReceipt("not a receipt, or signed with an unknown key") from None
    if header.get("alg") != key.algorithm.value or header.get("typ") != _TYPE:
        raise NotAReceipt("the algorithm or type is not that of a receipt")
    if not key.verifies(signature, f"{header_part}.{claims_part}".encode()):
        raise NotAReceipt("the signature does not match")
    return claims
