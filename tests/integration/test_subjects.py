"""A person asks what is held of them, and to be forgotten: by document number, which is kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.ledger import reader
from schemas import filed_samples, samples
from tests.conftest import Partner, issue_partner
from tests.trips import LONG_AGO, ahead

OLD = samples.contract(1)
PERSON = {name: OLD["travellers"][1][name] for name in ("name", "name_pinyin", "birth_date", "sex", "document")}
WHO = PERSON["document"]["number"]


def with_person(body: dict[str, Any]) -> dict[str, Any]:
    body["travellers"][0] |= PERSON
    return body


CURRENT, OTHER = with_person(ahead(samples.contract(4))), with_person(samples.contract(7))
ASKED = {"document_no": WHO, "request_no": "GR-2026-001", "purpose": "own_request"}


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Partner:
    return issue_partner(settings, "team", Role.OPERATOR, "000000", speaks_for="")


@pytest.fixture(scope="module", autouse=True)
def held(client: httpx.Client, settings: Settings, operator: Partner) -> None:
    """The person is on an old contract, on one that lies ahead, and on one of another agency."""
    agency, other = issue_partner(settings, "first"), issue_partner(settings, "second")
    for sender, body in ((agency, OLD), (agency, CURRENT), (other, OTHER)):
        with Clock.standing_at(LONG_AGO):
            pushed = client.post("/v1/contracts?atomic=false", json=[body], headers=sender.bearer)
        assert pushed.json()["records"][0]["status"] == "accepted", pushed.text
    field = {"kind": "contract", "key": pushed_code(client, operator), "fields": ["/travellers/1/name"]}
    seen = client.post("/v1/reveals", json=field | {"purpose": "complaint"}, headers=operator.bearer)
    assert seen.status_code == 200, seen.text


def pushed_code(client: httpx.Client, operator: Partner) -> str:
    found = client.get(
        "/v1/records", params={"kind": "contract", "number": OLD["business_no"]}, headers=operator.bearer
    )
    return found.json()["records"][0]["code"]


def records(client: httpx.Client, who: Partner, **changed: str) -> list[dict[str, Any]]:
    answer = client.post("/v1/subjects", json=ASKED | changed, headers=who.bearer)
    assert answer.status_code == 200, answer.text
    assert WHO not in answer.text
    return answer.json()["records"]


def test_a_person_learns_what_is_held_who_saw_it_and_until_when(client: httpx.Client, operator: Partner) -> None:
    found = {(each["kind"], each["key"]): each for each in records(client, operator)}
    assert {key for _, key in found} == {body["business_no"] for body in (OLD, CURRENT, OTHER)}
    old = found["contract", OLD["business_no"]]
    assert {"姓名", "证件号码", "手机"} <= {title["zh"] for title in old["fields"]}
    (shown,) = old["shown"]
    assert (shown["purpose"], shown["fields"]) == ("complaint", 1)
    assert old["erasable_on"] == "2019-08-10", "two years after the return, the day after"
    assert not found["contract", CURRENT["business_no"]]["shown"]


def test_nobody_is_on_too_many_records(
    client: httpx.Client, operator: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {each["key"] for each in records(client, operator)}
    monkeypatch.setattr(reader, "_A_PAGE", 1)
    assert {each["key"] for each in records(client, operator)} == whole
    assert len(whole) == 3


def test_the_number_is_kept_nowhere_and_the_request_in_the_audit_log(
    client: httpx.Client, settings: Settings, operator: Partner
) -> None:
    records(client, operator, request_no="GR-2026-002")
    entries = client.get("/v1/audit", params={"object": "GR-2026-002"}, headers=operator.bearer).json()["entries"]
    assert [(each["action"], each["detail"]) for each in entries] == [
        ("subject.access", {"purpose": "own_request", "records": 3})
    ]
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        (logged,) = connection.execute("SELECT count(*) FROM audit a WHERE position(%s IN a::text) > 0", [WHO])
    assert logged == (0,)


@pytest.mark.parametrize(
    "changed", [{"request_no": ""}, {"request_no": "13800138000"}, {"purpose": "curiosity"}, {"document_no": ""}]
)
def test_a_request_and_a_purpose_are_demanded(client: httpx.Client, operator: Partner, changed: dict[str, str]) -> None:
    assert client.post("/v1/subjects", json=ASKED | changed, headers=operator.bearer).status_code == 400


def test_only_who_has_the_power_asks_and_only_in_their_division(
    client: httpx.Client, new_partner: Callable[..., Partner]
) -> None:
    official = new_partner("bureau", Role.OFFICIAL, "310000")
    assert client.post("/v1/subjects", json=ASKED, headers=official.bearer).status_code == 403


def test_a_guide_is_found_by_the_document_too(client: httpx.Client, settings: Settings, operator: Partner) -> None:
    guide = filed_samples.guide(3) | {"status": "applied"}
    keeper = issue_partner(settings, "guides")
    pushed = client.post("/v1/guides?atomic=false", json=[guide], headers=keeper.bearer)
    assert pushed.json()["records"][0]["status"] == "accepted", pushed.text
    found = records(client, operator, document_no=guide["document"]["number"])
    assert [each["erasable_on"] for each in found if each["kind"] == "guide"] == [None]


def test_what_is_due_is_erased_and_the_rest_names_its_day(client: httpx.Client, operator: Partner) -> None:
    asked = ASKED | {"request_no": "GR-2026-003"}
    done = client.post("/v1/subjects/erasures", json=asked, headers=operator.bearer).json()
    assert done["erased"] == 2
    (staying,) = done["staying"]
    assert staying["key"] == CURRENT["business_no"]
    assert staying["erasable_on"] > CURRENT["return_on"]
    assert len(records(client, operator)) == 1
    again = client.post("/v1/subjects/erasures", json=asked, headers=operator.bearer).json()
    assert again["erased"] == 0
