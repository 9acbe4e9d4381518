"""HTTP/1.1 as every door speaks it. Whatever else a client offers to speak, its request is read as it came.

Before a door knows that there is a request, its head is in memory: so heads are bounded, and nobody is waited for who
sends nothing. A proxy in front may do the same; the service does not rely on one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import orjson
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.base import problems
from gateway.base.problems import ProblemType
from gateway.base.settings import HttpSettings
from gateway.doors.hanging_up import HANG_UP

_HOP_BY_HOP = (b"upgrade", b"http2-settings")
_INVALID = "Invalid HTTP request received."
_MOST_HEAD_BYTES = 32 * 1024
_MOST_HEADERS = 100
_MOST_CONTENT_TYPE_BYTES = 1000
"""What reads a content type need not be quick with a long one."""
_LEAST_BYTES_A_SECOND = 1024
_REASONS = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class _HeadTooLarge(Exception):
    """Ends the parser's work on a request."""


class Http1(HttpToolsProtocol):
    """Takes no notice of `Upgrade`, as a server may (RFC 9110, 7.8): the body that follows is the request's body.

    Java's HttpClient and `curl --http2` offer h2c with their first request. The parser ends such a request at its
    head, and would read its body as the next request of the connection, whatever somebody wrote into it.

    A head takes at most `patience` seconds from its first byte, or from the connection for the first one; a body brings
    1 KiB a second over any such span. The time in which we do not read does not count.
    """

    def __init__(self, *arguments: Any, patience: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._patience = patience
        self._in_head = True
        self._head_bytes = 0
        self._body_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._has_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        while data and not self._has_refused:
            room = _MOST_HEAD_BYTES - self._head_bytes if self._in_head else len(data)
            piece, data = data[:room], data[room:]
            if self._in_head:
                self._head_bytes += len(piece)
            else:
                self._body_bytes += len(piece)
            if not self._read(piece):
                return
            if self._in_head and self._head_bytes >= _MOST_HEAD_BYTES:
                self._refuse(problems.HEAD_TOO_LARGE)
        if self._has_refused or (self._in_head and not self._head_bytes):
            self._wait_no_more()
        elif self._timer is None:
            self._wait()

    def _read(self, data: bytes) -> bool:
        """Give the parser what came; False when that was the connection's end."""
        left: bytes | None = data
        while left is not None:
            try:
                self.parser.feed_data(left)
            except HttpParserUpgrade as ended:
                left = self._begun_anew(left[ended.args[0] :])
            except HttpParserError as error:
                if isinstance(error.__context__, _HeadTooLarge):
                    self._refuse(problems.HEAD_TOO_LARGE)
                else:
                    self.send_400_response(_INVALID)
                return False
            else:
                return True
        return False

    def _wait(self) -> None:
        self._body_bytes = 0
        self._timer = self.loop.call_later(self._patience, self._has_waited)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _has_waited(self) -> None:
        is_slow = self._in_head or self._body_bytes < _LEAST_BYTES_A_SECOND * self._patience
        if self.flow.read_paused or not is_slow:
            self._wait()
        else:
            self._refuse(problems.TOO_SLOW)

    def _refuse(self, problem: ProblemType) -> None:
        """Answer and hang up. Where a request before this one is still to be answered, that is the last answer."""
        self._has_refused = True
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering and self._in_head:
            self.cycle.keep_alive = False
            return
        if not is_answering or not self.cycle.response_started:
            body = orjson.dumps(problems.document(problem))
            lines = [
                b"HTTP/1.1 %d %b" % (problem.status, _REASONS[problem.status]),
                b"content-type: " + problems.CONTENT_TYPE.encode(),
                b"content-length: %d" % len(body),
                b"connection: close",
                b"",
                body,
            ]
            self.transport.write(b"\r\n".join(lines))
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"now": self.transport.abort}}

    def on_headers_complete(self) -> None:
        self._must_be_bounded()
        if not self.parser.should_upgrade():
            self._in_head = False
            self._wait_no_more()
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            self._in_head, self._head_bytes = True, 0
            super().on_message_complete()

    def _must_be_bounded(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        longest = max((len(value) for name, value in self.headers if name == b"content-type"), default=0)
        if size > _MOST_HEAD_BYTES or len(self.headers) > _MOST_HEADERS or longest > _MOST_CONTENT_TYPE_BYTES:
            raise _HeadTooLarge

    def _begun_anew(self, rest: bytes) -> bytes | None:
        """The request without its offer, for a new parser; `rest` is what came after its head. None for a tunnel."""
        if self.parser.get_method() == b"CONNECT":
            self.send_400_response(_INVALID)
            return None
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version), *_lines(self.headers), b"", b""]
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it
        return b"\r\n".join(lines) + rest


def _lines(headers: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """The headers as they stood, but for those that offer another protocol."""
    for name, value in headers:
        if name == b"connection":
            options = [option for option in value.split(b",") if option.strip().lower() not in _HOP_BY_HOP]
            value = b",".join(options)
        if name not in _HOP_BY_HOP:
            yield b"%b: %b" % (name, value)


def wire(http: HttpSettings) -> dict[str, Any]:
    """How uvicorn serves the application, wherever it runs."""
    protocol = partial(Http1, patience=http.patience_seconds)
    return {"http": protocol, "ws": "none", "lifespan": "on", "server_header": False}
