"""HTTP/1.1 as every door speaks it. Whatever else a client offers to speak, its request is read as it came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HOP_BY_HOP = (b"upgrade", b"http2-settings")
_INVALID = "Invalid HTTP request received."


class Http1(HttpToolsProtocol):
    """Takes no notice of `Upgrade`, as a server may (RFC 9110, 7.8): the body that follows is the request's body.

    Java's HttpClient and `curl --http2` offer h2c with their first request. The parser ends such a request at its
    head, and would read its body as the next request of the connection, whatever somebody wrote into it.
    """

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        left: bytes | None = data
        while left is not None:
            try:
                self.parser.feed_data(left)
                return
            except HttpParserUpgrade as ended:
                left = self._begun_anew(left[ended.args[0] :])
            except HttpParserError:
                self.send_400_response(_INVALID)
                return

    def on_headers_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

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


WIRE: dict[str, Any] = {"http": Http1, "ws": "none", "lifespan": "on", "server_header": False}
"""How uvicorn serves the application, wherever it runs."""
