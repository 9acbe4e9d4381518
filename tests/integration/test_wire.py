"""HTTP as clients really speak it: offers of other protocols are passed over, and no byte of a body is lost.

Java's own client, which offers h2c at first, pushes in test_examples.py.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import httpx
import orjson
import pytest

from gateway.base.settings import HttpSettings, Settings
from schemas import samples
from tests.conftest import Partner

OFFERS = {
    "java": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA",
    "lines of their own": "Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: h2c",
    "websocket": "Upgrade: websocket\r\nConnection: UPGRADE\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==",
    "tls": "Upgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade",
}
LIMIT = 100_000
LARGE = bytes(24 * 2**20)
"""More than the buffers between two ends of a connection hold: whoever sends it waits until somebody reads."""
INNER = b"GET /v1/verify/INNER HTTP/1.1\r\nHost: yizhan\r\n\r\n"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    limited = HttpSettings(public_url="http://verify.example.test", max_body_bytes=LIMIT)
    return settings.model_copy(update={"http": limited})


@contextmanager
def connected(client: httpx.Client) -> Iterator[tuple[socket.socket, BinaryIO]]:
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port or 80), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.makefile("rb") as stream:
            yield connection, stream


def head(partner: Partner, *lines: str, method: str = "POST", target: str = "/v1/contracts") -> bytes:
    given = [f"{method} {target} HTTP/1.1", "Host: yizhan", f"Authorization: {partner.bearer['Authorization']}", *lines]
    return "\r\n".join([*given, "", ""]).encode()


def answer_in(stream: BinaryIO) -> tuple[int, http.client.HTTPMessage, Any]:
    status = int(stream.readline().split()[1])
    headers = http.client.parse_headers(stream)
    content = stream.read(int(headers.get("content-length", "0")))
    return status, headers, orjson.loads(content) if content else None


def follow_up(connection: socket.socket, stream: BinaryIO, partner: Partner) -> None:
    """The next request of the connection is answered next, and nothing else is."""
    connection.sendall(head(partner, "Connection: close", method="GET", target="/v1/no-such-page"))
    status, _, document = answer_in(stream)
    assert (status, document["code"]) == (404, "REQUEST-003")
    assert stream.read() == b""


@pytest.mark.parametrize("cut", [0, 1, 400], ids=["one segment", "two segments", "cut within the body"])
@pytest.mark.parametrize("offer", OFFERS)
def test_a_body_behind_an_offer_to_upgrade_is_read(
    client: httpx.Client, partner: Partner, offer: str, cut: int
) -> None:
    body = orjson.dumps(samples.contract(700))
    with connected(client) as (connection, stream):
        request = head(partner, OFFERS[offer], f"Content-Length: {len(body)}") + body
        ends = len(request) - len(body) + cut - 1 if cut else len(request)
        connection.sendall(request[:ends])
        connection.sendall(request[ends:])
        status, _, document = answer_in(stream)
        assert status in (200, 201), document
        assert document["records"][0]["key"] == samples.contract(700)["business_no"]
        follow_up(connection, stream, partner)


@pytest.mark.parametrize("offer", OFFERS)
def test_a_chunked_body_behind_an_offer_is_read(client: httpx.Client, partner: Partner, offer: str) -> None:
    body = orjson.dumps(samples.contract(701))
    with connected(client) as (connection, stream):
        connection.sendall(head(partner, OFFERS[offer], "Transfer-Encoding: chunked"))
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        status, _, document = answer_in(stream)
        assert status in (200, 201), document
        follow_up(connection, stream, partner)


@pytest.mark.parametrize("offer", OFFERS)
def test_a_body_that_looks_like_a_request_is_none(client: httpx.Client, partner: Partner, offer: str) -> None:
    lines = (OFFERS[offer], "Expect: 100-continue", f"Content-Length: {len(INNER)}")
    with connected(client) as (connection, stream):
        connection.sendall(head(partner, *lines))
        assert answer_in(stream)[0] == 100, "the head has been read, and the body is awaited"
        connection.sendall(INNER)
        status, _, document = answer_in(stream)
        assert (status, document["code"]) == (400, "INTAKE-001")
        follow_up(connection, stream, partner)


def test_a_request_without_a_body_may_offer_too(client: httpx.Client, partner: Partner) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(head(partner, OFFERS["java"], method="GET", target="/v1/changes"))
        assert answer_in(stream)[0] == 200
        follow_up(connection, stream, partner)


def test_nobody_gets_a_tunnel(client: httpx.Client) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(b"CONNECT yizhan:443 HTTP/1.1\r\nHost: yizhan:443\r\n\r\n" + INNER)
        assert stream.read().startswith(b"HTTP/1.1 400 ")


ADDRESSES = {
    "a push": ("/v1/contracts", 413, "REQUEST-002"),
    "a push over SOAP": ("/soap", 413, "REQUEST-002"),
    "the existing protocol, nobody known": ("/v1/econtract/apply/1", 401, "AUTH-001"),
    "no such address": ("/v1/no-such-page", 404, "REQUEST-003"),
    "a verification": ("/v1/verify", 413, "REQUEST-002"),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_sends_everything_before_looking_reads_the_answer(
    client: httpx.Client, partner: Partner, address: str
) -> None:
    path, status, code = ADDRESSES[address]
    request = urllib.request.Request(f"{client.base_url}{path}", LARGE, partner.bearer)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    with caught.value as answer:
        assert code in answer.read().decode()
    assert answer.code == (status if path != "/soap" else 500), "a fault of SOAP 1.1 is always 500"


def test_who_keeps_the_connection_reads_the_answer_and_is_told_that_it_ends(
    client: httpx.Client, partner: Partner
) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(head(partner, f"Content-Length: {len(LARGE)}") + LARGE)
        status, headers, document = answer_in(stream)
        assert (status, document["max_bytes"], headers["connection"]) == (413, LIMIT, "close")
        assert stream.read() == b""


def test_a_small_body_that_nobody_wants_does_not_end_the_connection(client: httpx.Client, partner: Partner) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(head(partner, "Content-Length: 5", target="/v1/no-such-page") + b"12345")
        status, headers, _ = answer_in(stream)
        assert (status, "connection" in headers) == (404, False)
        follow_up(connection, stream, partner)


def test_who_asks_before_sending_too_much_is_not_told_to_go_on(client: httpx.Client, partner: Partner) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(head(partner, "Expect: 100-continue", f"Content-Length: {len(LARGE)}"))
        status, headers, _ = answer_in(stream)
        assert (status, headers["connection"]) == (413, "close")
        connection.shutdown(socket.SHUT_WR)
        assert stream.read() == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/contracts"), ("POST", "/soap"), ("POST", "/v1/verify"), ("POST", "/v1/contracts/lookup"),
     ("POST", "/v1/uploads")],
)  # fmt: skip
def test_a_compressed_body_is_refused_as_such(
    client: httpx.Client, partner: Partner, method: str, path: str, coding: str
) -> None:
    packed, told = gzip.compress(b"{}"), {**partner.bearer, "Content-Encoding": coding, "Content-Type": "text/xml"}
    answer = client.request(method, path, content=packed, headers=told)
    assert answer.status_code == (500 if path == "/soap" else 415)
    assert "REQUEST-006" in answer.text
