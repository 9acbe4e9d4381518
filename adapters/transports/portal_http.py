"""HTTP to one portal: its own host only, no redirects, no proxies, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.portal import PATIENCE
from schemas.findings import Text

MAX_ANSWER = 32 << 20
_LONGEST_CONNECTING = 10.0
_LONGEST_SECONDS = 120.0
_LONGEST_WAIT = 86_400.0
_AWAY = (408, 425, 429)
REFUSED = (401, 403, 407)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer. `headers` are by lower-case name."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "application/octet-stream")

    @property
    def clock(self) -> datetime | None:
        """What the portal's own clock said."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None

    @property
    def wait_seconds(self) -> float:
        """How long the portal asks us to wait, 0 when it does not say."""
        asked = self.headers.get("retry-after", "")
        if asked.isdecimal():
            return min(float(asked), _LONGEST_WAIT)
        try:
            left = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return 0.0
        return min(max(left, 0.0), _LONGEST_WAIT)

    def must_be_usable(self, subject: str) -> None:
        """Raises Retriable when the portal is away or busy, Barred when it does not let us in, Fatal when it will not
        talk to us about this."""
        if self.status < 300:
            return
        told = Text(f"{subject}：门户返回状态 {self.status}", f"{subject}: the portal answered {self.status}")
        if self.status < 400 or self.status >= 500 or self.status in _AWAY:
            raise Retriable(told, self.wait_seconds)
        raise Barred(told) if self.status in REFUSED else Fatal(told)


class PortalHttp:
    """A connection to a portal that is kept open between questions."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._url = url
        timeout = httpx.Timeout(patience, connect=min(patience, _LONGEST_CONNECTING))
        self._client = httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        *,
        content: bytes | None = None,
    ) -> HttpAnswer:
        """The answer, whatever its status. Raises Retriable when there is none, or only half of one."""
        headers = {"accept-encoding": "identity", **headers}
        try:
            with self._client.stream(
                method, self._url + path, params=query or None, headers=headers, content=content
            ) as response:
                return HttpAnswer(response.status_code, dict(response.headers), _bounded(response))
        except httpx.InvalidURL as error:
            raise Barred(_failed(self._url + path, error)) from error
        except httpx.HTTPError as error:
            raise Retriable(_failed(self._url + path, error)) from error

    def close(self) -> None:
        self._client.close()


def _failed(url: str, error: Exception) -> Text:
    words = str(error) or type(error).__name__
    return Text(f"无法访问 {url}，系统报告“{words}”", f"{url}: {words}")


def _bounded(response: httpx.Response) -> bytes:
    deadline = time.monotonic() + _LONGEST_SECONDS
    raw = bytearray()
    for chunk in response.iter_bytes():
        raw += chunk
        if len(raw) > MAX_ANSWER:
            most = MAX_ANSWER >> 20
            raise Fatal(Text(f"门户的应答超过 {most} MiB", f"the portal's answer is larger than {most} MiB"))
        if time.monotonic() > deadline:
            most = int(_LONGEST_SECONDS)
            raise Retriable(Text(f"门户的应答用时超过 {most} 秒", f"the portal's answer takes longer than {most} s"))
    return bytes(raw)
