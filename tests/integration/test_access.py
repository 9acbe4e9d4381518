"""Who may do what: credentials, signatures, replayed nonces, foreign tenants, divisions, limits."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from gateway.access.accounts import Role
from gateway.client.client import HmacAuth
from schemas import samples
from tests.conftest import Partner

TARGET = "/v1/contracts"


def signed(partner: Partner, body: bytes, *, target: str = TARGET, at: int | None = None, nonce: str = "") -> str:
    """An Authorization header made by the published recipe, with nothing of ours."""
    timestamp, nonce = str(at or int(time.time())), nonce or secrets.token_hex(8)
    lines = "\n".join(("POST", target, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    mac = hmac.new(partner.secret.encode(), lines.encode(), "sha256").hexdigest()
    fields = f"Credential={partner.api_key}, Timestamp={timestamp}, Nonce={nonce}, Signature={mac}"
    return f"YIZHAN-HMAC-SHA256 {fields}"


def post(client: httpx.Client, header: str, body: bytes, target: str = TARGET) -> httpx.Response:
    return client.post(target, content=body, headers={"Authorization": header})


def code_of(answer: httpx.Response) -> str:
    return answer.json()["code"]


def test_a_signature_by_the_published_recipe_is_accepted(client: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps(samples.contract(100))
    assert post(client, signed(partner, body), body).status_code == 201


def test_sm3_signatures_are_accepted(client: httpx.Client, partner: Partner) -> None:
    auth = HmacAuth(partner.api_key, partner.secret, "SM3")
    answer = client.post("/v1/contracts?atomic=false", content=orjson.dumps(samples.contract(101)), auth=auth)
    assert answer.status_code == 201


def test_a_nonce_is_good_once(client: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps(samples.contract(102))
    header = signed(partner, body)
    assert post(client, header, body).status_code == 201
    replayed = post(client, header, body)
    assert (replayed.status_code, code_of(replayed)) == (401, "AUTH-004")


def test_a_changed_body_breaks_the_signature(client: httpx.Client, partner: Partner) -> None:
    header = signed(partner, orjson.dumps(samples.contract(103)))
    answer = post(client, header, orjson.dumps(samples.contract(104)))
    assert (answer.status_code, code_of(answer)) == (401, "AUTH-002")


def test_a_changed_query_breaks_the_signature(client: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps(samples.contract(105))
    answer = post(client, signed(partner, body), body, f"{TARGET}?amend=true")
    assert (answer.status_code, code_of(answer)) == (401, "AUTH-002")


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_an_old_or_early_timestamp_is_refused(client: httpx.Client, partner: Partner, seconds: int) -> None:
    body = orjson.dumps(samples.contract(106))
    answer = post(client, signed(partner, body, at=int(time.time()) + seconds), body)
    assert (answer.status_code, code_of(answer)) == (401, "AUTH-003")


@pytest.mark.parametrize("header", ["", "Bearer nobody.nothing", "Bearer x", "Basic eDp5", "YIZHAN-HMAC-SHA256 x"])
def test_no_or_unknown_credentials_are_challenged(client: httpx.Client, header: str) -> None:
    answer = post(client, header, b"{}")
    assert (answer.status_code, code_of(answer)) == (401, "AUTH-001")
    assert "YIZHAN2-HMAC" in answer.headers["www-authenticate"]


def test_a_wrong_secret_is_refused(client: httpx.Client, partner: Partner) -> None:
    answer = post(client, f"Bearer {partner.api_key}.wrong", b"{}")
    assert (answer.status_code, code_of(answer)) == (401, "AUTH-001")


def test_a_foreign_tenants_records_are_as_if_they_were_not_there(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    pushed = client.post(TARGET, json=samples.contract(107), auth=partner.auth).json()
    code, submission = pushed["records"][0]["code"], pushed["submission_id"]
    stranger = new_partner("stranger", division="110105")
    for path in (f"/v1/contracts/{code}", f"/v1/submissions/{submission}", f"/v1/contracts/{code}/qr.png"):
        answer = client.get(path, auth=stranger.auth)
        assert (answer.status_code, code_of(answer)) == (404, "REQUEST-003")
    assert client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=stranger.auth).status_code == 404
    assert client.get("/v1/changes", auth=stranger.auth).json()["changes"] == []


def test_the_same_number_at_two_tenants_is_two_contracts(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    other = new_partner("other")
    codes = {
        client.post(TARGET, json=samples.contract(108), auth=who.auth).json()["records"][0]["code"]
        for who in (partner, other)
    }
    assert len(codes) == 2


def test_an_official_sees_the_division_and_below_with_persons_masked(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    code = client.post(TARGET, json=samples.contract(109), auth=partner.auth).json()["records"][0]["code"]
    province = new_partner("shanghai", role=Role.OFFICIAL, division="310000")
    elsewhere = new_partner("beijing", role=Role.OFFICIAL, division="110000")
    seen = client.get(f"/v1/contracts/{code}", auth=province.auth)
    assert seen.status_code == 200
    traveller, sent = seen.json()["body"]["travellers"][0], samples.contract(109)["travellers"][0]
    number = sent["document"]["number"]
    assert traveller["document"]["number"] == f"{number[:3]}{'*' * 11}{number[-4:]}"
    assert sent["name"] not in seen.text
    assert seen.json()["body"]["route_name"] == samples.contract(109)["route_name"]
    assert client.get(f"/v1/contracts/{code}", auth=elsewhere.auth).status_code == 404


def test_an_official_may_not_void_a_contract(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    code = client.post(TARGET, json=samples.contract(110), auth=partner.auth).json()["records"][0]["code"]
    official = new_partner("beijing-city", role=Role.OFFICIAL, division="110100")
    answer = client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=official.auth)
    assert (answer.status_code, code_of(answer)) == (403, "AUTH-005")


def test_every_answer_carries_rate_limit_headers_and_a_trace_id(client: httpx.Client) -> None:
    for path in ("/healthz", "/v1/contracts", "/nothing-here"):
        headers = client.get(path).headers
        assert int(headers["ratelimit-limit"]) > int(headers["ratelimit-remaining"]) >= 0
        assert 0 < int(headers["ratelimit-reset"]) <= 60
        assert len(headers["x-trace-id"]) == 32


def test_an_official_finds_the_rosters_that_wait_for_an_audit(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    official = new_partner("beijing-city", role=Role.OFFICIAL, division="110100")
    group = samples.roster(70, travellers=2)["group_no"]
    assert client.post("/v1/rosters", json=samples.roster(70, travellers=2), auth=partner.auth).status_code == 201
    waiting = client.get("/v1/rosters", params={"state": "submitted"}, auth=official.auth).json()["records"]
    assert group in [roster["key"] for roster in waiting]
    client.post(f"/v1/rosters/{group}/state", json={"state": "returned"}, auth=official.auth)
    waiting = client.get("/v1/rosters", params={"state": "submitted"}, auth=official.auth).json()["records"]
    assert group not in [roster["key"] for roster in waiting]


def test_who_waits_longest_comes_first_and_nobody_is_left_out(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    official = new_partner("beijing-queue", role=Role.OFFICIAL, division="110100")
    groups = [samples.roster(number, travellers=2)["group_no"] for number in range(80, 90, 2)]
    for number in range(80, 90, 2):
        client.post("/v1/rosters", json=samples.roster(number, travellers=2), auth=partner.auth).raise_for_status()
    seen, after = [], None
    while True:
        where = {"state": "submitted", "limit": 2} | ({"after": after} if after else {})
        page = client.get("/v1/rosters", params=where, auth=official.auth).raise_for_status().json()
        assert len(page["records"]) <= 2
        seen += [roster["key"] for roster in page["records"]]
        after = page["next"]
        if after is None:
            break
    assert [group for group in seen if group in groups] == groups
    assert len(seen) == len(set(seen))
    refused = client.get("/v1/rosters", params={"state": "submitted", "after": "soon"}, auth=official.auth)
    assert (refused.status_code, refused.json()["code"]) == (400, "REQUEST-001")


def test_the_agency_learns_why_its_roster_was_returned(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    official = new_partner("beijing-reasons", role=Role.OFFICIAL, division="110100")
    group = samples.roster(76, travellers=2)["group_no"]
    client.post("/v1/rosters", json=samples.roster(76, travellers=2), auth=partner.auth).raise_for_status()
    path, reason = f"/v1/rosters/{group}/state", "第 2 行游客的证件已过期，请更换后重新提交"
    for wrong in ("", "x" * 501, 7, "张三 11010519491231002X 有误"):
        refused = client.post(path, json={"state": "returned", "reason": wrong}, auth=official.auth)
        assert (refused.status_code, refused.json()["parameter"]) == (400, "reason"), wrong
    client.post(path, json={"state": "returned", "reason": reason}, auth=official.auth).raise_for_status()
    shown = client.get(f"/v1/rosters/{group}", auth=partner.auth).json()
    assert (shown["state"], shown["state_reason"]) == ("returned", reason)
    changes = client.get("/v1/changes", params={"limit": 1000}, auth=partner.auth).json()["changes"]
    assert [change["reason"] for change in changes if change["key"] == group] == [None, reason]
    again = samples.roster(76, travellers=2) | {"route_name": "改后路线"}
    client.post("/v1/rosters?amend=true", json=again, auth=partner.auth).raise_for_status()
    assert client.get(f"/v1/rosters/{group}", auth=partner.auth).json()["state_reason"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "unknown"),
    [
        ("GET", "/v1/rosters?state=submitted&division=110100", None, "division"),
        ("GET", "/v1/contracts?business_no=ERP-1&size=5", None, "size"),
        ("POST", "/v1/contracts?ammend=true", {}, "ammend"),
        ("GET", "/v1/changes?from=3", None, "from"),
        ("GET", "/v1/alerts?subject=x", None, "subject"),
        ("POST", "/v1/contracts/LY26/state", {"state": "void", "note": "x"}, "note"),
        ("POST", "/v1/targets", {"url": "https://erp.example", "event": ["*"]}, "event"),
        ("POST", "/v1/dead-letters/replay", {"dryrun": True}, "dryrun"),
        ("POST", "/v1/verify", {"text": "LY26", "lang": "zh"}, "lang"),
    ],
)
def test_what_a_route_does_not_know_is_refused_by_name(
    client: httpx.Client, partner: Partner, method: str, path: str, body: Any, unknown: str
) -> None:
    if "LY26/" in path:
        (record,) = client.post("/v1/contracts", json=samples.contract(79), auth=partner.auth).json()["records"]
        path = path.replace("LY26", record["code"])
    refused = client.request(method, path, json=body, auth=partner.auth)
    assert (refused.status_code, refused.json()["code"], refused.json()["parameter"]) == (400, "REQUEST-001", unknown)
