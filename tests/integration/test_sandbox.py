"""The sandbox: everything works as it does elsewhere, and nothing of it is real."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.access.divisions import SANDBOX
from gateway.base.settings import Settings
from gateway.onboarding.faults import SLOW_SECONDS
from schemas import samples
from tests.conftest import Partner, issue_partner, until
from tests.processes import yizhan

_numbers = iter(range(1, 10_000))


@pytest.fixture
def tester(settings: Settings) -> Partner:
    """A partner in a sandbox of its own, which may speak for nobody else."""
    return issue_partner(settings, f"tester-{next(_numbers)}", division=SANDBOX, speaks_for="")


def push(client: httpx.Client, who: Partner, body: Any, **headers: str) -> httpx.Response:
    return client.post("/v1/contracts", json=body, headers={**who.bearer, **headers})


def test_its_codes_never_verify_as_real(client: httpx.Client, tester: Partner) -> None:
    record = push(client, tester, samples.contract(1)).json()["records"][0]
    assert record["code"].startswith("TS")
    assert "/TEST/V/" in record["qr_text"]
    payload = record["qr_text"].rpartition("/")[2]
    for entered in (record["code"], record["code_printed"], record["qr_text"], record["qr_text"].lower(), payload):
        told = client.post("/v1/verify", json={"text": entered}).json()
        assert (told["verdict"], told["contract"]) == ("test", None), entered
    page = client.get(record["qr_text"].partition("://")[2].partition("/")[2].join(["/", ""]))
    assert (page.status_code, "测试编码" in page.text, "旅行社有限公司" in page.text) == (200, True, False)


def test_a_real_code_verifies_as_before(client: httpx.Client, partner: Partner) -> None:
    record = push(client, partner, samples.contract(2)).json()["records"][0]
    assert record["code"].startswith("LY")
    assert client.post("/v1/verify", json={"text": record["qr_text"]}).json()["verdict"] == "valid"


def test_a_test_qr_is_told_offline_too(
    client: httpx.Client, settings: Settings, tester: Partner, tmp_path: Any
) -> None:
    text = push(client, tester, samples.contract(3)).json()["records"][0]["qr_text"]
    keys = tmp_path / "jwks.json"
    keys.write_bytes(client.get("/.well-known/jwks.json").content)
    checked = yizhan(settings, "verify", text, "--offline", keys)
    assert (checked.returncode, "test QR" in checked.stdout) == (1, True), checked.stdout


def test_its_receipts_say_that_they_are_tests(client: httpx.Client, tester: Partner, partner: Partner) -> None:
    claims = [
        jwt.decode(push(client, who, samples.contract(4)).json()["receipt"], options={"verify_signature": False})
        for who in (tester, partner)
    ]
    assert [each.get("test") for each in claims] == [True, None]


def test_no_authority_sees_it_and_the_technical_team_does(
    client: httpx.Client, settings: Settings, tester: Partner
) -> None:
    code = push(client, tester, samples.contract(5)).json()["records"][0]["code"]
    seen = {}
    for role, division in ((Role.OFFICIAL, "000000"), (Role.OFFICIAL, "110000"), (Role.OPERATOR, "000000")):
        who = issue_partner(settings, f"{role}-{division}", role, division)
        seen[role, division] = client.get(f"/v1/contracts/{code}", headers=who.bearer).status_code
    assert list(seen.values()) == [404, 404, 200]
    assert client.get(f"/v1/contracts/{code}", headers=tester.bearer).status_code == 200


def test_a_void_test_is_on_no_list_for_the_public(client: httpx.Client, tester: Partner, partner: Partner) -> None:
    codes = []
    for who in (tester, partner):
        codes.append(push(client, who, samples.contract(6)).json()["records"][0]["code"])
        moved = client.post(f"/v1/contracts/{codes[-1]}/state", json={"state": "void"}, headers=who.bearer)
        assert moved.status_code == 200
    bundle = jwt.decode(client.get("/.well-known/yizhan-revocations").text, options={"verify_signature": False})
    assert len(bundle["revoked"]) == 1, "of the two that are void"


def test_amendments_and_retries_work_as_elsewhere(client: httpx.Client, tester: Partner) -> None:
    body = samples.contract(7)
    first = push(client, tester, body)
    assert push(client, tester, body).content == first.content
    answer = client.post("/v1/contracts?amend=true", json=body | {"route_name": "改线"}, headers=tester.bearer).json()
    assert answer["records"][0]["code"] == first.json()["records"][0]["code"]
    assert "/TEST/V/" in answer["records"][0]["qr_text"]


@pytest.mark.parametrize(("kind", "where"), [("contract", "/v1/contracts"), ("roster", "/v1/rosters")])
def test_generated_records_are_taken_and_dirty_ones_are_not(
    client: httpx.Client, tester: Partner, kind: str, where: str
) -> None:
    def made(**asked: object) -> list[Any]:
        answer = client.get("/v1/sandbox/samples", params={"kind": kind, **asked}, headers=tester.bearer)  # type: ignore[dict-item]
        return answer.json()["records"]

    clean, dirty = made(count=20, seed=7), made(count=40, seed=8, dirty="true")
    assert made(count=20, seed=7) == clean
    assert made(count=20, seed=9) != clean
    counts = [client.post(where, json=bodies, headers=tester.bearer).json()["counts"] for bodies in (clean, dirty)]
    assert counts[0]["accepted"] == 20, counts
    assert 5 <= counts[1]["rejected"] <= 35


def test_the_terminal_makes_the_same(settings: Settings) -> None:
    made = [yizhan(settings, "sandbox", "generate", "roster", "-n", "3", "--seed", "7").stdout for _ in range(2)]
    assert made[0] == made[1]
    assert len(made[0].splitlines()) == 3
    assert yizhan(settings, "sandbox", "generate", "poem").returncode == 1


@pytest.fixture
def faults(client: httpx.Client, tester: Partner) -> Iterator[Callable[..., None]]:
    def set_(**times: int) -> None:
        client.put("/v1/sandbox/faults", json=times, headers=tester.bearer).raise_for_status()

    yield set_
    left = client.get("/v1/sandbox/faults", headers=tester.bearer).json()["faults"]
    assert set(left.values()) == {0}, "each has been done as often as was asked"


def test_a_lost_reply_leaves_what_was_done(client: httpx.Client, tester: Partner, faults: Callable[..., None]) -> None:
    faults(lost_reply=2)
    body = samples.contract(8)
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            push(client, tester, body, **{"Idempotency-Key": "lost"})
    answer = push(client, tester, body, **{"Idempotency-Key": "lost"})
    assert (answer.status_code, answer.headers.get("Idempotent-Replayed")) == (201, "true")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limited", 429, "LIMIT-001"),
        ("busy", 503, "LIMIT-002"),
        ("clock_skew", 401, "AUTH-003"),
        ("expired_key", 401, "AUTH-001"),
    ],
)
def test_a_refusal_comes_so_often_and_then_no_more(
    client: httpx.Client, tester: Partner, faults: Callable[..., None], fault: str, status: int, code: str
) -> None:
    faults(**{fault: 2})
    answers = [push(client, tester, samples.contract(9)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 201]
    assert answers[0].json()["code"] == code
    if status in (429, 503):
        assert "retry-after" in answers[0].headers


def test_a_slow_answer_comes_after_all(client: httpx.Client, tester: Partner, faults: Callable[..., None]) -> None:
    faults(slow=1)
    began = time.monotonic()
    assert push(client, tester, samples.contract(10)).status_code == 201
    assert time.monotonic() - began >= SLOW_SECONDS


@pytest.mark.parametrize("body", [{"lost_reply": -1}, {"lost_reply": "1"}, {"lost_reply": 10**9}, {"earthquake": 1}])
def test_a_fault_that_there_is_not_is_refused(client: httpx.Client, tester: Partner, body: dict[str, Any]) -> None:
    assert client.put("/v1/sandbox/faults", json=body, headers=tester.bearer).status_code == 400


def test_outside_of_the_sandbox_nothing_goes_wrong_on_purpose(client: httpx.Client, partner: Partner) -> None:
    for answer in (
        client.get("/v1/sandbox/faults", headers=partner.bearer),
        client.put("/v1/sandbox/faults", json={"busy": 1}, headers=partner.bearer),
        client.post("/v1/sandbox/reset", headers=partner.bearer),
    ):
        assert answer.status_code == 403


def test_it_is_begun_anew(client: httpx.Client, tester: Partner) -> None:
    body = samples.contract(11)
    first = push(client, tester, body).json()["records"][0]["code"]
    assert client.post("/v1/sandbox/reset", headers=tester.bearer).status_code == 200
    assert client.get(f"/v1/contracts/{first}", headers=tester.bearer).status_code == 404
    again = push(client, tester, body)
    assert again.status_code == 201
    assert again.json()["records"][0]["code"] != first


def test_the_terminal_adds_a_partner_of_the_sandbox(client: httpx.Client, settings: Settings) -> None:
    added = yizhan(settings, "partner", "add", "try-it", "--title", "试一试", "--sandbox")
    assert added.returncode == 0, added.stderr
    bearer = next(line.split("Bearer ")[1] for line in added.stdout.splitlines() if "Bearer " in line)
    answer = client.post(
        "/v1/contracts", json=samples.contract(12), headers={"Authorization": f"Bearer {bearer.strip()}"}
    )
    assert answer.json()["records"][0]["code"].startswith("TS")
    refused = yizhan(settings, "partner", "add", "try-it", "--title", "试一试", "--division", "110105")
    assert (refused.returncode, "sandbox" in refused.stderr) == (1, True)


def test_a_test_under_a_code_of_contracts_is_told_as_one(
    client: httpx.Client, settings: Settings, tester: Partner, new_partner: Callable[..., Partner]
) -> None:
    """As it is when an instance that knows of no sandbox has taken it."""
    record = push(client, new_partner("lent"), samples.contract(61)).json()["records"][0]
    assert client.post("/v1/verify", json={"text": record["code"]}).json()["verdict"] == "valid"
    with psycopg.connect(settings.database.url) as connection:
        connection.execute("UPDATE tenant SET division = 'TEST' WHERE name = 'lent'")
    for entered in (record["code"], record["qr_text"]):
        told = client.post("/v1/verify", json={"text": entered}).json()
        assert (told["verdict"], told["contract"]) == ("test", None)


def test_instances_that_know_of_no_sandbox_find_no_key_that_they_do_not_know(settings: Settings) -> None:
    with psycopg.connect(settings.database.url) as connection:
        found = connection.execute("SELECT DISTINCT purpose FROM signing_key").fetchall()
    assert {purpose for (purpose,) in found} == {"qr", "receipt", "log"}


def test_its_key_follows_that_of_the_contracts(client: httpx.Client, settings: Settings, tester: Partner) -> None:
    before = push(client, tester, samples.contract(62)).json()["records"][0]["qr_text"]
    assert yizhan(settings, "keys", "rotate", "qr").returncode == 0
    keys = {key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]}

    def has_followed() -> bool:
        published = client.get("/.well-known/jwks.json").json()["keys"]
        return len([key for key in published if key["yizhan:purpose"] == "test" and key["kid"] not in keys]) == 1

    until(has_followed, "the service has read the new keys")
    after = push(client, tester, samples.contract(63)).json()["records"][0]["qr_text"]
    for text in (before, after):
        assert client.post("/v1/verify", json={"text": text}).json()["verdict"] == "test"
    refused = yizhan(settings, "keys", "rotate", "test")
    assert (refused.returncode, "follows that of the QRs" in refused.stdout + refused.stderr) == (1, True)
