"""The existing e-contract protocol, spoken by an ERP that was written for it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest

from gateway.base.settings import LimitSettings, RelaySettings, Settings
from gateway.demo import systems
from mappings.make_examples import lvy_contract, lvy_group
from tests.conftest import Partner, issue_partner, running, until
from tests.integration.test_relay import Receiver
from tests.processes import running_beside

ERP = Path(systems.__file__).with_name("erp12301.py")


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """The receivers of the tests are allowed by the operator, as the demo's are: no partner folder trusts them."""
    hosts = frozenset({"127.0.0.1:*"})
    return settings.model_copy(update={"relay": RelaySettings(allowed_hosts=hosts, callback_hosts=hosts)})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture
def erp(settings: Settings) -> Partner:
    return issue_partner(settings, f"erp-{uuid4().hex[:8]}", connector="lvy")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    found = Receiver(tmp_path)
    yield found
    found.stop()


def send(
    client: httpx.Client, erp: Partner, body: Any, tmp_path: Path, what: str = "contract", name: str = "HT20170805001"
) -> tuple[int, dict[str, Any]]:
    file = tmp_path / "body.json"
    file.write_bytes(body if isinstance(body, bytes) else orjson.dumps(body))
    command = [sys.executable, str(ERP), str(client.base_url).rstrip("/"), erp.api_key, erp.secret, what, name, file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    status, _, reply = done.stdout.partition(" ")
    return int(status), json.loads(reply)


def test_a_push_is_tried_without_a_trace(client: httpx.Client, erp: Partner) -> None:
    body = lvy_contract(9701)
    where = f"/v1/econtract/apply/{body['contractNumber']}"
    for dry_run, code in (("true", None), ("true", None), ("false", "LY")):
        answer = client.post(f"{where}?dry_run={dry_run}", json=body, headers=headers(erp)).json()
        assert answer["data"]["content"] == "success", answer
        assert (answer["data"]["contractCode"] or "")[:2] == (code or "")
        assert ("receipt" in answer["answer"]) == (code is not None)


def headers(erp: Partner, **changed: str) -> dict[str, str]:
    timestamp = changed.get("timestamp", str(int(time.time() * 1000)))
    signature = b64encode(md5((erp.secret + timestamp).encode()).hexdigest().encode()).decode()
    given = {
        "source": erp.api_key,
        "key": erp.api_key,
        "version": "1.0",
        "timestamp": timestamp,
        "signature": signature,
    }
    return {f"x-12301-{name}": value for name, value in (given | changed).items()} | {"X-Forwarded-Proto": "https"}


def test_an_erp_needs_only_a_new_address(client: httpx.Client, erp: Partner, tmp_path: Path) -> None:
    status, reply = send(client, erp, lvy_contract(1), tmp_path)
    assert (status, reply["data"]["state"], reply["data"]["contractNumber"]) == (201, 1, "HT20170805001")
    (record,) = reply["answer"]["records"]
    assert reply["data"]["contractCode"] == record["code"]
    assert client.get(f"/v1/verify/{record['code']}").status_code == 200
    status, again = send(client, erp, lvy_contract(1), tmp_path)
    assert (status, again) == (201, reply)


def test_a_record_that_does_not_pass_is_answered_in_the_protocols_clothes(
    client: httpx.Client, erp: Partner, tmp_path: Path
) -> None:
    body = lvy_contract(2)
    body["touristsInfo"]["totalNumber"] = 9
    status, reply = send(client, erp, body, tmp_path)
    assert (status, reply["error"]["code"]) == (422, "INTAKE-002")
    error = reply["error"]["errors"][0]
    assert error["field"] == "/touristsInfo/totalNumber"
    assert error["advice"]
    assert reply["error"]["advice"]
    assert reply["answer"]["receipt"]


def test_the_number_in_the_address_counts_when_the_body_has_none(
    client: httpx.Client, erp: Partner, tmp_path: Path
) -> None:
    _, reply = send(client, erp, {**lvy_contract(3), "contractNumber": None}, tmp_path, name="HT77")
    code = reply["data"]["contractCode"]
    assert client.get(f"/v1/contracts/{code}", auth=erp.auth).json()["body"]["contract_no"] == "HT77"


@pytest.mark.parametrize(
    ("address", "named", "number"),
    [
        ("2017%2F%E5%9B%BD%E5%86%85%2F001", None, "2017/国内/001"),
        ("2017/GN/002", None, "2017/GN/002"),
        ("2017%2fgn%2f003", "2017/GN/003", "2017/GN/003"),
        ("HT-004", "ＨＴ－００４ ", "HT-004"),
        ("5", 5, "5"),
    ],
)
def test_the_number_in_the_address_is_read_whole(
    client: httpx.Client, erp: Partner, address: str, named: Any, number: str
) -> None:
    body = {**lvy_contract(20), "contractNumber": named}
    answer = client.post(f"/v1/econtract/apply/{address}", json=body, headers=headers(erp))
    assert answer.status_code == 201, answer.text
    code = answer.json()["data"]["contractCode"]
    assert client.get(f"/v1/contracts/{code}", auth=erp.auth).json()["body"]["contract_no"] == number


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("HT-1", {"contractNumber": "HT-2"}),
        ("2017/1", {"contractNumber": "2017/11"}),
        ("1", {"contractNumber": 2}),
        ("%BA%CF", {"contractNumber": None}),
    ],
    ids=str,
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_address_that_names_another_contract_is_refused(
    client: httpx.Client, erp: Partner, address: str, body: dict[str, Any], encoding: str
) -> None:
    content = json.dumps({**lvy_contract(21), **body}).encode(encoding)
    answer = client.post(f"/v1/econtract/apply/{address}", content=content, headers=headers(erp))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "REQUEST-001")
    assert "contractNumber" in error["message"]


