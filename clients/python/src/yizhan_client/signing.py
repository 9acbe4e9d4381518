"""Signs requests: version 2 of the gateway's scheme, HMAC-SHA256 over eleven lines (docs/guide/signing.en.md)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_SCHEME = "YIZHAN2-HMAC-SHA256"
_COVERED = ("idempotency-key", "prefer", "content-type", "if-match")


class Signer:
    """Signs by one credential. It learns how far our clock is from the gateway's when a signature is refused for it."""

    def __init__(self, key_id: str, secret: str) -> None:
        self._key_id = key_id
        self._secret = secret.encode()
        self._ahead = 0.0

    def authorization(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> str:
        """The header of one attempt: its nonce is good once."""
        timestamp, nonce = str(int(time.time() + self._ahead)), secrets.token_urlsafe(16)
        path, _, query = target.partition("?")
        given = {name.lower(): value.strip() for name, value in headers.items()}
        covered = (given.get(name, "") for name in _COVERED)
        lines = (_SCHEME, method, path, query, timestamp, nonce, *covered, hashlib.sha256(body).hexdigest())
        signature = hmac.new(self._secret, "\n".join(lines).encode(), "sha256").hexdigest()
        return f"{_SCHEME} Credential={self._key_id}, Timestamp={timestamp}, Nonce={nonce}, Signature={signature}"

    def learn(self, date: str | None) -> bool:
        """Take the gateway's clock from its `Date`; False when it said none."""
        try:
            self._ahead = parsedate_to_datetime(date or "").timestamp() - time.time()
        except (TypeError, ValueError):
            return False
        return True
