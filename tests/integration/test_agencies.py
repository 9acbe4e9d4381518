"""A record belongs to the agency that it speaks of, and lies in that agency's division, whoever sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from stdnum.cn.uscc import calc_check_digit

from gateway.access.accounts import TERMINAL, Accounts, Role
from gateway.access.tenants import Tenant
from gateway.base.errors import UserError
from gateway.base.settings import ForeignAgency, IntakeSettings, Settings
from gateway.store.database import Database
from gateway.trust.sealing import MasterKey
from schemas import samples
from tests.conftest import Partner, issue_partner, running
from tests.processes import yizhan
from tests.trips import ahead

MAPPINGS = Path(__file__).parents[2] / "mappings"
XIAMEN = {"name": "厦门示例旅行社有限公司", "uscc": "91350203MA2XN0AB0T", "license_no": "L-FJ-00123"}
FUZHOU = {"name": "福州示例旅行社有限公司", "uscc": "91350102MA2XN0AB1A", "license_no": "L-FJ-00456"}
PLACES = {XIAMEN["uscc"]: "350203", FUZHOU["uscc"]: "350102"}
_numbers = count(7000)


def of(agency: dict[str, str], body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A record in the name of an agency."""
    return body | {"agency": {**body["agency"], **agency, "division": PLACES[agency["uscc"]]}} | changes


def with_accounts(settings: Settings, sender: str, work: Callable[[Accounts, Tenant], Awaitable[None]]) -> None:
    """Let an administrator do something about a partner."""

    async def run() -> None:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        accounts = Accounts(database, MasterKey.load(settings.master_key, settings.home / "master.key"))
        tenant = await accounts.named(sender)
        assert tenant is not None
        await work(accounts, tenant)
        await database.close()

    asyncio.run(run())


def represent(settings: Settings, sender: str, *agencies: dict[str, str]) -> None:
    async def enter(accounts: Accounts, tenant: Tenant) -> None:
        for one in agencies:
            where = {"title": one["name"], "division": PLACES[one["uscc"]], "license_no": one["license_no"]}
            await accounts.represent(TERMINAL, tenant, one["uscc"], **where)

    with_accounts(settings, sender, enter)


@pytest.fixture
def vendor(settings: Settings) -> Callable[..., Partner]:
    """A vendor of Shanghai that speaks for some agencies."""

    def make(*agencies: dict[str, str]) -> Partner:
        partner = issue_partner(settings, f"vendor-{next(_numbers)}", division="310115", speaks_for="")
        represent(settings, partner.name, *agencies)
        return partner

    return make


@pytest.fixture
def official(settings: Settings) -> Callable[[str], Partner]:
    return lambda division: issue_partner(settings, f"official-{next(_numbers)}", Role.OFFICIAL, division)


def push(client: httpx.Client, who: Partner, body: dict[str, Any], path: str = "/v1/contracts", **more: str) -> Any:
    return client.post(path, json=body, auth=who.auth, params=more)


def record_of(answer: httpx.Response) -> dict[str, Any]:
    (record,) = answer.json()["records"]
    return record


def codes(answer: httpx.Response) -> list[str]:
    return [finding["code"] for finding in record_of(answer)["findings"]]


def test_county_and_city_of_the_agency_see_what_a_vendor_elsewhere_has_sent(
    client: httpx.Client, vendor: Callable[..., Partner], official: Callable[[str], Partner]
) -> None:
    sender = vendor(XIAMEN)
    roster = of(XIAMEN, samples.roster(next(_numbers), travellers=2))
    assert push(client, sender, roster, "/v1/rosters").status_code == 201
    path = f"/v1/rosters/{roster['group_no']}"
    for division, status in (("350203", 200), ("350200", 200), ("310115", 404), ("310000", 404)):
        assert client.get(path, auth=official(division).auth).status_code == status, division
    audited = client.post(f"{path}/state", json={"state": "audited"}, auth=official("350203").auth)
    assert audited.json()["state"] == "audited"


def test_nobody_speaks_for_an_agency_without_being_entered(
    client: httpx.Client, vendor: Callable[..., Partner]
) -> None:
    sender = vendor(XIAMEN)
    for foreign in (
        of(FUZHOU, samples.contract(next(_numbers))),
        of(XIAMEN | {"uscc": FUZHOU["uscc"]}, samples.contract(next(_numbers))),
        without_uscc(of(FUZHOU, samples.contract(next(_numbers)))),
    ):
        answer = push(client, sender, foreign)
        assert (answer.status_code, codes(answer)[-1]) == (422, "INTAKE-112")
    by_licence = without_uscc(of(XIAMEN, samples.contract(next(_numbers))))
    assert push(client, sender, by_licence).status_code == 201


def without_uscc(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"agency": {name: value for name, value in body["agency"].items() if name != "uscc"}}


