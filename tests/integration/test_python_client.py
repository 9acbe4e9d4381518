"""The Python client in its own package: signs, retries safely, verifies. It shares no code with what it speaks to."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from yizhan_client import (
    AsyncClient,
    Client,
    Conflict,
    NotVerified,
    PositionUnknown,
    Refused,
    Rejected,
    Retrying,
    Unreachable,
    verify_receipt,
    verify_webhook,
)

from gateway.access.divisions import SANDBOX
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.onboarding.faults import Fault
from gateway.relay.keys import Scheme, TargetKey
from schemas import samples
from tests.conftest import Partner, free_port, issue_partner
from tests.processes import running_beside

SOURCE = Path(__file__).parents[2] / "clients/python/src"
QUICK = Retrying(attempts=6, first=0.02, most=0.1)
_numbers = iter(range(1, 10_000))


@pytest.fixture
def tester(settings: Settings) -> Partner:
    return issue_partner(settings, f"client-{next(_numbers)}", division=SANDBOX, speaks_for="")


@pytest.fixture
def yizhan(client: httpx.Client, tester: Partner) -> Iterator[Client]:
    with Client(str(client.base_url), tester.api_key, tester.secret, retrying=QUICK, trust_env=False) as opened:
        yield opened


def fresh() -> dict[str, Any]:
    return samples.contract(next(_numbers))


def test_it_imports_nothing_of_the_service() -> None:
    program = "import sys, yizhan_client; print({name.partition('.')[0] for name in sys.modules})"
    environment = {"PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=True)
    assert "yizhan_client" in ran.stdout
    assert "'gateway'" not in ran.stdout
    assert "'adapters'" not in ran.stdout


def test_a_push_is_answered_and_its_receipt_verifies(yizhan: Client) -> None:
    answer = yizhan.push("contract", fresh())
    (record,) = answer.records
    assert (record.is_stored, record.status, answer.is_replay) == (True, "accepted", False)
    claims = verify_receipt(answer.receipt, yizhan.keys())
    assert (claims["jti"], claims["test"]) == (answer.submission_id, True)
    assert yizhan.find("contract", record.code or "")["code"] == record.code
    assert yizhan.picture(record.code or "")[:4] == b"\x89PNG"


def test_one_key_is_one_push(yizhan: Client) -> None:
    body = fresh()
    first, second = (yizhan.push("contract", body, key="one") for _ in range(2))
    assert (first.receipt, second.is_replay) == (second.receipt, True)


FAULTS = {
    Fault.LOST_REPLY: 3, Fault.RATE_LIMITED: 1, Fault.BUSY: 1, Fault.CLOCK_SKEW: 1, Fault.SLOW: 1,
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_it_ends_with_one_code(yizhan: Client, fault: Fault) -> None:
    yizhan.ask("PUT", "/v1/sandbox/faults", {fault.value: FAULTS[fault]})
    body = fresh()
    answer = yizhan.push("contract", body)
    assert set(yizhan.ask("GET", "/v1/sandbox/faults")["faults"].values()) == {0}
    again = yizhan.push("contract", body)
    assert again.records[0].code == answer.records[0].code
    found = yizhan.ask("GET", f"/v1/contracts?business_no={body['business_no']}")["records"]
    assert [each["code"] for each in found] == [answer.records[0].code]


def test_all_at_once_end_with_one_code_too(yizhan: Client, client: httpx.Client, tester: Partner) -> None:
    wished = {fault.value: 1 for fault in FAULTS}
    yizhan.ask("PUT", "/v1/sandbox/faults", wished)
    body = fresh()

    async def push() -> Any:
        url = str(client.base_url)
        async with AsyncClient(url, tester.api_key, tester.secret, retrying=QUICK, trust_env=False) as opened:
            return await opened.push("contract", body)

    answer = asyncio.run(push())
    assert yizhan.push("contract", body).records[0].code == answer.records[0].code


def test_a_key_that_has_expired_is_told_and_not_tried_again(yizhan: Client) -> None:
    yizhan.ask("PUT", "/v1/sandbox/faults", {"expired_key": 1})
    with pytest.raises(Refused, match="AUTH-001"):
        yizhan.push("contract", fresh())
    assert yizhan.push("contract", fresh()).records[0].is_stored


def test_a_clock_that_is_wrong_is_set_by_the_gateways(yizhan: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr("yizhan_client.signing.time.time", lambda: real() + 7200)
    assert yizhan.push("contract", fresh()).records[0].is_stored


def test_a_state_that_was_moved_unheard_is_moved(yizhan: Client) -> None:
    code = yizhan.push("contract", fresh()).records[0].code or ""
    yizhan.ask("PUT", "/v1/sandbox/faults", {"lost_reply": 2})
    assert yizhan.set_state("contract", code, "void")["state"] == "void"


def test_what_does_not_pass_says_why(yizhan: Client) -> None:
    body = fresh()
    with pytest.raises(Rejected) as rejected:
        yizhan.push("contract", body | {"headcount": 0})
    assert rejected.value.findings[0]["reason"]["zh"]
    yizhan.push("contract", body)
    with pytest.raises(Conflict, match="INTAKE-003"):
        yizhan.push("contract", body | {"route_name": "改线"})
    assert yizhan.push("contract", body | {"route_name": "改线"}, amend=True).records[0].status == "amended"


def test_a_list_has_the_fate_of_each(yizhan: Client) -> None:
    answer = yizhan.push("contract", [fresh(), {}])
    assert [record.status for record in answer.records] == ["accepted", "rejected"]
    tried = yizhan.try_out("contract", [fresh(), {}])
    assert (tried["counts"]["accepted"], tried["counts"]["rejected"]) == (1, 1)


def test_a_large_document_is_followed_to_its_end(yizhan: Client, settings: Settings) -> None:
    content = json.dumps([*(fresh() for _ in range(5)), {}]).encode()
    with running_beside(settings, "work"):
        done = yizhan.upload(content, kind="contract", key="large")
    assert (done.counts["accepted"], done.counts["rejected"], len(done.failures)) == (5, 1, 1)
    claims = verify_receipt(done.receipt, yizhan.keys())
    assert (claims["state"], claims["test"]) == ("done", True)


def test_changes_are_followed(yizhan: Client) -> None:
    before = yizhan.changes().high_water
    code = yizhan.push("contract", fresh()).records[0].code
    page = yizhan.changes(before)
    assert code in [event.get("code") for event in page.events]
    with pytest.raises(PositionUnknown) as unknown:
        yizhan.changes(page.high_water + 10**6)
    assert unknown.value.resume_after <= page.high_water


def test_nobody_there_is_said_after_so_many_attempts() -> None:
    nobody = Client(f"http://127.0.0.1:{free_port()}", "k", "s", retrying=QUICK, trust_env=False)
    with nobody, pytest.raises(Unreachable, match="6 attempts"):
        nobody.keys()


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


UNSIGNED = encoded('{"alg":"none","kid":"x","typ":"yizhan-receipt+jwt"}')
SPOILT: dict[str, Callable[[str], str]] = {
    "another signature": lambda text: text[:-2] + ("AA" if text[-2:] != "AA" else "BB"),
    "other claims": lambda text: text.replace(text.split(".")[1], encoded('{"sub":"x"}')),
    "no algorithm": lambda text: ".".join([UNSIGNED, *text.split(".")[1:]]),
    "dots": lambda text: "..",
    "nothing": lambda text: "",
    "noise": lambda text: "a.b.c",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_an_altered_receipt_does_not_verify(yizhan: Client, spoil: Callable[[str], str]) -> None:
    receipt, keys = yizhan.push("contract", fresh()).receipt, yizhan.keys()
    with pytest.raises(NotVerified):
        verify_receipt(spoil(receipt), keys)
    with pytest.raises(NotVerified):
        verify_receipt(receipt, {"keys": []})


def test_webhooks_are_verified_by_either_kind_of_key() -> None:
    body = json.dumps({"type": "contract.created", "data": {"position": 1}}).encode()
    for scheme in (Scheme.HMAC, Scheme.ED25519):
        key, now = TargetKey.new(scheme, Clock.now()), str(int(time.time()))
        signature = key.sign(f"msg_1.{now}.".encode() + body)
        headers = {"Webhook-Id": "msg_1", "Webhook-Timestamp": now, "Webhook-Signature": f"v9,x {signature}"}
        assert verify_webhook(body, headers, ["whsec_AAAA", key.shown])["data"]["position"] == 1
        for other in (headers | {"Webhook-Id": "msg_2"}, headers | {"Webhook-Timestamp": "1"}, {}):
            with pytest.raises(NotVerified):
                verify_webhook(body, other, [key.shown])
        with pytest.raises(NotVerified):
            verify_webhook(body + b" ", headers, [key.shown])
