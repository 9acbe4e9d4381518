"""Around every request: a trace id, the rate limit with its headers, the metrics, what is left unread. Plain ASGI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import cache
from typing import Any

import orjson
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access.authentication import CLAIMED
from gateway.access.callers import origin
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.entropy import random_bytes
from gateway.base.problems import Refused
from gateway.base.settings import LimitSettings
from gateway.doors.hanging_up import LOSES_REPLY, hang_up
from gateway.doors.under_way import Share, UnderWay
from gateway.doors.unread import Unread

_REQUESTS = Counter("yizhan_http_requests", "Requests answered", ["route", "status"])
_SECONDS = Histogram(
    "yizhan_http_request_seconds", "Time to answer", ["route"], buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 1, 5)
)
_requests = cache(_REQUESTS.labels)
_seconds = cache(_SECONDS.labels)
_WINDOW_SECONDS = 60
_MOST_WINDOWS = 100_000
_FAILED = b"failed "
_SNIFFING, _KEEPING = (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")
_ENCRYPTED = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""RFC 6797: whoever came by https comes by nothing else for a year."""
_DOORS = ("/v1/", "/soap", "/team/")
_OTHER_PROTOCOLS = ("/soap/", "/v1/econtract/", "/team/")

Message = MutableMapping[str, Any]


class Windows:
    """Fixed one-minute windows of requests, counted in this process, by credential or by address."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._minute = 0
        self._counts: dict[bytes, int] = {}
        self._proven: set[bytes] = set()

    def admit(self, scope: Scope, credential: bytes | None) -> tuple[int, int, int]:
        """Limit, remaining (below zero: over the limit) and seconds until the window ends, this request included.

        A credential has a budget of its own where one is asked for, and only requests that prove it use it up: what
        others send in its name is their address's. Until it has ever been proved it is only a word: an address that
        keeps failing is refused under every new name, while partners behind it are served.
        """
        now = int(Clock.now().timestamp())
        minute = now // _WINDOW_SECONDS
        if minute != self._minute or len(self._counts) > _MOST_WINDOWS:
            self._minute = minute
            self._counts.clear()
        limit = self._limits.public_per_minute
        if credential is None:
            used = self._add(_address(scope), _weight(scope))
        elif credential in self._proven or (used := self._counts.get(_FAILED + _address(scope), 0)) <= limit:
            limit = self._limits.partner_per_minute
            used = self._counts.get(credential, 0) + 1
        return limit, limit - used, _WINDOW_SECONDS - now % _WINDOW_SECONDS

    def prove(self, credential: bytes) -> None:
        """Count a request for a credential that it has proved."""
        self._add(credential, 1)
        if len(self._proven) < _MOST_WINDOWS:
            self._proven.add(credential)

    def fail(self, scope: Scope) -> None:
        """Count a request that proved nothing for its address."""
        self._add(_FAILED + _address(scope), 1)

    def _add(self, key: bytes, weight: int) -> int:
        self._counts[key] = used = self._counts.get(key, 0) + weight
        return used


class Admission:
    """One request's place in a window. A route of another protocol than REST's admits it by itself."""

    def __init__(self, windows: Windows, scope: Scope) -> None:
        self._windows = windows
        self._scope = scope
        self._credential: bytes | None = None
        self._is_proven = False
        self.failed = False
        self.limit = self.remaining = self.reset = 0

    def by(self, credential: bytes | None) -> bool:
        """Count the request for the credential that it claims, or for its address; False when that is too many."""
        self._credential = credential
        self.limit, self.remaining, self.reset = self._windows.admit(self._scope, credential)
        return self.remaining >= 0

    def prove(self) -> None:
        """Its caller is who they say: from now on it counts for their credential."""
        if self._credential is not None and not self._is_proven:
            self._is_proven = True
            self._windows.prove(self._credential)

    def learn(self, status: int) -> None:
        """Note how it ended; `failed` says that the credential was no good, whatever the status.

        A request that its route never came to admit is its address's.
        """
        if self.limit == 0:
            self.by(None)
        if self.failed or status == problems.UNAUTHENTICATED.status:
            self._windows.fail(self._scope)
        elif status < 400:
            self.prove()

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % max(0, self.remaining)),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


class Envelop:
    """The outermost layer of the service."""

    def __init__(self, app: ASGIApp, limits: LimitSettings, most_bytes: int) -> None:
        self._app = app
        self._windows = Windows(limits)
        self._under_way = UnderWay(most_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        trace_id = random_bytes(16).hex()
        admission = Admission(self._windows, scope)
        share = Share(self._under_way, _address(scope).decode())
        scope.setdefault("state", {}).update(trace_id=trace_id, admission=admission, share=share)
        admitted = _is_admitted_by_its_route(scope) or admission.by(_credential(scope))
        unread = Unread(scope, receive, send)
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if scope["state"].get(LOSES_REPLY):
                hang_up(scope)
                await asyncio.sleep(0)  # so that the server has noticed before the application ends
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                trace = (b"x-trace-id", trace_id.encode())
                message["headers"] = [*_private(scope, message.get("headers", ())), trace, *admission.headers]
            await unread.send(message)

        try:
            if admitted:
                await self._app(scope, unread.receive, send_with_headers)
                admission.learn(status)
            else:
                await _refuse(send_with_headers, admission.reset, trace_id)
        finally:
            share.end()
        route = getattr(scope.get("route"), "path", "other")
        _requests(route, status).inc()
        _seconds(route).observe(time.perf_counter() - started)


def _private(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, and that nobody on the way reads it, keeps it or takes it for what it is not."""
    every = list(headers)
    if scope["scheme"] == "https":
        every.append(_ENCRYPTED)
    if not _has(every, _SNIFFING[0]):
        every.append(_SNIFFING)
    if scope["path"].startswith(_DOORS) and not _has(every, _KEEPING[0]):
        every.append(_KEEPING)
    return every


def _has(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bool:
    return any(each == name for each, _ in headers)


def _weight(scope: Scope) -> int:
    """What belongs to a page is counted with the page."""
    return 0 if scope["path"].startswith("/static/") else 1


def _is_admitted_by_its_route(scope: Scope) -> bool:
    """SOAP says who calls inside the message, the existing protocol in headers of its own; both refuse in their own
    words."""
    return scope["method"] == "POST" and (scope["path"] == "/soap" or scope["path"].startswith(_OTHER_PROTOCOLS))


def _credential(scope: Scope) -> bytes | None:
    """The credential id that a request claims, where routes ask for one."""
    path = scope["path"]
    if path.startswith("/v1/") and not path.startswith("/v1/verify"):
        for name, value in scope["headers"]:
            if name == b"authorization" and (claimed := CLAIMED.match(value)):
                return claimed[1] or claimed[2]
    return None


def _address(scope: Scope) -> bytes:
    client = scope.get("client")
    return origin(client[0] if client else "").encode()


async def _refuse(send: Callable[[Message], Awaitable[None]], reset: int, trace_id: str) -> None:
    document = Refused(problems.RATE_LIMITED).as_dict() | {"trace_id": trace_id}
    body = orjson.dumps(document)
    headers = [
        (b"content-type", problems.CONTENT_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % reset),
    ]
    await send({"type": "http.response.start", "status": problems.RATE_LIMITED.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
