"""A small signing client of the API: what the command line and the demo use, and what an ERP's client looks like."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from typing import Any

import httpx

from gateway.access.signatures import COVERED, SignedRequest, Stamp, signature
from gateway.base.clock import Clock


class HmacAuth(httpx.Auth):
    """Signs every request with a fresh nonce (see docs/guide/signing.en.md)."""

    requires_request_body = True

    def __init__(self, api_key: str, secret: str, algorithm: str = "SHA256") -> None:
        self._api_key = api_key
        self._secret = secret.encode()
        self._algorithm = algorithm

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp, nonce = str(int(Clock.now().timestamp())), secrets.token_urlsafe(16)
        stamp = Stamp(algorithm=self._algorithm, timestamp=timestamp, nonce=nonce)
        made = signature(self._secret, _signed(request), stamp)
        request.headers["Authorization"] = (
            f"{stamp.scheme} Credential={self._api_key}, Timestamp={timestamp}, Nonce={nonce}, Signature={made}"
        )
        yield request


def _signed(request: httpx.Request) -> SignedRequest:
    sent = [(name.lower(), value.strip()) for name, value in request.headers.raw]
    covered = (b", ".join(value for each, value in sent if each == name.encode()) for name in COVERED)
    target = request.url.raw_path.decode()
    return SignedRequest(method=request.method, target=target, body=request.content, covered=tuple(covered))


def open_client(url: str, api_key: str, secret: str, **options: Any) -> httpx.Client:
    """A client that signs; it ignores proxy settings of the environment."""
    return httpx.Client(base_url=url, auth=HmacAuth(api_key, secret), timeout=60, trust_env=False, **options)
