"""HTTP to one portal: its own host only, no redirects, no proxies, bounded in time and size."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

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

    def __init__(self, url: str, patience: float = PATIENCE, longest: float | None = None) -> None:
        self._url = url
        timeout = httpx.Timeout(patience, connect=min(patience, _LONGEST_CONNECTING))
        self._client = httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout)
        self._longest = max(_LONGEST_SECONDS, patience) if longest is None else longest
        self._line: socket.socket | None = None

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        *,
        content: bytes | None = None,
    ) -> HttpAnswer:
        """The answer, whatever its status. Raises Retriable when there is none, or only half of one, in `longest`
        seconds: those of the client begin anew with every byte.
        """
        headers = {"accept-encoding": "identity", **headers}
        expired = threading.Event()
        deadline = threading.Timer(self._longest, self._hang_up, (expired,))
        deadline.daemon = True
        deadline.start()
        try:
            with self._client.stream(
                method,
                self._url + path,
                params=query or None,
                headers=headers,
                content=content,
                extensions={"trace": self._note_line},
            ) as response:
                answer = HttpAnswer(response.status_code, dict(response.headers), _bounded(response))
                if expired.is_set():  # an answer that ends with its line looks whole
                    raise self._too_slow()
                return answer
        except httpx.InvalidURL as error:
            raise Barred(_failed(self._url + path, error)) from error
        except httpx.HTTPError as error:
            if expired.is_set():
                raise self._too_slow() from error
            raise Retriable(_failed(self._url + path, error)) from error
        finally:
            deadline.cancel()

    def _too_slow(self) -> Retriable:
        most = f"{self._longest:g}"
        return Retriable(Text(f"门户的应答用时超过 {most} 秒", f"the portal's answer takes longer than {most} s"))

    def _note_line(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket; a question that comes on a kept one has no such event."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._line = info["return_value"].get_extra_info("socket")

    def _hang_up(self, expired: threading.Event) -> None:
        expired.set()
        with suppress(OSError):  # it ended a moment ago
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._client.close()


def _failed(url: str, error: Exception) -> Text:
    words = str(error) or type(error).__name__
    return Text(f"无法访问 {url}，系统报告“{words}”", f"{url}: {words}")


def _bounded(response: httpx.Response) -> bytes:
    raw = bytearray()
    for chunk in response.iter_bytes():
        raw += chunk
        if len(raw) > MAX_ANSWER:
            most = MAX_ANSWER >> 20
            raise Fatal(Text(f"门户的应答超过 {most} MiB", f"the portal's answer is larger than {most} MiB"))
    return bytes(raw)