@pytest.mark.parametrize(
    ("foreign", "status", "fate"),
    [(ForeignAgency.WARNING, 201, "accepted"), (ForeignAgency.QUARANTINE, 422, "quarantined")],
)
def test_what_becomes_of_a_foreign_agency_is_a_setting_and_always_said(
    settings: Settings, vendor: Callable[..., Partner], foreign: ForeignAgency, status: int, fate: str
) -> None:
    sender = vendor(XIAMEN)
    chosen = settings.model_copy(update={"intake": IntakeSettings(foreign_agency=foreign)})
    with running(chosen) as client:
        answer = push(client, sender, of(FUZHOU, samples.contract(next(_numbers))))
    assert (answer.status_code, record_of(answer)["status"]) == (status, fate)
    assert "INTAKE-112" in codes(answer)


def test_an_agency_that_changes_its_vendor_keeps_its_records_and_codes(
    client: httpx.Client, vendor: Callable[..., Partner]
) -> None:
    before, after, stranger = vendor(XIAMEN), vendor(XIAMEN), vendor(FUZHOU)
    contract = of(XIAMEN, samples.contract(next(_numbers)))
    first = record_of(push(client, before, contract))
    again = push(client, after, contract)
    assert (record_of(again)["status"], record_of(again)["code"]) == ("unchanged", first["code"])
    amended = record_of(push(client, after, contract | {"route_name": "改线"}, amend="true"))
    assert (amended["status"], amended["code"], amended["version"]) == ("amended", first["code"], 2)
    seen = client.get(f"/v1/contracts/{first['code']}", auth=before.auth)
    assert seen.json()["body"]["route_name"] == "改线"
    signed = client.post(f"/v1/contracts/{first['code']}/state", json={"state": "signed"}, auth=before.auth)
    assert signed.json()["state"] == "signed"
    assert client.get(f"/v1/contracts/{first['code']}", auth=stranger.auth).status_code == 404


def test_an_agency_that_gets_a_system_of_its_own_finds_what_its_vendor_sent(settings: Settings) -> None:
    agency = {"name": "泉州示例旅行社有限公司", "uscc": "91350503MA2XN0AB2@", "license_no": "L-FJ-00789"}
    agency["uscc"] = agency["uscc"][:-1] + calc_check_digit(agency["uscc"][:-1])
    PLACES[agency["uscc"]] = "350503"
    vendor = issue_partner(settings, f"vendor-{next(_numbers)}", division="310115", speaks_for="")
    represent(settings, vendor.name, agency)
    contract = of(agency, samples.contract(next(_numbers)))
    with running(settings) as client:
        first = record_of(push(client, vendor, contract))
        own = issue_partner(settings, "quanzhou", division="350503", uscc=agency["uscc"], speaks_for="")
        again = record_of(push(client, own, contract))
        assert (again["status"], again["code"]) == ("unchanged", first["code"])
        seen = client.get(f"/v1/contracts/{first['code']}", auth=own.auth).json()
        assert seen["body"]["route_name"] == contract["route_name"]
        amended = push(client, vendor, contract | {"route_name": "改线"}, amend="true")
        assert record_of(amended)["status"] == "amended", amended.json()
    with pytest.raises(UserError, match="quanzhou"):
        issue_partner(settings, "another", division="350503", uscc=agency["uscc"], speaks_for="")


@pytest.mark.parametrize(
    ("connector", "name", "accepted"), [("qingteng", "groups.xlsx", 2), ("wanfeng", "bookings.csv", 2)]
)
def test_a_document_that_names_no_agency_is_of_the_one_its_credential_stands_for(
    client: httpx.Client, vendor: Callable[..., Partner], connector: str, name: str, accepted: int
) -> None:
    raw = (MAPPINGS / connector / "examples" / name).read_bytes()

    def sent(partner: Partner) -> dict[str, Any]:
        return client.post(f"/v1/submissions?connector={connector}", content=raw, headers=partner.bearer).json()

    own, of_two, of_none = sent(vendor(XIAMEN)), sent(vendor(XIAMEN, FUZHOU)), sent(vendor())
    assert [own["counts"]["accepted"], own["counts"]["rejected"]] == [accepted, len(own["records"]) - accepted]
    for nobodys in (of_two, of_none):
        assert nobodys["counts"]["accepted"] == 0
        assert all("MAP-079" in {each["code"] for each in record["findings"]} for record in nobodys["records"])


