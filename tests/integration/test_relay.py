from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook
from yizhan_client import Inbox

from gateway.access.accounts import Role
from gateway.access.divisions import SANDBOX
from gateway.base.settings import RelaySettings, Settings
from schemas import filed_samples
from schemas.samples import contract
from tests.conftest import HTTP, Partner, free_port, issue_partner, running, until
from tests.processes import running_beside, yizhan

RECEIVER = Path(__file__).parents[1] / "partners" / "webhook_receiver.py"
SHORT_RETRIES = [0.1, 0.1, 0.1, 0.1]


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    relay = RelaySettings(
        allowed_hosts=frozenset({"127.0.0.1:*", "localhost:*"}),
        timeout_seconds=1.2,
        retry_seconds=SHORT_RETRIES,
        failures_to_open=1000,
        open_seconds=0.3,
        longest_wait_seconds=1.0,
    )
    return settings.model_copy(update={"relay": relay})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


class Receiver:
    """The partner's process and what it has received."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "received.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        port = self.url.rpartition(":")[2]
        self._process = subprocess.Popen([sys.executable, str(RECEIVER), port, str(self.log)])
        until(self._is_up, "the receiver is up", of=self._process)

    def _is_up(self) -> bool:
        try:
            HTTP.get(self.url, timeout=1)
        except httpx.ConnectError:
            return False
        return True

    def received(self, path: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["path"] == path]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    found = Receiver(tmp_path)
    yield found
    found.stop()


@pytest.fixture
def partner(new_partner: Callable[..., Partner]) -> Partner:
    """Each test's own: one test's targets hear nothing of another's contracts."""
    return new_partner(f"hook-{uuid4().hex[:8]}")


