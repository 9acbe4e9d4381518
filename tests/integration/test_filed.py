"""What portals keep, through the API: pushed, shown with history and source, changed by an authority."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.doors.rest.filed.routes import PLURALS
from schemas import filed_samples, samples
from tests.conftest import Partner, issue_partner, until


@pytest.fixture(scope="module")
def bureau(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("bureau", role=Role.OFFICIAL, division="110000")


@pytest.fixture(scope="module")
def portal(settings: Settings) -> Partner:
    return issue_partner(settings, "portal-of-beijing", division="110000", connector="donghai")


def test_what_a_filing_changes_is_masked_and_the_authority_reads_why_it_was_decided(
    client: httpx.Client, portal: Partner, bureau: Partner
) -> None:
    body = filed_samples.filing(40)
    person = {"item": "法定代表人", "before": "周示例", "after": "110105199001011234 冯示例"}
    body |= {"status": "refused", "changes": [person]}
    body |= {"decision": {"result": "refused", "decided_on": "2026-11-05", "reason": "材料不齐"}}
    client.post("/v1/filings", json=body, headers=portal.bearer).raise_for_status()
    url = f"/v1/filings/{body['filing_no']}"
    shown = client.get(url, headers=bureau.bearer).json()["body"]
    assert shown["changes"] == [{"item": "法定代表人", "before": "周**", "after": "1" + 21 * "*"}]
    assert shown["decision"]["reason"] == "材料不齐"
    assert client.get(url, headers=portal.bearer).json()["body"]["changes"] == [person]


@pytest.mark.parametrize("kind", PLURALS)
def test_every_kind_is_pushed_shown_and_traced_to_its_bytes(
    client: httpx.Client, portal: Partner, bureau: Partner, kind: str
) -> None:
    body = filed_samples.SAMPLES[kind](0)
    url = f"/v1/{PLURALS[kind]}"
    (record,) = client.post(url, json=body, headers=portal.bearer).raise_for_status().json()["records"]
    assert (record["status"], record["state"]) == ("accepted", body["status"])
    shown = client.get(f"{url}/{record['key']}", headers=portal.bearer)
    assert shown.headers["etag"] == '"1"'
    assert shown.json()["body"] == body
    source = client.get(f"{url}/{record['key']}/source", headers=portal.bearer)
    assert source.json() == body
    assert source.headers["x-submission-id"] == shown.json()["submission_id"]
    masked = client.get(f"{url}/{record['key']}", headers=bureau.bearer).json()["body"]
    if "document" in body:
        assert masked["document"]["number"] != body["document"]["number"], "an authority sees it masked"
    assert client.get(f"{url}/{record['key']}/source", headers=bureau.bearer).status_code == 403


def test_an_operator_looks_at_a_source_for_a_purpose_that_is_kept(
    client: httpx.Client, new_partner: Callable[..., Partner], portal: Partner
) -> None:
    body, operator = filed_samples.guide(30), new_partner("team", role=Role.OPERATOR, division="000000")
    client.post("/v1/guides", json=body, headers=portal.bearer).raise_for_status()
    url = f"/v1/guides/{body['card_no']}/source"
    assert client.get(url, headers=operator.bearer).status_code == 400
    assert client.get(url, params={"purpose": "case"}, headers=operator.bearer).json() == body
    entries = client.get("/v1/audit", params={"object": body["card_no"]}, headers=operator.bearer).json()["entries"]
    assert [each["detail"] for each in entries if each["action"] == "guide.source"] == [{"purpose": "case"}]


def test_an_authority_changes_a_record_on_the_version_it_saw(
    client: httpx.Client, portal: Partner, bureau: Partner, partner: Partner
) -> None:
    body = filed_samples.agency(5)
    client.post("/v1/agencies", json=body, headers=portal.bearer).raise_for_status()
    url = f"/v1/agencies/{body['uscc']}"
    patch = {"status": "suspended", "fax": None}
    seen = client.get(url, headers=bureau.bearer).headers["etag"]
    changed = client.patch(url, json=patch, headers={**bureau.bearer, "If-Match": seen})
    assert changed.json()["records"][0]["status"] == "amended"
    again = client.patch(url, json=patch, headers={**bureau.bearer, "If-Match": seen})
    assert (again.status_code, again.json()["code"]) == (412, "STATE-002")
    assert client.patch(url, json=patch, headers=bureau.bearer).status_code == 400
    forbidden = client.patch(url, json=patch, headers={**portal.bearer, "If-Match": '"2"'})
    assert forbidden.status_code == 403
    assert client.get(url, headers=partner.bearer).status_code == 404
    shown = client.get(url, headers=portal.bearer).json()
    assert (shown["state"], shown["version"], len(shown["earlier_versions"])) == ("suspended", 2, 1)


@pytest.mark.parametrize(
    ("patch", "status", "code"),
    [
        ({"uscc": filed_samples.credit_code(70), "status": "revoked"}, 400, "REQUEST-001"),
        ({"revision": 8}, 400, "REQUEST-001"),
        ({"unconfirmed": True}, 400, "REQUEST-001"),
        ({"division": "350203"}, 403, "AUTH-005"),
        ({"division": None}, 403, "AUTH-005"),
    ],
)
def test_a_change_is_of_the_record_it_names_and_keeps_it_in_sight(
    client: httpx.Client, portal: Partner, bureau: Partner, patch: dict[str, Any], status: int, code: str
) -> None:
    body, other = filed_samples.agency(65), filed_samples.agency(70)
    client.post("/v1/agencies", json=[body, other], headers=portal.bearer).raise_for_status()
    url = f"/v1/agencies/{body['uscc']}"
    refused = client.patch(url, json=patch, headers={**bureau.bearer, "If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    for each in (body, other):
        assert client.get(f"/v1/agencies/{each['uscc']}", headers=portal.bearer).json()["body"] == each


def test_a_record_is_seen_by_the_county_it_lies_in(
    client: httpx.Client, portal: Partner, new_partner: Callable[..., Partner]
) -> None:
    body = filed_samples.agency(10) | {"division": "110108"}
    client.post("/v1/agencies", json=body, headers=portal.bearer).raise_for_status()
    own = new_partner("haidian", role=Role.OFFICIAL, division="110108")
    other = new_partner("chaoyang", role=Role.OFFICIAL, division="110105")
    url = f"/v1/agencies/{body['uscc']}"
    assert client.get(url, headers=own.bearer).status_code == 200
    assert client.get(url, headers=other.bearer).status_code == 404


_numbers = iter(range(10**6))


def findings(client: httpx.Client, partner: Partner, filed: dict[str, Any]) -> list[str]:
    """What is said of a contract of a filed agency."""
    body = samples.contract(900) | {"business_no": f"REGISTER-{next(_numbers)}"}
    body["agency"] |= {name: filed[name] for name in ("uscc", "license_no", "name")} | {"division": filed["division"]}
    (record,) = client.post("/v1/contracts", json=body, headers=partner.bearer).raise_for_status().json()["records"]
    assert record["status"] == "accepted", "a warning does not block"
    return [finding["code"] for finding in record["findings"]]


def test_a_contract_is_held_against_what_the_portal_keeps(
    client: httpx.Client, portal: Partner, partner: Partner
) -> None:
    filed = filed_samples.agency(15) | {"status": "cancelled"}
    client.post("/v1/agencies", json=filed, headers=portal.bearer).raise_for_status()
    until(lambda: "REGISTER-002" in findings(client, partner, filed), "the register follows what the portal said")


CLAIMS: list[tuple[str, dict[str, Any], str]] = [
    ("filing", {"status": "approved", "decision": {"result": "approved", "decided_on": "2026-11-20"}}, "/status"),
    ("filing", {"status": "applied", "accepted_on": "2026-11-20"}, "/accepted_on"),
    ("guide", {"status": "valid"}, "/status"),
    ("leader", {"status": "filed"}, "/status"),
    ("agency", {"status": "active"}, "/status"),
    ("branch", {"status": "filed"}, "/status"),
    ("outlet", {"status": "filed"}, "/status"),
]


@pytest.mark.parametrize(("kind", "claim", "field"), CLAIMS)
def test_a_partner_gives_no_word_of_the_authority(
    client: httpx.Client, partner: Partner, kind: str, claim: dict[str, Any], field: str
) -> None:
    body = filed_samples.SAMPLES[kind](60)
    for name in ("decision", "accepted_on", "steps"):
        body.pop(name, None)
    url = f"/v1/{PLURALS[kind]}"
    refused = client.post(url, json=body | claim, headers=partner.bearer)
    (record,) = refused.json()["records"]
    finding = record["findings"][-1]
    assert (refused.status_code, finding["code"], finding["field"]) == (409, "INTAKE-111", field)
    applied = client.post(url, json=body | {"status": "applied"}, headers=partner.bearer)
    assert applied.json()["records"][0]["state"] == "applied", applied.json()


def test_a_partner_does_not_go_back_behind_what_the_desk_has_said(
    client: httpx.Client, settings: Settings, bureau: Partner
) -> None:
    partner = issue_partner(settings, "applicant-of-beijing", division="110000")
    body = filed_samples.guide(61) | {"status": "applied", "division": "110108"}
    (made,) = client.post("/v1/guides", json=body, headers=partner.bearer).raise_for_status().json()["records"]
    headers = {**bureau.bearer, "If-Match": f'"{made["version"]}"'}
    url = f"/v1/guides/{made['key']}"
    client.patch(url, json={"status": "valid"}, headers=headers).raise_for_status()
    again = body | {"level": "senior"}
    refused = client.post("/v1/guides?amend=true", json=again, headers=partner.bearer)
    assert (refused.status_code, refused.json()["records"][0]["findings"][-1]["code"]) == (409, "INTAKE-111")
    assert client.get(url, headers=partner.bearer).json()["state"] == "valid"


def test_the_verify_page_says_when_the_portal_does_not_list_the_agency(
    client: httpx.Client, portal: Partner, partner: Partner
) -> None:
    filed, unknown = filed_samples.agency(35), filed_samples.agency(40)
    client.post("/v1/agencies", json=filed, headers=portal.bearer).raise_for_status()

    def is_filed(agency: dict[str, Any]) -> bool | None:
        body = samples.contract(900) | {"business_no": f"LISTED-{next(_numbers)}"}
        body["agency"] |= {name: agency[name] for name in ("uscc", "license_no", "name")} | {"division": "110105"}
        code = client.post("/v1/contracts", json=body, headers=partner.bearer).json()["records"][0]["code"]
        return client.get(f"/v1/verify/{code}").json()["contract"]["agency_filed"]

    until(lambda: is_filed(filed), "the register follows what the portal said")
    assert is_filed(unknown) is False


def test_only_the_portal_of_its_division_says_what_an_agency_is(
    client: httpx.Client, portal: Partner, partner: Partner, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    filed, seen = filed_samples.agency(25), filed_samples.agency(30) | {"status": "cancelled"}
    client.post("/v1/agencies", json=filed, headers=portal.bearer).raise_for_status()
    rival = new_partner("rival", division=filed["division"])
    elsewhere = issue_partner(settings, "portal-of-fujian", division="350000", connector="minjiang")
    revoked = filed | {"status": "revoked"}
    assert client.post("/v1/agencies", json=revoked, headers=rival.bearer).status_code == 409
    client.post("/v1/agencies", json=filed | {"status": "applied"}, headers=rival.bearer).raise_for_status()
    client.post("/v1/agencies", json=revoked, headers=elsewhere.bearer).raise_for_status()
    client.post("/v1/agencies", json=seen, headers=portal.bearer).raise_for_status()
    until(lambda: "REGISTER-002" in findings(client, partner, seen), "the register has followed")
    assert "REGISTER-002" not in findings(client, partner, filed)


def test_what_a_portal_only_tries_out_changes_no_register(
    client: httpx.Client, portal: Partner, partner: Partner, settings: Settings
) -> None:
    filed, seen = filed_samples.agency(45), filed_samples.agency(50) | {"status": "cancelled"}
    client.post("/v1/agencies", json=filed | {"status": "cancelled"}, headers=portal.bearer).raise_for_status()
    until(lambda: "REGISTER-002" in findings(client, partner, filed), "the register follows what the portal said")
    tried = issue_partner(settings, "portal-of-beijing.test", division="TEST", connector="donghai", speaks_for="")
    client.post("/v1/agencies", json=filed | {"status": "applied"}, headers=tried.bearer).raise_for_status()
    client.post("/v1/agencies", json=seen, headers=portal.bearer).raise_for_status()
    until(lambda: "REGISTER-002" in findings(client, partner, seen), "the register has followed")
    assert "REGISTER-002" in findings(client, partner, filed)


def test_nothing_personal_of_a_leader_lies_open(client: httpx.Client, portal: Partner, database_url: str) -> None:
    body = filed_samples.leader(77) | {"name": "特别示例"}
    del body["agency_name"]
    client.post("/v1/leaders", json=body, headers=portal.bearer).raise_for_status()
    with psycopg.connect(database_url) as connection:
        (row,) = connection.execute("SELECT record::text FROM record WHERE key = %s", [body["cert_no"]]).fetchall()
    assert "特别示例" not in row[0]
    assert body["document"]["number"] not in row[0]
