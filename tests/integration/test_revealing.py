"""Looking behind a mask: by power, for a purpose, kept in the audit log without what was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import HttpSettings, Settings
from gateway.persons.duties import Duty
from schemas import filed_samples, samples
from tests.conftest import Partner, issue_partner
from tests.people import SomebodySignedIn, add_person

OWN = {"sec-fetch-site": "same-origin"}
BODY: dict[str, Any] = samples.roster(1, travellers=2)
NUMBER = BODY["travellers"][1]["document"]["number"]
FIELD = "/travellers/1/document/number"
ASKED = {"kind": "roster", "key": BODY["group_no"], "field": FIELD, "purpose": "inspection"}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"http": HttpSettings(public_url="http://hub.example.test")})


@pytest.fixture(scope="module")
def operator(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("team", Role.OPERATOR, "000000")


@pytest.fixture(scope="module")
def inspector(settings: Settings, client: httpx.Client, partner: Partner) -> SomebodySignedIn:
    client.post("/v1/rosters", json=BODY, auth=partner.auth).raise_for_status()
    return add_person(settings, "zhou.jian", {Duty.INSPECTOR}, "310000")


def test_an_inspector_looks_behind_a_mask_for_a_purpose_and_that_is_kept(
    client: httpx.Client, operator: Partner, inspector: SomebodySignedIn
) -> None:
    page = client.get(f"/rosters/{BODY['group_no']}?lang=zh", auth=inspector.auth).text
    assert NUMBER not in page
    assert f'value="{FIELD}"' in page
    shown = client.post("/reveal", data=ASKED, auth=inspector.auth, headers=OWN)
    assert shown.status_code == 200
    assert NUMBER in shown.text
    (entry,) = [
        each
        for each in client.get("/v1/audit", params={"object": BODY["group_no"]}, auth=operator.auth).json()["entries"]
        if each["action"] == "roster.reveal"
    ]
    assert entry["actor"] == "bureau-310000/zhou.jian"
    assert entry["detail"] == {"fields": [FIELD], "purpose": "inspection"}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"purpose": "curiosity"}, 400),
        ({"field": "/route_name"}, 400),
        ({"field": "/travellers/9/document/number"}, 400),
        ({"key": "TG-NOWHERE"}, 404),
        ({"kind": "nothing"}, 400),
    ],
)
def test_what_cannot_be_shown_is_refused(
    client: httpx.Client, inspector: SomebodySignedIn, changed: dict[str, str], status: int
) -> None:
    assert client.post("/reveal", data=ASKED | changed, auth=inspector.auth, headers=OWN).status_code == status


def test_who_has_not_the_power_or_does_not_see_the_record_sees_nothing(
    settings: Settings, client: httpx.Client, inspector: SomebodySignedIn
) -> None:
    officer = add_person(settings, "wang.fang", {Duty.ROSTER_OFFICER}, "310000")
    assert "/reveal" not in client.get(f"/rosters/{BODY['group_no']}", auth=officer.auth).text
    assert client.post("/reveal", data=ASKED, auth=officer.auth, headers=OWN).status_code == 403
    elsewhere = add_person(settings, "far.away", {Duty.INSPECTOR}, "330000")
    assert client.post("/reveal", data=ASKED, auth=elsewhere.auth, headers=OWN).status_code == 404


def test_programs_ask_the_same_way(
    client: httpx.Client, operator: Partner, partner: Partner, inspector: SomebodySignedIn
) -> None:
    asked = {"kind": "roster", "key": BODY["group_no"], "fields": [FIELD], "purpose": "case"}
    assert client.post("/v1/reveals", json=asked, auth=operator.auth).json() == {"values": {FIELD: NUMBER}}
    assert client.post("/v1/reveals", json=asked, auth=partner.auth).status_code == 403


def test_of_two_who_keep_one_number_the_caller_says_whose(
    settings: Settings, client: httpx.Client, operator: Partner
) -> None:
    guide = filed_samples.guide(7)
    asked = {"kind": "guide", "key": guide["card_no"], "fields": ["/name"], "purpose": "complaint"}
    for keeper, name, connector in (("portal-kept", "周示例", "donghai"), ("agency-kept", "冯示例", None)):
        sender = issue_partner(settings, keeper, division="110000", connector=connector)
        status = guide["status"] if connector else "applied"
        kept = client.post("/v1/guides", json=guide | {"name": name, "status": status}, auth=sender.auth)
        assert kept.status_code == 201, kept.text
    refused = client.post("/v1/reveals", json=asked, auth=operator.auth)
    assert refused.status_code == 400
    assert {each["partner"] for each in refused.json()["agencies"]} == {"portal-kept", "agency-kept"}
    shown = client.post("/v1/reveals", json=asked | {"partner": "agency-kept"}, auth=operator.auth)
    assert shown.json() == {"values": {"/name": "冯示例"}}
    assert client.post("/v1/reveals", json=asked | {"partner": "nobody"}, auth=operator.auth).status_code == 404
