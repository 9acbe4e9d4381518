"""Verifies webhooks: Standard Webhooks, by a shared secret (`whsec_`) or an ed25519 key (`whpk_`)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from yizhan_client.errors import NotVerified

TOLERANCE_SECONDS = 300


def verify_webhook(body: bytes, headers: Mapping[str, str], keys: Sequence[str]) -> dict[str, Any]:
    """The event of a delivery that one of `keys` has signed within the last minutes. Raises NotVerified.

    While a key is rotated give both. The same `webhook-id` may come twice, and events out of their order: `position`
    in `data` tells it.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        is_fresh = abs(time.time() - int(timestamp)) <= TOLERANCE_SECONDS
    except (KeyError, ValueError):
        raise NotVerified("the headers of a webhook are missing") from None
    if not is_fresh:
        raise NotVerified("the webhook is too old, or a clock is wrong")
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = [signature.partition(",")[::2] for signature in signatures.split()]
    if not any(_holds(key, signed, version, signature) for key in keys for version, signature in made):
        raise NotVerified("the webhook is not signed by any of the keys")
    event: dict[str, Any] = json.loads(body)
    return event


def _holds(key: str, signed: bytes, version: str, signature: str) -> bool:
    kind, _, encoded = key.partition("_")
    try:
        secret, given = base64.b64decode(encoded, validate=True), base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    if (kind, version) == ("whsec", "v1"):
        return hmac.compare_digest(hmac.new(secret, signed, hashlib.sha256).digest(), given)
    if (kind, version) == ("whpk", "v1a"):
        try:
            Ed25519PublicKey.from_public_bytes(secret).verify(given, signed)
        except (InvalidSignature, ValueError):
            return False
        return True
    return False