def test_too_many_requests_are_refused_in_the_protocols_clothes(settings: Settings, erp: Partner) -> None:
    few = settings.model_copy(update={"limits": LimitSettings(partner_per_minute=3, public_per_minute=1)})
    with running(few) as limited:
        answers = [limited.post("/v1/econtract/apply/X", content=b"[]", headers=headers(erp)) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 0 < len(refused) < 6, "a credential has a budget of its own, larger than an address's"
    assert refused[0].json()["error"]["code"] == "LIMIT-001"
    assert refused[0].headers["retry-after"]


@pytest.mark.parametrize(("team", "kind"), [("china", "domestic"), ("outbound", "outbound"), ("inbound", "inbound")])
def test_a_group_is_of_the_kind_its_address_says(
    client: httpx.Client, erp: Partner, tmp_path: Path, team: str, kind: str
) -> None:
    group = {**lvy_group(1), "teamType": None, "teamCode": f"T-{team}"}
    if team != "china":
        group |= {
            "exitDate": "2017-08-05",
            "entryDate": "2017-08-10",
            "exitPort": "PEK",
            "entryPort": "PEK",
            "destinationCountries": ["泰国"],
            "originCountry": "泰国",
            "leader": {"name": "郑领队", "certNumber": "D-1101-012345"},
        }
    status, reply = send(client, erp, group, tmp_path, what="team", name=team)
    shown = reply["answer"]["records"][0]
    assert not {f["field"] for f in shown["findings"]} & {"/roster_type"}
    if status == 201:
        stored = client.get(f"/v1/rosters/T-{team}", auth=erp.auth).json()
        assert stored["body"]["roster_type"] == kind
    else:  # the other kinds ask for more than this ERP sends: they are judged as what the address says
        assert team != "china"


def test_state_call_backs_arrive_signed_until_the_client_says_success(
    client: httpx.Client, settings: Settings, erp: Partner, tmp_path: Path, receiver: Receiver
) -> None:
    body = {**lvy_contract(10), "callbackURL": f"{receiver.url}/success"}
    _, reply = send(client, erp, body, tmp_path, name="HT10")
    code = reply["data"]["contractCode"]
    with running_beside(settings, "relay"):
        until(lambda: len(receiver.received("/success")) == 1, "the first state has been told")
        move(client, erp, code, "signed")
        until(lambda: len(receiver.received("/success")) == 2, "two states have been told")
    told = [json.loads(line["body"])["data"] for line in receiver.received("/success")]
    assert [data["state"] for data in told] == [1, 2]
    stored = client.get(f"/v1/contracts/{code}", auth=erp.auth).json()["body"]
    for data in told:
        names = ("content", "contractNumber", "signatoryIDNumber", "signatoryPhone", "state")
        text = stored["agency"]["transactor_phone"] + stored["agency"]["license_no"]
        text += "".join(str(data[name]) for name in names)
        assert data["sign"] == md5(text.encode()).hexdigest()
        assert data["url"]["QRCodeURL"].startswith("HTTPS://")


def move(client: httpx.Client, erp: Partner, code: str, state: str) -> None:
    client.post(f"/v1/contracts/{code}/state", json={"state": state}, auth=erp.auth).raise_for_status()


def states_told(receiver: Receiver, path: str) -> list[int]:
    """The states in the order in which their call-backs came, repeats included."""
    return [json.loads(line["body"])["data"]["state"] for line in receiver.received(path)]


def is_quiet(client: httpx.Client, erp: Partner) -> bool:
    """Whether nothing waits to be delivered any more."""
    (target,) = client.get("/v1/targets", auth=erp.auth).json()["targets"]
    url = f"/v1/targets/{target['target_id']}/deliveries"
    return not client.get(url, params={"state": "waiting"}, auth=erp.auth).json()["deliveries"]


def test_call_backs_about_a_contract_never_go_back(
    client: httpx.Client, settings: Settings, erp: Partner, tmp_path: Path, receiver: Receiver
) -> None:
    switch = receiver.log.with_suffix(".switch")
    switch.write_text("500")
    impatient = settings.model_copy(
        update={"relay": settings.relay.model_copy(update={"retry_seconds": [0.05] * 500, "failures_to_open": 500})}
    )
    with running_beside(impatient, "relay"):
        body = {**lvy_contract(13), "callbackURL": f"{receiver.url}/switch"}
        _, reply = send(client, erp, body, tmp_path, name="HT13")
        until(lambda: states_told(receiver, "/switch") != [], "the first has been tried")
        for state in ("signed", "void"):
            move(client, erp, reply["data"]["contractCode"], state)
        until(lambda: 3 in states_told(receiver, "/switch"), "the last has been tried")
        switch.write_text("200")
        until(lambda: is_quiet(client, erp), "nothing waits any more")
    told = states_told(receiver, "/switch")
    assert (told, told[-1]) == (sorted(told), 3)


def test_one_call_back_about_a_contract_is_under_way_at_a_time(
    client: httpx.Client, settings: Settings, erp: Partner, tmp_path: Path, receiver: Receiver
) -> None:
    held = {**lvy_contract(14), "callbackURL": f"{receiver.url}/held"}
    with running_beside(settings, "relay"):
        _, reply = send(client, erp, held, tmp_path, name="HT14")
        until(lambda: states_told(receiver, "/held") == [1], "the first is under way")
        move(client, erp, reply["data"]["contractCode"], "signed")
        send(client, erp, {**lvy_contract(15), "callbackURL": f"{receiver.url}/success"}, tmp_path, name="HT15")
        until(lambda: states_told(receiver, "/success") == [1], "another contract's is not held up")
        receiver.log.with_suffix(".release").touch()
        until(lambda: is_quiet(client, erp), "nothing waits any more")
    assert states_told(receiver, "/held") == [1, 2]


def test_a_call_back_goes_to_hosts_of_the_connectors_list_only(
    client: httpx.Client, settings: Settings, erp: Partner, tmp_path: Path, receiver: Receiver
) -> None:
    elsewhere = receiver.url.replace("127.0.0.1", "localhost")
    send(client, erp, {**lvy_contract(11), "callbackURL": f"{elsewhere}/success"}, tmp_path, name="HT11")
    send(client, erp, {**lvy_contract(12), "callbackURL": f"{receiver.url}/success"}, tmp_path, name="HT12")
    with running_beside(settings, "relay"):
        until(lambda: len(receiver.received("/success")) > 0, "the allowed one has arrived")
        (target,) = client.get("/v1/targets", auth=erp.auth).json()["targets"]
        url = f"/v1/targets/{target['target_id']}/deliveries"
        until(
            lambda: client.get(url, params={"state": "dead"}, auth=erp.auth).json()["deliveries"] != [],
            "the other one is given up",
        )
    assert len(receiver.received("/success")) == 1


def test_a_call_back_about_a_contract_that_is_kept_no_longer_is_given_up(
    client: httpx.Client, settings: Settings, erp: Partner, tmp_path: Path, receiver: Receiver
) -> None:
    """It names the signer; what comes behind it is told all the same."""
    _, reply = send(client, erp, {**lvy_contract(17), "callbackURL": f"{receiver.url}/success"}, tmp_path, name="HT17")
    with psycopg.connect(str(settings.database.url)) as connection:
        code = [reply["data"]["contractCode"]]
        connection.execute("UPDATE record SET body = '', people = '{}', purged_at = now() WHERE code = %s", code)
    send(client, erp, {**lvy_contract(18), "callbackURL": f"{receiver.url}/success"}, tmp_path, name="HT18")
    with running_beside(settings, "relay"):
        until(lambda: receiver.received("/success"), "the other one has arrived")
        until(lambda: is_quiet(client, erp), "nothing waits any more")
    (target,) = client.get("/v1/targets", auth=erp.auth).json()["targets"]
    url = f"/v1/targets/{target['target_id']}/deliveries"
    (dead,) = client.get(url, params={"state": "dead"}, auth=erp.auth).json()["deliveries"]
    assert dead["attempts"] == 1
    assert dead["last_error"].startswith("RETENTION-001")
    assert len(receiver.received("/success")) == 1


def test_a_listed_call_back_host_is_not_trusted_inside(
    client: httpx.Client, settings: Settings, erp: Partner, tmp_path: Path, receiver: Receiver
) -> None:
    """Being on a list of call-back hosts says where a contract may point, not that it may point inside."""
    send(client, erp, {**lvy_contract(16), "callbackURL": f"{receiver.url}/success"}, tmp_path, name="HT16")
    relay = settings.relay.model_copy(update={"allowed_hosts": frozenset()})
    with running_beside(settings.model_copy(update={"relay": relay}), "relay"):
        (target,) = client.get("/v1/targets", auth=erp.auth).json()["targets"]
        url = f"/v1/targets/{target['target_id']}/deliveries"
        until(lambda: client.get(url, auth=erp.auth).json()["deliveries"], "it is due")
        until(lambda: client.get(url, auth=erp.auth).json()["deliveries"][0]["last_error"], "it was tried")
        (delivery,) = client.get(url, auth=erp.auth).json()["deliveries"]
    assert (delivery["state"], receiver.received("/success")) == ("waiting", [])
    assert "443" in delivery["last_error_en"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"source": "yz0000000000000000"}, "AUTH-001"),
        ({"key": "another"}, "AUTH-001"),
        ({"signature": "AAAA"}, "AUTH-002"),
        ({"timestamp": "1501804800000"}, "AUTH-003"),
        ({"timestamp": ""}, "AUTH-003"),
    ],
    ids=str,
)
def test_wrong_headers_are_refused(client: httpx.Client, erp: Partner, changed: dict[str, str], code: str) -> None:
    answer = client.post("/v1/econtract/apply/HT1", content=b"{}", headers=headers(erp, **changed))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)


def test_the_door_is_closed_to_connectors_that_do_not_ask_for_it_and_without_tls(
    client: httpx.Client, erp: Partner, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    plain = headers(erp) | {"X-Forwarded-Proto": "http"}
    without_tls = client.post("/v1/econtract/apply/HT1", content=b"{}", headers=plain)
    assert (without_tls.status_code, without_tls.json()["error"]["code"]) == (403, "AUTH-005")
    for other in (new_partner("unbound"), issue_partner(settings, "bound", connector="huaxia")):
        answer = client.post("/v1/econtract/apply/HT1", content=b"{}", headers=headers(other))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH-005")
    unknown = client.post("/team/moon", content=b"{}", headers=headers(erp))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "REQUEST-003")