def test_one_number_of_two_agencies_is_two_contracts(client: httpx.Client, vendor: Callable[..., Partner]) -> None:
    sender, number = vendor(XIAMEN, FUZHOU), f"SAME-{next(_numbers)}"
    made = [
        record_of(push(client, sender, of(agency, samples.contract(next(_numbers)), business_no=number)))
        for agency in (XIAMEN, FUZHOU)
    ]
    assert [record["status"] for record in made] == ["accepted", "accepted"]
    assert made[0]["code"] != made[1]["code"]
    found = client.post("/v1/contracts/lookup", json={"business_no": [number]}, auth=sender.auth)
    assert {each["agency_uscc"] for each in found.json()["records"]} == {XIAMEN["uscc"], FUZHOU["uscc"]}


def test_a_printed_number_is_used_once_by_an_agency_until_its_contract_is_void(
    client: httpx.Client, vendor: Callable[..., Partner]
) -> None:
    sender, printed = vendor(XIAMEN, FUZHOU), f"印A-{next(_numbers)}"
    first = of(XIAMEN, ahead(samples.contract(next(_numbers))), contract_no=printed)
    code = record_of(push(client, sender, first))["code"]
    assert (
        push(client, sender, of(FUZHOU, ahead(samples.contract(next(_numbers))), contract_no=printed)).status_code
        == 201
    )
    second = of(XIAMEN, ahead(samples.contract(next(_numbers))), contract_no=printed)
    refused = push(client, sender, second)
    assert (refused.status_code, codes(refused)) == (409, ["INTAKE-113"])
    other = of(XIAMEN, ahead(samples.contract(next(_numbers))))
    assert push(client, sender, other).status_code == 201
    amended = push(client, sender, other | {"contract_no": printed}, amend="true")
    assert (amended.status_code, codes(amended)) == (409, ["INTAKE-113"])
    both = client.post(
        "/v1/contracts",
        json=[of(XIAMEN, ahead(samples.contract(next(_numbers))), contract_no=f"{printed}-二") for _ in range(2)],
        auth=sender.auth,
    )
    assert [record["status"] for record in both.json()["records"]] == ["accepted", "conflict"]
    found = client.post("/v1/contracts/lookup", json={"contract_no": [printed.lower()]}, auth=sender.auth).json()[
        "records"
    ]
    assert {each["agency_uscc"] for each in found} == {XIAMEN["uscc"], FUZHOU["uscc"]}
    client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=sender.auth)
    later = client.post("/v1/contracts", json=second, auth=sender.auth, headers={"Idempotency-Key": printed[1:]})
    assert later.status_code == 201


def test_two_amendments_to_one_printed_number_cost_nobody_else_anything(
    client: httpx.Client, vendor: Callable[..., Partner]
) -> None:
    sender, printed = vendor(XIAMEN), f"同-{next(_numbers)}"
    contracts = [of(XIAMEN, ahead(samples.contract(next(_numbers)))) for _ in range(3)]
    assert client.post("/v1/contracts", json=contracts, auth=sender.auth).json()["counts"]["accepted"] == 3
    one, two, plain = (contract | {"route_name": "改线"} for contract in contracts)
    changes = [one | {"contract_no": printed}, two | {"contract_no": printed}, plain]
    answer = client.post("/v1/contracts", json=changes, auth=sender.auth, params={"amend": "true"})
    records = answer.json()["records"]
    assert sorted(record["status"] for record in records) == ["amended", "amended", "conflict"]
    (refused,) = (record for record in records if record["status"] == "conflict")
    assert [finding["code"] for finding in refused["findings"]] == ["INTAKE-113"]


def test_a_contract_moves_with_its_agency_and_the_audit_log_says_from_where(
    client: httpx.Client, settings: Settings, official: Callable[[str], Partner]
) -> None:
    sender = issue_partner(settings, f"portal-{next(_numbers)}", division="350000", speaks_for="350000")
    contract = of(FUZHOU, samples.contract(next(_numbers)))
    code = record_of(push(client, sender, contract))["code"]
    moved = contract | {"agency": {**contract["agency"], "division": "350203"}}
    assert record_of(push(client, sender, moved, amend="true"))["status"] == "amended"
    for division, status in (("350102", 404), ("350203", 200)):
        assert client.get(f"/v1/contracts/{code}", auth=official(division).auth).status_code == status
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        (detail,) = connection.execute(
            "SELECT detail FROM audit WHERE action = 'contract.move' AND object = %s", [code]
        ).fetchone() or ({},)
    assert (detail["from_division"], detail["to_division"]) == ("350102", "350203")


def test_what_speaks_for_a_division_speaks_for_no_other(client: httpx.Client, settings: Settings) -> None:
    sender = issue_partner(settings, f"portal-{next(_numbers)}", division="350200", speaks_for="350200")
    assert push(client, sender, of(XIAMEN, samples.contract(next(_numbers)))).status_code == 201
    refused = push(client, sender, of(FUZHOU, samples.contract(next(_numbers))))
    assert (refused.status_code, codes(refused)[-1]) == (422, "INTAKE-112")


