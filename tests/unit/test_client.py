"""What the client package believes, and what it sends a second time; without a gateway."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from yizhan_client import (
    Client,
    Inbox,
    NotDone,
    NotVerified,
    Refused,
    Retrying,
    Unreachable,
    verify_receipt,
    verify_webhook,
)

from gateway.trust.receipts import ReceiptSigner
from gateway.trust.signing import Purpose, SigningKey

QUICK = Retrying(attempts=3, first=0, most=0, follow=2)
SECRET = base64.b64encode(b"0" * 24).decode()


def answering(handle: Callable[[httpx.Request], httpx.Response]) -> tuple[Client, list[str]]:
    """A client whose gateway is a function, and the requests that reach it."""
    seen: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path}")
        return handle(request)

    return Client("http://gateway.test", "k", SECRET, retrying=QUICK, transport=httpx.MockTransport(note)), seen


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset")


def receipt(key: SigningKey) -> str:
    return ReceiptSigner(key, "https://gateway.test").sign_claims({"iat": int(time.time())}, "yizhan-receipt+jwt")


def test_a_receipt_by_a_withdrawn_key_is_not_believed() -> None:
    key = SigningKey.generate()
    published = key.public.as_jwk(Purpose.RECEIPT)
    assert verify_receipt(receipt(key), {"keys": [published]})["iat"]
    withdrawn = published | {"yizhan:withdrawn_since": "2020-01-01T00:00:00+08:00"}
    with pytest.raises(NotVerified, match="withdrawn"):
        verify_receipt(receipt(key), {"keys": [withdrawn]})


@pytest.mark.parametrize("signature", ["v1,不是", "v1,é", "v1a,\u00ff", "v1", ",", "v1,AA==", "\U0001f600,AA=="])
def test_no_signature_of_a_webhook_does_more_than_not_match(signature: str) -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(time.time())), "webhook-signature": signature}
    with pytest.raises(NotVerified):
        verify_webhook(b"{}", headers, [f"whsec_{SECRET}", f"whpk_{SECRET}", "whsec_密钥"])


def test_a_good_webhook_is_read() -> None:
    sent = str(int(time.time()))
    made = hmac.new(base64.b64decode(SECRET), f"1.{sent}.".encode() + b'{"a": 1}', hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(made).decode()}"
    headers = {"webhook-id": "1", "webhook-timestamp": sent, "webhook-signature": signature}
    assert verify_webhook(b'{"a": 1}', headers, [f"whsec_{SECRET}"]) == {"a": 1}


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("PATCH", 1), ("GET", 3), ("PUT", 3)])
def test_what_is_not_safe_is_not_sent_again(method: str, times: int) -> None:
    client, seen = answering(lost)
    with pytest.raises(Unreachable):
        client.ask(method, "/v1/credentials", {})
    assert len(seen) == times


@pytest.mark.parametrize(("status", "times"), [(429, 3), (500, 1), (503, 1)])
def test_what_was_not_looked_at_is_sent_again(status: int, times: int) -> None:
    client, seen = answering(lambda request: httpx.Response(status, json={"code": "X"}))
    with pytest.raises(Refused):
        client.ask("POST", "/v1/credentials", {})
    assert len(seen) == times


def test_a_push_is_sent_again_by_its_key() -> None:
    client, seen = answering(lost)
    with pytest.raises(Unreachable):
        client.push("contract", {})
    assert len(seen) == 3


def test_a_document_that_is_never_done_is_not_waited_for_for_ever() -> None:
    replies: Mapping[str, Any] = {
        "/v1/uploads": {"upload_id": "u", "part_bytes": 10, "missing": []},
        "/v1/uploads/u/complete": {"submission_id": "s"},
        "/v1/submissions/s": {"state": "working"},
    }
    client, seen = answering(lambda request: httpx.Response(200, content=json.dumps(replies[request.url.path])))
    with pytest.raises(NotDone) as late:
        client.upload(b"[]", kind="contract")
    assert (late.value.submission_id, seen.count("GET /v1/submissions/s")) == ("s", 2)


def signed(position: int, **data: object) -> tuple[bytes, dict[str, str]]:
    """A delivery about a record."""
    told = {"position": position, "kind": "contract", "key": "A-1", "code": "LY1", **data}
    body, sent = json.dumps({"data": told}).encode(), str(int(time.time()))
    made = hmac.new(base64.b64decode(SECRET), f"{position}.{sent}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(made).decode()}"
    return body, {"webhook-id": str(position), "webhook-timestamp": sent, "webhook-signature": signature}


def test_an_inbox_handles_each_event_once_and_none_behind_a_newer_one() -> None:
    known: dict[str, int] = {}
    inbox, seen = Inbox([f"whsec_{SECRET}"], known), list[int]()
    for position in (2, 2, 1, 3):
        inbox.handle(*signed(position), do=lambda event: seen.append(event["data"]["position"]))
    assert inbox.handle(*signed(1, code="LY2"), do=lambda event: None), "another agency's, of the same number"
    assert seen == [2, 3]
    assert not Inbox([f"whsec_{SECRET}"], known).handle(*signed(3), do=lambda event: None), "as after a restart"


def test_what_could_not_be_handled_comes_again() -> None:
    inbox = Inbox([f"whsec_{SECRET}"])
    with pytest.raises(ZeroDivisionError):
        inbox.handle(*signed(1), do=lambda event: 1 / 0)
    assert inbox.handle(*signed(1), do=lambda event: None)
    with pytest.raises(NotVerified):
        inbox.handle(b"{}", signed(1)[1], do=lambda event: None)
