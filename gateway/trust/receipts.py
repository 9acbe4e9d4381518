"""Receipts: what we took over, signed. A JWS (RFC 7515, compact) over JSON; one signature covers a whole submission.

Any JOSE library checks it against `/.well-known/jwks.json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from gateway.trust.signing import PublicKey, SigningKey, b64url, from_b64url

TYPE = "yizhan-receipt+jwt"


class NotAReceipt(ValueError):
    """The text is not a receipt of ours, or it was altered."""


class UnknownKey(NotAReceipt):
    """Signed with a key that is not among the given ones; perhaps a newer one."""


class WithdrawnKey(NotAReceipt):
    """Signed with a key that has leaked since; it may still be an honest receipt of before."""


@dataclass(frozen=True, slots=True)
class ReceiptSigner:
    """Signs in the name of `issuer`, the service's public address."""

    key: SigningKey
    issuer: str

    def sign(
        self,
        submission_id: str,
        tenant: str,
        received_at: datetime,
        raw_hash: bytes,
        *,
        records: list[dict[str, Any]],
        notes: Sequence[Mapping[str, str]] = (),
        is_test: bool = False,
    ) -> str:
        """The receipt of a submission. `records` hold each fate in submission order, `notes` what was not read.

        One of the sandbox says so.
        """
        claims: dict[str, Any] = {
            "sub": tenant,
            "jti": submission_id,
            "iat": int(received_at.timestamp()),
            "raw_sha256": raw_hash.hex(),
            "records": records,
        }
        if notes:
            claims["notes"] = list(notes)
        claims |= test_mark(is_test)
        return self.sign_claims(claims, TYPE)

    def sign_claims(self, claims: dict[str, Any], type_: str) -> str:
        """A compact JWS of `claims`, which are said to be of `type_`."""
        header = _header(self.key.public.kid, self.key.public.algorithm.value, type_)
        signing_input = f"{header}.{b64url(orjson.dumps({'iss': self.issuer, **claims}))}"
        return f"{signing_input}.{b64url(self.key.sign(signing_input.encode()))}"


def test_mark(is_test: bool) -> dict[str, bool]:
    """The claim of a receipt of the sandbox, which acknowledges nothing real."""
    return {"test": True} if is_test else {}


def verify(receipt: str, keys: Mapping[bytes, PublicKey]) -> dict[str, Any]:
    """The claims of a receipt, verified offline with the published `keys` (by kid). Raises NotAReceipt."""
    return verified_claims(receipt, keys, TYPE)


def verified_claims(token: str, keys: Mapping[bytes, PublicKey], type_: str) -> dict[str, Any]:
    """The claims of a compact JWS of ours that must be of `type_`. Raises NotAReceipt."""
    try:
        header_part, claims_part, signature_part = token.strip().split(".")
        header = orjson.loads(from_b64url(header_part))
        signature = from_b64url(signature_part)
        kid = from_b64url(header["kid"])
        claims = orjson.loads(from_b64url(claims_part))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAReceipt("not a signed statement") from None
    key = keys.get(kid)
    if key is None:
        raise UnknownKey(f"signed with an unknown key {kid.hex()}")
    if header.get("alg") != key.algorithm.value or header.get("typ") != type_ or not isinstance(claims, dict):
        raise NotAReceipt(f"the algorithm or type is not that of {type_}")
    if not key.verifies(signature, f"{header_part}.{claims_part}".encode()):
        raise NotAReceipt("the signature does not match")
    if (since := key.withdrawn_since) is not None:
        when = since.isoformat(timespec="seconds")
        if not isinstance(claims.get("iat"), int) or claims["iat"] >= since.timestamp():
            raise NotAReceipt(f"signed after its key was withdrawn, {when}")
        raise WithdrawnKey(f"signed with a key that is withdrawn since {when}")
    return claims


@lru_cache(maxsize=64)
def _header(kid: bytes, algorithm: str, type_: str) -> str:
    return b64url(orjson.dumps({"alg": algorithm, "kid": b64url(kid), "typ": type_}))
