"""What a connection may cost before anybody knows whose it is: heads, waiting, and bytes in memory are bounded."""

from __future__ import annotations

import http.client
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import BinaryIO

import httpx
import orjson
import pytest

from gateway.base.settings import HttpSettings, Settings
from schemas import samples
from tests.conftest import Partner, running, until
from tests.integration.test_wire import answer_in, connected, head

PATIENCE = 0.6
ROOM = 1024 * 1024
SHARE = ROOM // 4
UNKNOWN = {
    "a signature": "YIZHAN-HMAC-SHA256 Credential=nobody, Timestamp=1, Nonce=12345678, Signature=" + "0" * 64,
    "a key": "Bearer nobody.secret",
    "nothing": "",
}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    bounded = HttpSettings(public_url="http://verify.example.test", max_bytes_under_way=ROOM)
    return settings.model_copy(update={"http": bounded})


@pytest.fixture(scope="module")
def impatient(settings: Settings) -> Iterator[httpx.Client]:
    http = settings.http.model_copy(update={"patience_seconds": PATIENCE})
    with running(settings.model_copy(update={"http": http})) as opened:
        yield opened


def refused(stream: BinaryIO, status: int, code: str) -> None:
    """The next answer is that refusal, and the last one of its connection."""
    found, headers, document = answer_in(stream)
    assert (found, document["code"], headers["content-type"]) == (status, code, "application/problem+json")
    assert stream.read() == b""


def text_in(stream: BinaryIO) -> tuple[int, str]:
    """Status and body of the next answer, of which only the length that it states is read."""
    status = int(stream.readline().split()[1])
    return status, stream.read(int(http.client.parse_headers(stream)["content-length"])).decode()


LONG = "x" * 33_000
START = "GET /healthz HTTP/1.1\r\nHost: yizhan\r\n"
HEADS = {
    "a header": f"{START}X: {LONG}\r\n\r\n",
    "a name of a header": f"{START}{LONG}: x\r\n\r\n",
    "an address": f"GET /healthz?{LONG} HTTP/1.1\r\nHost: yizhan\r\n\r\n",
    "many headers": START + "X: y\r\n" * 300 + "\r\n",
    "a content type": "POST /soap HTTP/1.1\r\nHost: yizhan\r\nContent-Type: text/xml" + ";" * 1500 + "\r\n\r\n",
    "behind an offer": f"GET /healthz HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nX: {LONG}\r\n\r\n",
}


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("cut", [0, 20_000], ids=["at once", "in two parts"])
def test_a_head_that_is_too_large_is_refused(client: httpx.Client, name: str, cut: int) -> None:
    with connected(client) as (connection, stream):
        request = HEADS[name].encode()
        connection.sendall(request[:cut])
        connection.sendall(request[cut:])
        refused(stream, 431, "REQUEST-007")


def test_what_came_before_it_is_answered(client: httpx.Client) -> None:
    with connected(client) as (connection, stream):
        connection.sendall(f"{START}\r\n{START}X: {LONG}\r\n\r\n".encode())
        assert answer_in(stream)[0] == 200
        assert stream.read() == b""


def test_a_head_without_an_end_is_not_kept(client: httpx.Client) -> None:
    with connected(client) as (connection, _):
        connection.sendall(START.encode())
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.sendall((b"X: " + b"y" * 1000 + b"\r\n") * 8 * 1024)


def test_a_head_within_the_bounds_is_read(client: httpx.Client) -> None:
    headers = {f"X-{number}": "y" * 300 for number in range(90)}
    assert client.get("/healthz", headers=headers).status_code == 200


SLOW = {
    "nothing at all": b"",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: yiz",
    "a head without its body": b"POST /soap HTTP/1.1\r\nHost: yizhan\r\nContent-Length: 100\r\n\r\n",
    "half a body": b"POST /soap HTTP/1.1\r\nHost: yizhan\r\nContent-Length: 100\r\n\r\n<soap",
    "half a chunk": b"POST /soap HTTP/1.1\r\nHost: yizhan\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<soap",
    "a body of an offer": b"POST /soap HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 9\r\n\r\n<",
}


@pytest.mark.parametrize("name", SLOW)
def test_nobody_is_waited_for_without_end(impatient: httpx.Client, name: str) -> None:
    with connected(impatient) as (connection, stream):
        connection.sendall(SLOW[name])
        refused(stream, 408, "REQUEST-008")


def test_half_a_request_behind_a_whole_one_is_not_waited_for(impatient: httpx.Client) -> None:
    with connected(impatient) as (connection, stream):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: yizhan\r\n\r\n")
        assert answer_in(stream)[0] == 200
        connection.sendall(b"GET /heal")
        refused(stream, 408, "REQUEST-008")