def subscribe(client: httpx.Client, partner: Partner, url: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/targets", json={"url": url, **more}, auth=partner.auth)
    return answer.raise_for_status().json()


def push(client: httpx.Client, partner: Partner, *numbers: int) -> list[str]:
    """Codes of new contracts."""
    bodies = [contract(number) for number in numbers]
    answer = client.post("/v1/contracts", json=bodies, auth=partner.auth).raise_for_status().json()
    return [record["code"] for record in answer["records"]]


def deliveries(client: httpx.Client, partner: Partner, target: dict[str, Any]) -> list[dict[str, Any]]:
    url = f"/v1/targets/{target['target_id']}/deliveries"
    return client.get(url, auth=partner.auth).raise_for_status().json()["deliveries"]


def settled(client: httpx.Client, partner: Partner, target: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The deliveries of a target, once `count` of them are delivered or dead."""
    until(
        lambda: sum(d["state"] != "waiting" for d in deliveries(client, partner, target)) == count,
        f"{count} deliveries are settled",
    )
    return deliveries(client, partner, target)


def test_a_change_arrives_signed_so_that_the_standard_library_of_webhooks_accepts_it(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok", signing=["hmac", "ed25519"])
    (code,) = push(client, partner, 1)
    with running_beside(settings, "relay"):
        settled(client, partner, target, 1)
    (received,) = receiver.received("/ok")
    secret, public = sorted(target["keys"], reverse=True)
    payload = Webhook(secret).verify(received["body"], received["headers"])
    assert (payload["type"], payload["data"]["code"]) == ("contract.created", code)
    headers = received["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{received['body']}".encode()
    (v1a,) = [s for s in headers["webhook-signature"].split() if s.startswith("v1a,")]
    key = Ed25519PublicKey.from_public_bytes(b64decode(public.removeprefix("whpk_")))
    key.verify(b64decode(v1a.removeprefix("v1a,")), signed)
    person = contract(1)["travellers"][0]
    assert person["name"] not in received["body"]
    assert person["document"]["number"] not in received["body"]


def test_keys_rotate_without_a_delivery_that_nobody_can_check(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok")
    url = f"/v1/targets/{target['target_id']}/keys"
    new = client.post(url, json={}, auth=partner.auth).json()["key"]
    push(client, partner, 2)
    with running_beside(settings, "relay"):
        settled(client, partner, target, 1)
        (both,) = receiver.received("/ok")
        for secret in (target["keys"][0], new):
            Webhook(secret).verify(both["body"], both["headers"])
        client.post(f"{url}/drop", json={"key": target["keys"][0]}, auth=partner.auth).raise_for_status()
        push(client, partner, 3)
        settled(client, partner, target, 2)
    last = receiver.received("/ok")[-1]
    assert len(last["headers"]["webhook-signature"].split()) == 1
    Webhook(new).verify(last["body"], last["headers"])
    only = client.post(f"{url}/drop", json={"key": new}, auth=partner.auth)
    assert (only.status_code, only.json()["code"]) == (422, "TARGET-001")


def test_a_failed_delivery_comes_again_under_the_same_id(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/once")
    push(client, partner, 4)
    with running_beside(settings, "relay"):
        (delivery,) = settled(client, partner, target, 1)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 2)
    first, second = receiver.received("/once")
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/500", "500"), ("/reset", ""), ("/hang", "no answer within 1.2 s"), ("/redirect", "redirects are not followed")],
)
def test_a_target_in_trouble_is_tried_for_days_then_dead_and_holds_nobody(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver, path: str, reason: str
) -> None:
    troubled = subscribe(client, partner, f"{receiver.url}{path}")
    healthy = subscribe(client, partner, f"{receiver.url}/ok")
    push(client, partner, 10, 11, 12)
    with running_beside(settings, "relay"):
        settled(client, partner, healthy, 3)
        assert all(d["state"] == "waiting" for d in deliveries(client, partner, troubled))
        dead = settled(client, partner, troubled, 3)
    assert {d["state"] for d in dead} == {"dead"}
    assert {d["attempts"] for d in dead} == {len(SHORT_RETRIES) + 1}
    assert reason in dead[0]["last_error_en"]
    assert dead[0]["last_error"] != dead[0]["last_error_en"], "Chinese and English apart"
    assert not receiver.received("/latest/meta-data/")


def test_an_open_circuit_spares_the_target_and_closes_when_it_is_back(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    switch = receiver.log.with_suffix(".switch")
    switch.write_text("503")
    patient = settings.model_copy(
        update={"relay": settings.relay.model_copy(update={"retry_seconds": [0.05] * 50, "failures_to_open": 3})}
    )
    target = subscribe(client, partner, f"{receiver.url}/switch")
    push(client, partner, *range(20, 40))
    shown = f"/v1/targets/{target['target_id']}"
    with running_beside(patient, "relay"):
        until(
            lambda: client.get(shown, auth=partner.auth).json()["open_until"] is not None,
            "the circuit is open",
        )
        while_open = len(receiver.received("/switch"))
        switch.write_text("204")
        assert {d["state"] for d in settled(client, partner, target, 20)} == {"delivered"}
    assert while_open < 20
    assert client.get(shown, auth=partner.auth).json()["failures"] == 0


def test_dead_deliveries_are_sent_again_on_request(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    switch = receiver.log.with_suffix(".switch")
    switch.write_text("500")
    target = subscribe(client, partner, f"{receiver.url}/switch")
    push(client, partner, 50)
    with running_beside(settings, "relay"):
        assert settled(client, partner, target, 1)[0]["state"] == "dead"
        switch.write_text("204")
        url = f"/v1/targets/{target['target_id']}/redeliver"
        assert client.post(url, json={}, auth=partner.auth).json()["redelivered"] == 1
        until(lambda: deliveries(client, partner, target)[0]["state"] == "delivered", "delivered after all")


def test_an_operator_redelivers_at_the_terminal(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok")
    push(client, partner, 55)
    with running_beside(settings, "relay"):
        settled(client, partner, target, 1)
        listed = yizhan(settings, "targets", "list")
        assert target["target_id"] in listed.stdout
        sent = yizhan(settings, "targets", "redeliver", target["target_id"], "--all")
        assert sent.stdout.strip() == "1"
        until(lambda: len(receiver.received("/ok")) == 2, "it has come again")
    assert yizhan(settings, "targets", "redeliver", str(uuid4())).returncode == 1


def test_a_target_that_says_gone_is_not_called_again_and_misses_nothing(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/gone")
    push(client, partner, 60)
    shown = f"/v1/targets/{target['target_id']}"
    with running_beside(settings, "relay"):
        until(lambda: client.get(shown, auth=partner.auth).json()["state"] == "paused", "the target is paused")
    assert len(receiver.received("/gone")) == 1
    assert deliveries(client, partner, target)[0]["state"] == "waiting"


def test_a_relay_that_is_killed_delivers_after_all(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok")
    push(client, partner, *range(70, 90))
    with running_beside(settings, "relay") as process:
        until(lambda: len(receiver.received("/ok")) > 0, "something has arrived", of=process)
        process.kill()
        process.wait()
    with running_beside(settings, "relay"):
        delivered = settled(client, partner, target, 20)
    arrived = {line["headers"]["webhook-id"] for line in receiver.received("/ok")}
    assert arrived == {f"msg_{d['position']}" for d in delivered}


def test_only_the_events_asked_for_arrive(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok", events=["contract.state"])
    (code,) = push(client, partner, 91)
    moved = {"state": "void", "reason": "游客取消行程"}
    client.post(f"/v1/contracts/{code}/state", json=moved, auth=partner.auth).raise_for_status()
    with running_beside(settings, "relay"):
        settled(client, partner, target, 1)
    (received,) = receiver.received("/ok")
    told = json.loads(received["body"])["data"]
    assert (told["state"], told["reason"]) == ("void", "游客取消行程")


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/hook",
        "https://10.0.0.8/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.8]/hook",
        "https://[64:ff9b::a00:8]/hook",
        "https://[2002:0a00:0008::]/hook",
        "https://192.88.99.1/hook",
        "https://192.0.0.9/hook",
        "https://[3fff::1]/hook",
        "https://[3fff:fff:ffff::1]/hook",
        "https://[5f00::1]/hook",
        "https://[2001:db8::1]/hook",
        "https://user:password@127.0.0.1/hook",
        "https://2130706433/hook",
        "https://0/hook",
        "https://no-such-host.invalid/hook",
        "ftp://127.0.0.1/hook",
        "https://127.0.0.1:99999/hook",
    ],
)
def test_addresses_inside_are_refused_however_they_are_written(
    client: httpx.Client, partner: Partner, url: str
) -> None:
    answer = client.post("/v1/targets", json={"url": url}, auth=partner.auth)
    assert (answer.status_code, answer.json()["code"]) == (422, "TARGET-001")
    assert urlsplit(url).hostname == "127.0.0.1" or "127.0.0.1" not in answer.text, "where it leads is not told"


def test_targets_are_the_tenants_own(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    target = subscribe(client, partner, "http://127.0.0.1:9/hook")
    stranger = new_partner(f"stranger-{uuid4().hex[:8]}")
    url = f"/v1/targets/{target['target_id']}"
    assert client.get(url, auth=stranger.auth).status_code == 404
    assert client.get("/v1/targets", auth=stranger.auth).json()["targets"] == []
    assert client.post(f"{url}/state", json={"state": "gone"}, auth=partner.auth).status_code == 200
    assert client.get(url, auth=partner.auth).status_code == 404


def test_a_province_is_told_of_a_pledge_at_once_and_the_agency_of_the_verdict(
    client: httpx.Client, settings: Settings, new_partner: Callable[..., Partner], receiver: Receiver
) -> None:
    province = new_partner("province-110", role=Role.OFFICIAL, division="110000")
    agency = new_partner("applicant-110", division="110105")
    told = subscribe(client, province, f"{receiver.url}/province", events=["pledge.created"])
    informed = subscribe(client, agency, f"{receiver.url}/agency", events=["pledge.amended"])
    body = filed_samples.pledge(1) | {"division": "110105"}
    client.post("/v1/pledges", json=body, auth=agency.auth).raise_for_status()
    verdict = {"verdict": "truthful", "evidence": "经查执法台账无罚款以上处罚", "verifier": "冯核实"}
    url = f"/v1/pledges/{body['application_no']}/verdict"
    client.post(url, json=verdict, auth=province.auth).raise_for_status()
    with running_beside(settings, "relay"):
        settled(client, province, told, 1)
        settled(client, agency, informed, 1)
    types = [json.loads(receiver.received(path)[0]["body"])["type"] for path in ("/province", "/agency")]
    assert types == ["pledge.created", "pledge.amended"]


@pytest.fixture
def tester(settings: Settings) -> Partner:
    return issue_partner(settings, f"tries-{uuid4().hex[:8]}", division=SANDBOX, speaks_for="")


def told(receiver: Receiver, keys: list[str]) -> tuple[list[str], dict[str, dict[str, Any]], int]:
    """The ids that came, in their order; what a partner's client makes of them by code, and how often it did."""
    inbox, by_code, handled = Inbox(keys), dict[str, dict[str, Any]](), 0
    came = receiver.received("/ok")
    for each in came:
        handled += inbox.handle(each["body"].encode(), each["headers"], lambda event: by_code.update(
            {event["data"]["code"]: event["data"]}))  # fmt: skip
    return [each["headers"]["webhook-id"] for each in came], by_code, handled


def set_faults(client: httpx.Client, partner: Partner, **times: int) -> None:
    client.put("/v1/sandbox/faults", json=times, auth=partner.auth).raise_for_status()


def shown(client: httpx.Client, partner: Partner) -> set[str]:
    scenarios = client.get("/v1/sandbox/conformance", auth=partner.auth).raise_for_status().json()["scenarios"]
    return {each["scenario"] for each in scenarios if each["passed"] and each["scenario"].startswith("webhook")}


def test_a_delivery_that_comes_twice_ends_with_one_code_each(
    client: httpx.Client, settings: Settings, tester: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, tester, f"{receiver.url}/ok")
    set_faults(client, tester, duplicate_webhook=2)
    codes = push(client, tester, 71, 72, 73)
    with running_beside(settings, "relay"):
        settled(client, tester, target, 3)
    ids, by_code, handled = told(receiver, target["keys"])
    assert sorted(ids.count(each) for each in set(ids)) == [1, 2, 2]
    assert (set(by_code), handled) == (set(codes), 3)
    assert shown(client, tester) == {"webhook", "webhook_twice"}


def test_deliveries_out_of_their_order_end_with_the_later_state(
    client: httpx.Client, settings: Settings, tester: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, tester, f"{receiver.url}/ok")
    set_faults(client, tester, out_of_order_webhook=1)
    (code,) = push(client, tester, 74)
    client.post(f"/v1/contracts/{code}/state", json={"state": "signed"}, auth=tester.auth).raise_for_status()
    with running_beside(settings, "relay"):
        settled(client, tester, target, 2)
    ids, by_code, handled = told(receiver, target["keys"])
    assert ids == [f"msg_{each['position']}" for each in deliveries(client, tester, target)][::-1]
    assert (by_code[code]["state"], handled) == ("signed", 1)
    assert shown(client, tester) == {"webhook", "webhook_order"}


def test_a_real_partner_is_told_once_and_in_order_whatever_the_table_says(
    client: httpx.Client, settings: Settings, partner: Partner, receiver: Receiver
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok")
    with psycopg.connect(settings.database.url or "") as database:
        for fault in ("duplicate_webhook", "out_of_order_webhook"):
            database.execute(
                "INSERT INTO sandbox_fault SELECT id, %s, 5 FROM tenant WHERE name = %s", [fault, partner.name]
            )
    push(client, partner, 75, 76)
    with running_beside(settings, "relay"):
        settled(client, partner, target, 2)
    ids, _, handled = told(receiver, target["keys"])
    assert (len(ids), handled) == (2, 2)
    assert [each["attempts"] for each in deliveries(client, partner, target)] == [1, 1]