def test_who_no_longer_speaks_for_an_agency_sees_what_it_sent_and_changes_nothing(
    client: httpx.Client, settings: Settings, vendor: Callable[..., Partner]
) -> None:
    sender, contract = vendor(XIAMEN), of(XIAMEN, samples.contract(next(_numbers)))
    code = record_of(push(client, sender, contract))["code"]
    end(settings, sender.name, XIAMEN["uscc"])
    with running(settings) as later:
        seen = later.get(f"/v1/contracts/{code}", auth=sender.auth)
        assert (seen.status_code, seen.json()["agency_uscc"]) == (200, XIAMEN["uscc"])
        void = later.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=sender.auth)
        assert void.status_code == 403
        assert codes(push(later, sender, contract | {"route_name": "改线"}, amend="true"))[-1] == "INTAKE-112"


def test_only_the_agency_its_vendors_and_who_sent_a_record_see_people_in_it(
    client: httpx.Client, settings: Settings, vendor: Callable[..., Partner]
) -> None:
    """An authority, and whoever speaks for a division, have single values revealed."""
    contract = of(XIAMEN, samples.contract(next(_numbers)))
    sender, next_vendor = vendor(XIAMEN), vendor(XIAMEN)
    (name, over) = (contract["travellers"][0]["name"], "350200")
    portal = issue_partner(settings, f"portal-{next(_numbers)}", division=over, speaks_for=over)
    bureau = issue_partner(settings, f"bureau-{next(_numbers)}", Role.OFFICIAL, over, speaks_for=over)
    desk = issue_partner(settings, f"desk-{next(_numbers)}", Role.OFFICIAL, over, speaks_for="")
    represent(settings, desk.name, XIAMEN)
    code = record_of(push(client, sender, contract))["code"]
    one, of_number = f"/v1/contracts/{code}", f"/v1/contracts?business_no={contract['business_no']}"
    for who in (sender, next_vendor):
        assert client.get(one, auth=who.auth).json()["body"] == contract
    for who in (portal, bureau, desk):
        assert name not in client.get(one, auth=who.auth).text, who.name
        (found,) = client.get(of_number, auth=who.auth).json()["records"]
        assert "body" not in found, who.name
        sought = client.post("/v1/contracts/lookup", json={"code": [code]}, auth=who.auth).json()["records"]
        assert "body" not in sought[0], who.name
        assert client.get(f"{one}/document", auth=who.auth).status_code == 403
    again = of(XIAMEN, samples.contract(next(_numbers)))
    kept = record_of(push(client, portal, again))["code"]
    assert client.get(f"/v1/contracts/{kept}", auth=portal.auth).json()["body"] == again, "which it has sent"


def end(settings: Settings, sender: str, uscc: str) -> None:
    async def run(accounts: Accounts, tenant: Tenant) -> None:
        assert await accounts.no_longer_represent(TERMINAL, tenant, uscc)

    with_accounts(settings, sender, run)


def test_one_more_credential_takes_no_mandate_away(settings: Settings) -> None:
    name = f"portal-{next(_numbers)}"
    issue_partner(settings, name, division="350200", speaks_for="350200")
    again = issue_partner(settings, name, division="350200", speaks_for="")
    with running(settings) as client:
        assert push(client, again, of(XIAMEN, samples.contract(next(_numbers)))).status_code == 201


def test_agencies_are_entered_listed_and_removed_at_the_terminal(settings: Settings, tmp_path: Path) -> None:
    partner = issue_partner(settings, f"vendor-{next(_numbers)}", division="310115", speaks_for="")
    listed = tmp_path / "agencies.csv"
    lines = [f"{one['uscc']},{one['name']},{PLACES[one['uscc']]},{one['license_no']}" for one in (XIAMEN, FUZHOU)]
    listed.write_text("\n".join(["uscc,title,division,license_no", *lines]), "utf-8-sig")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(f"uscc,title,division\n{XIAMEN['uscc']},x,350203\n123,y,350203\n", "utf-8")

    def said(*arguments: str) -> tuple[int, str]:
        done = yizhan(settings, "partner", "agencies", *arguments)
        return done.returncode, done.stdout + done.stderr

    status, words = said("add", partner.name, "--from", str(wrong))
    assert (status, "第 2 家" in words) == (1, True)
    assert XIAMEN["uscc"] not in said("list", partner.name)[1], "of a list with an error nobody is entered"
    assert said("add", partner.name, "--from", str(listed))[0] == 0
    status, words = said("list", partner.name)
    assert (status, all(one["uscc"] in words for one in (XIAMEN, FUZHOU))) == (0, True)
    assert said("remove", partner.name, FUZHOU["uscc"])[0] == 0
    assert said("remove", partner.name, FUZHOU["uscc"])[0] == 1
    assert FUZHOU["uscc"] not in said("list", partner.name)[1]
