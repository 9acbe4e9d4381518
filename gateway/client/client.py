"""A small signing client of the API: what the command line and the demo use, and what an ERP's client looks like."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from typing import Any

import httpx

from gateway.access.signatures import signature
from gateway.base.clock import Clock


class HmacAuth(httpx.Auth):
    """Signs every request with a fresh nonce (see docs/howto/sign-requests.md)."""

    requires_request_body = True

    def __init__(self, api_key: str, secret: str, algorithm: str = "SHA256") -> None:
        self._api_key = api_key
        self._secret = secret.encode()
        self._algorithm = algorithm

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp, nonce = str(int(Clock.now().timestamp())), secrets.token_urlsafe(16)
        target = request.url.raw_path.decode()
        signed = signature(
            self._algorithm,
            self._secret,
            request.method,
            target,
            timestamp=timestamp,
            nonce=nonce,
            body=request.content,
        )
        request.headers["Authorization"] = (
            f"YIZHAN-HMAC-{self._algorithm} Credential={self._api_key}, Timestamp={timestamp}, "
            f"Nonce={nonce}, Signature={signed}"
        )
        yield request


def open_client(url: str, api_key: str, secret: str, **options: Any) -> httpx.Client:
    """A client that signs; it ignores proxy settings of the environment."""
    return httpx.Client(base_url=url, auth=HmacAuth(api_key, secret), timeout=60, trust_env=False, **options)
