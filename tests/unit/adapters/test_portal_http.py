"""HTTP to a portal: no other host, no proxy, nothing without end."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adapters.errors import Fatal, Retriable
from adapters.transports import portal_http
from adapters.transports.portal_http import PortalHttp


class Answers(BaseHTTPRequestHandler):
    """/moved leads to /there, /long is 64 KiB, /cut promises more than it sends, /<status> is that status."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status = {"/moved": 302, "/there": 200, "/long": 200, "/cut": 200}.get(self.path) or int(self.path[1:])
        body = b"x" * (65536 if self.path == "/long" else 10)
        self.send_response(status)
        self.send_header("Location", "/there")
        self.send_header("Content-Length", "100" if self.path == "/cut" else str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def portal(asked: list[str]) -> Iterator[PortalHttp]:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Answers,), {"asked": asked})) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        http = PortalHttp(f"http://127.0.0.1:{server.server_address[1]}")
        yield http
        http.close()
        server.shutdown()
        thread.join()


def test_a_redirect_is_not_followed(portal: PortalHttp, asked: list[str]) -> None:
    answer = portal.ask("GET", "/moved", {})
    with pytest.raises(Retriable, match="302"):
        answer.must_be_usable("agencies")
    assert asked == ["/moved"]


def test_a_proxy_of_the_environment_is_not_asked(portal: PortalHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    again = PortalHttp(portal._url)
    assert again.ask("GET", "/there", {}).status == 200
    again.close()


def test_an_answer_that_is_too_long_is_fatal(portal: PortalHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_http, "MAX_ANSWER", 65535)
    with pytest.raises(Fatal, match="larger"):
        portal.ask("GET", "/long", {})


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", id="body without a length"),
    ],
)
def test_an_answer_that_trickles_ends_at_the_deadline(head: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        trickling = threading.Thread(target=trickle, args=(listening, head))
        trickling.start()
        http = PortalHttp(f"http://127.0.0.1:{listening.getsockname()[1]}", longest=0.3)
        with pytest.raises(Retriable, match=r"longer than 0\.3 s"):
            http.ask("GET", "/there", {})
        http.close()
        trickling.join(30)
    assert not trickling.is_alive()


def trickle(listening: socket.socket, head: bytes) -> None:
    """Send a byte every few milliseconds until the client hangs up."""
    line, _ = listening.accept()
    with line, suppress(OSError):
        line.sendall(head)
        while not select.select([line], [], [], 0.02)[0] or line.recv(65536):
            line.sendall(b"x")


def test_an_answer_that_breaks_off_is_worth_another_try(portal: PortalHttp) -> None:
    with pytest.raises(Retriable):
        portal.ask("GET", "/cut", {})


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Fatal), (401, Fatal), (403, Fatal), (404, Fatal), (408, Retriable), (429, Retriable), (502, Retriable)],
)
def test_a_status_says_whether_to_try_again(portal: PortalHttp, status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=str(status)):
        portal.ask("GET", f"/{status}", {}).must_be_usable("agencies")
