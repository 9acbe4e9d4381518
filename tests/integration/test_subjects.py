"""A person asks what is held of them, and to be forgotten: by document number, which is kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.ledger import reader
from gateway.retention.purging import VERSIONS
from gateway.wiring.services import Services
from schemas import filed_samples, samples
from tests.conftest import Partner, issue_partner
from tests.integration.test_transparency_log import with_services
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


def test_who_does_not_travel_is_found_too_also_in_what_came_before(
    client: httpx.Client, settings: Settings, operator: Partner
) -> None:
    """Leaders, signers, guides and drivers; rows that an earlier version has written are indexed anew, but for one that
    somebody has altered.
    """
    sender = issue_partner(settings, "led")
    rosters: list[dict[str, Any]] = [samples.roster(number, travellers=2) for number in (61, 62)]
    licence = "350203197001011236"
    driver = {"plate_no": "闽D12345", "driver_name": "王师傅", "driver_license_no": licence}
    rosters[0] |= {"vehicles": [driver]}
    signer = {"name": "陈签约", "document": {"type": "passport", "number": "E77777777"}}
    signed: dict[str, Any] = samples.contract(63) | {"signatories": [signer]}
    for path, bodies in (("rosters", rosters), ("contracts", [signed])):
        for body in bodies:
            pushed = client.post(f"/v1/{path}?atomic=false", json=[body], headers=sender.bearer)
            assert pushed.json()["records"][0]["status"] == "accepted", pushed.text
    leader: str = rosters[0]["leader"]["document"]["number"]
    wanted = {
        leader: {each["group_no"] for each in rosters},
        licence: {rosters[0]["group_no"]},
        "E77777777": {signed["business_no"]},
    }

    def found() -> dict[str, set[str]]:
        return {number: {each["key"] for each in records(client, operator, document_no=number)} for number in wanted}

    assert found() == wanted
    titles = {title["zh"] for each in records(client, operator, document_no="E77777777") for title in each["fields"]}
    assert {"签约人", "证件号码"} <= titles
    forget_who_does_not_travel(settings)
    assert found() == {number: set() for number in wanted}
    altered = rosters[1]["group_no"]
    with psycopg.connect(str(settings.database.url)) as connection:
        connection.execute("UPDATE record SET headcount = 9 WHERE key = %s", [altered])
    done = with_services(settings, lambda services: services.indexing.run())
    assert (done.changed, done.left) == (2, 1)
    assert found() == wanted | {leader: wanted[leader] - {altered}}
    again = with_services(settings, lambda services: services.indexing.run())
    assert (again.seen, again.changed, again.left) == (1, 0, 1), "the rest is done"


def forget_who_does_not_travel(settings: Settings) -> None:
    """As an earlier version has indexed what is there, and attested it."""

    async def forget(services: Services) -> None:
        async with services.database.writing() as connection:
            query = (
                "UPDATE record SET people = people[1 : headcount], people_rule = 0 WHERE kind IN ('contract', 'roster')"
            )
            rows = await connection.execute(text(f"{query} RETURNING tenant_id, kind, key, version"))
            await VERSIONS.renewed(connection, [dict(row._mapping) for row in rows.all()])

    with_services(settings, forget)


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