def test_a_long_body_may_take_its_time(impatient: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps(samples.contract(710))
    with connected(impatient) as (connection, stream):
        connection.sendall(head(partner, f"Content-Length: {len(body) + 3000}"))
        for part in (body, *[b" " * 1000] * 3):
            assert select.select([connection], [], [], PATIENCE * 0.7)[0] == [], "an answer before the body is there"
            connection.sendall(part)
        status, _, document = answer_in(stream)
        assert status == 201, document


@pytest.mark.parametrize("given", UNKNOWN)
@pytest.mark.parametrize("target", ["/v1/contracts", "/v1/uploads", "/v1/econtract/apply/1"])
def test_nobodys_body_is_not_waited_for(client: httpx.Client, given: str, target: str) -> None:
    lines = ["POST " + target + " HTTP/1.1", "Host: yizhan", f"Authorization: {UNKNOWN[given]}"]
    with connected(client) as (connection, stream):
        connection.sendall("\r\n".join([*lines, "Content-Length: 9000000", "", ""]).encode())
        status, text = text_in(stream)
        assert (status, "AUTH-001" in text) == (401, True)


def test_an_unknown_signature_over_soap_is_refused_before_its_body(client: httpx.Client) -> None:
    lines = ["POST /soap HTTP/1.1", "Host: yizhan", f"Authorization: {UNKNOWN['a signature']}"]
    with connected(client) as (connection, stream):
        connection.sendall("\r\n".join([*lines, "Content-Length: 9000000", "", ""]).encode())
        status, text = text_in(stream)
        assert (status, "AUTH-001" in text) == (500, True)


def held_bytes(client: httpx.Client) -> float:
    (line,) = [line for line in client.get("/metrics").text.splitlines() if line.startswith("yizhan_http_body_bytes ")]
    return float(line.split()[1])


class Held:
    """Requests under way that have sent a part of their bodies."""

    def __init__(self, stack: ExitStack, client: httpx.Client) -> None:
        self._stack, self._client = stack, client

    def sent(self, request: bytes) -> tuple[socket.socket, BinaryIO]:
        connection, stream = self._stack.enter_context(connected(self._client))
        connection.sendall(request)
        return connection, stream


@pytest.fixture
def held(client: httpx.Client) -> Iterator[Held]:
    with ExitStack() as stack:
        yield Held(stack, client)


def test_a_caller_has_a_share_of_the_memory(
    client: httpx.Client, held: Held, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    half = bytes(SHARE - 100)
    first, _ = held.sent(head(partner, f"Content-Length: {len(half) + 10}") + half)
    until(lambda: held_bytes(client) >= len(half), "the first is held")
    body = orjson.dumps(samples.contract(720))

    def pushed(by: Partner) -> httpx.Response:
        return client.post("/v1/contracts", content=body, headers=by.bearer)

    answer = pushed(partner)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "LIMIT-002", "1")
    other = new_partner("other", division="350203")
    assert pushed(other).status_code in (201, 422), "another partner has a share of its own"
    first.shutdown(socket.SHUT_RDWR)
    until(lambda: pushed(partner).status_code in (200, 201), "what was held is free again")


def test_strangers_leave_room_for_partners(client: httpx.Client, held: Held, partner: Partner) -> None:
    part = b"POST /soap HTTP/1.1\r\nHost: yizhan\r\nContent-Length: 200000\r\n\r\n" + bytes(100_000)
    for _ in range(2):
        held.sent(part)
    until(lambda: held_bytes(client) >= 200_000, "they are held")
    _, stream = held.sent(part)
    assert "LIMIT-002" in text_in(stream)[1]
    answer = client.post("/v1/contracts", content=orjson.dumps(samples.contract(721)), headers=partner.bearer)
    assert answer.status_code == 201


@pytest.mark.parametrize("target", ["/v1/contracts/none", "/soap?wsdl", "/v1/no-such-page", "/v1/verify/NONE"])
def test_answers_are_kept_by_nobody_and_taken_for_nothing_else(client: httpx.Client, target: str) -> None:
    headers = client.get(target).headers
    assert (headers.get_list("x-content-type-options"), headers["cache-control"]) == (["nosniff"], "no-store")


@pytest.mark.parametrize("target", ["/", "/v1/contracts/none", "/soap?wsdl", "/static/none", "/verify?lang=en"])
def test_who_came_encrypted_comes_by_nothing_else(client: httpx.Client, target: str) -> None:
    encrypted = client.get(target, headers={"X-Forwarded-Proto": "https"}).headers
    assert encrypted["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert all("Secure" in cookie for cookie in encrypted.get_list("set-cookie"))
    plain = client.get(target).headers
    assert "strict-transport-security" not in plain
    assert not any("Secure" in cookie for cookie in plain.get_list("set-cookie"))


@pytest.mark.parametrize("target", ["/soap?wsdl", "/soap/haixi?wsdl", "/verify/", "/v1/contracts/", "/static/"])
def test_the_host_that_a_client_names_never_comes_back(settings: Settings, target: str) -> None:
    unnamed = settings.model_copy(update={"http": settings.http.model_copy(update={"public_url": None})})
    with running(unnamed) as opened:
        answer = opened.get(target, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text + str(answer.headers)
    if answer.status_code == 200:
        assert f"127.0.0.1:{opened.base_url.port}/soap" in answer.text
