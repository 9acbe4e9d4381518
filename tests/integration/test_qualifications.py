"""Qualification records through the API: the pledge's PDF, penalties on file, the word of an authority by the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import HttpSettings, Settings
from gateway.persons.duties import Duty
from schemas import filed_samples
from tests.conftest import Partner, issue_partner
from tests.people import add_person

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
"""
PENALTY = {
    "document_no": "示旅罚〔2026〕3号",
    "decided_on": "2026-03-02",
    "penalty_type": "fine",
    "harmed_travellers": True,
}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Browsers come without TLS here."""
    return settings.model_copy(update={"http": HttpSettings(public_url="http://127.0.0.1")})


@pytest.fixture(scope="module")
def province(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("province-of-q", role=Role.OFFICIAL, division="110000")


@pytest.fixture(scope="module")
def agency(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("agency-of-q", division="110105")


def pledge(index: int, pdf: bytes) -> dict[str, Any]:
    named = {"name": "承诺书.pdf", "sha256": sha256(pdf).hexdigest()}
    return filed_samples.pledge(index) | {"division": "110105", "pledge_file": named}


def upload(client: httpx.Client, partner: Partner, key: str, pdf: bytes) -> httpx.Response:
    headers = partner.bearer | {"Content-Type": "application/pdf"}
    return client.put(f"/v1/pledges/{key}/document", content=pdf, headers=headers)


def test_the_file_of_a_pledge_is_the_one_applied_with_and_reading_it_is_kept(
    client: httpx.Client, agency: Partner, province: Partner, new_partner: Callable[..., Partner]
) -> None:
    elsewhere = new_partner("elsewhere-of-q", role=Role.OFFICIAL, division="350000")
    other = new_partner("other-of-q", division="110105")
    key = pledge(305, PDF)["application_no"]
    client.post("/v1/pledges", json=pledge(305, PDF), headers=agency.bearer).raise_for_status()
    place = f"/v1/pledges/{key}/document"
    assert client.get(place, headers=province.bearer).status_code == 404, "nothing was uploaded"
    another = upload(client, agency, key, PDF + b"\n")
    assert (another.status_code, another.json()["code"]) == (422, "DOCUMENT-003")
    assert upload(client, province, key, PDF).status_code == 403
    assert [upload(client, agency, key, PDF).status_code for _ in range(2)] == [201, 200]
    assert client.get(place, headers=agency.bearer).content == PDF
    assert client.get(place, headers=province.bearer).content == PDF
    page = client.get(f"{place}/pages/1", headers=province.bearer)
    assert (page.headers["content-type"], page.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert client.get(f"{place}/pages/2", headers=province.bearer).status_code == 404
    for at in (place, f"{place}/pages/1"):
        assert [client.get(at, headers=who.bearer).status_code for who in (elsewhere, other)] == [404, 404]
    read = client.get("/v1/audit", params={"object": key}, headers=province.bearer).json()["entries"]
    pages = [each["detail"].get("page") for each in read if each["action"] == "pledge.read"]
    assert sorted(pages, key=str) == [1, None, None]
    verdict = {"verdict": "truthful", "evidence": "无", "verifier": "冯核实"}
    client.post(f"/v1/pledges/{key}/verdict", json=verdict, headers=province.bearer).raise_for_status()
    again = upload(client, agency, key, PDF)
    assert (again.status_code, again.json()["sha256"]) == (200, sha256(PDF).hexdigest()), (
        "a retry is answered as before"
    )


def test_what_is_no_pdf_is_refused_though_it_was_applied_with(client: httpx.Client, agency: Partner) -> None:
    body = pledge(310, b"hello")
    client.post("/v1/pledges", json=body, headers=agency.bearer).raise_for_status()
    answer = upload(client, agency, body["application_no"], b"hello")
    assert (answer.status_code, answer.json()["code"]) == (422, "DOCUMENT-003")


def test_penalties_are_the_authoritys_word_and_silence_is_no_clean_record(
    client: httpx.Client, agency: Partner, province: Partner
) -> None:
    body = pledge(315, PDF)
    client.post("/v1/pledges", json=body, headers=agency.bearer).raise_for_status()
    place = f"/v1/pledges/{body['application_no']}/penalties"
    filed = filed_samples.agency(315) | {"division": "110105", "status": "applied"}
    claimed = client.post("/v1/agencies", json=filed | {"penalties": []}, headers=agency.bearer)
    assert [each["code"] for each in claimed.json()["records"][0]["findings"]] == ["INTAKE-111"]
    client.post("/v1/agencies", json=filed, headers=agency.bearer).raise_for_status()
    assert client.get(place, headers=province.bearer).json()["is_known"] is False
    patch = {"penalties": [PENALTY, PENALTY | {"document_no": "8", "decided_on": "2019-03-02"}]}
    changed = client.patch(f"/v1/agencies/{filed['uscc']}", json=patch, headers=province.bearer | {"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    found = client.get(place, headers=province.bearer).json()
    assert found["is_known"]
    assert [(each["document_no"], each["breaks"]) for each in found["penalties"]] == [
        (PENALTY["document_no"], True),
        ("8", False),
    ]
    assert client.get(place, headers=agency.bearer).status_code == 403


@pytest.fixture(scope="module")
def next_county(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("next-county-of-q", role=Role.OFFICIAL, division="110106")


def test_penalties_outlast_a_portal_that_has_no_words_for_them_and_a_move(
    client: httpx.Client, settings: Settings, province: Partner, next_county: Partner
) -> None:
    portal = issue_partner(settings, "wordless-of-q", division="110000", connector="donghai")
    filed = filed_samples.agency(316) | {"division": "110105"}
    url = f"/v1/agencies/{filed['uscc']}"
    client.post("/v1/agencies", json=filed, headers=portal.bearer).raise_for_status()
    patch = {"penalties": [PENALTY, PENALTY | {"document_no": "9", "withdrawn_on": "2026-06-10", "note": "复议撤销"}]}
    client.patch(url, json=patch, headers=province.bearer | {"If-Match": '"1"'}).raise_for_status()
    later = filed | {"phone": "010-55550000", "division": "110106"}
    client.post("/v1/agencies?amend=true", json=later, headers=portal.bearer).raise_for_status()
    now = client.get(url, headers=province.bearer).json()
    assert (now["version"], "penalties" in now["body"]) == (3, False)
    found = client.get(f"{url}/penalties", headers=province.bearer).json()
    assert found["is_known"]
    assert {each["document_no"]: each["withdrawn_on"] for each in found["penalties"]} == {
        PENALTY["document_no"]: None,
        "9": "2026-06-10",
    }
    assert client.get(f"{url}/penalties", headers=next_county.bearer).json() == found
    assert client.get(f"{url}/penalties", headers=portal.bearer).status_code == 403
    second = issue_partner(settings, "wordy-of-q", division="110000", connector="donghai")
    stale = filed | {"penalties": [PENALTY | {"document_no": "9"}, PENALTY | {"document_no": "10"}]}
    client.post("/v1/agencies", json=stale, headers=second.bearer).raise_for_status()
    both = client.get(f"{url}/penalties", headers=province.bearer).json()["penalties"]
    assert {each["document_no"]: each["withdrawn_on"] for each in both} == {
        PENALTY["document_no"]: None,
        "9": "2026-06-10",
        "10": None,
    }, "what was withdrawn stays withdrawn, whoever has not heard of it"


def test_a_county_leaves_a_penalty_alone_that_a_higher_authority_has_entered(
    client: httpx.Client, settings: Settings, province: Partner, new_partner: Callable[..., Partner]
) -> None:
    portal = issue_partner(settings, "portal-above-county", division="110000", connector="donghai")
    county = new_partner("county-of-q", role=Role.OFFICIAL, division="110105")
    officer = add_person(settings, "county.officer", {Duty.QUALIFICATION_OFFICER}, "110105")
    filed = filed_samples.agency(317) | {"division": "110105", "revision": 4}
    url = f"/v1/agencies/{filed['uscc']}"
    client.post("/v1/agencies", json=filed, headers=portal.bearer).raise_for_status()

    def put(who: Partner, version: int, *penalties: dict[str, Any]) -> httpx.Response:
        seen = {"If-Match": f'"{version}"'}
        return client.patch(url, json={"penalties": list(penalties)}, headers=who.bearer | seen)

    own = PENALTY | {"document_no": "区-1", "entered_in": "110000"}
    assert put(province, 1, PENALTY).status_code == 200, "a numbered record whose portal is told of nothing"
    assert put(county, 2, PENALTY, own).status_code == 200
    for version in range(3, 6):
        told = filed | {"revision": 2 + version, "phone": f"010-5555000{version}"}
        client.post("/v1/agencies?amend=true", json=told, headers=portal.bearer).raise_for_status()
    assert "penalties" not in client.get(url, headers=county.bearer).json()["body"]
    withdrawn = {"withdrawn_on": "2026-06-10", "note": "复议"}
    for kept in ((own,), (PENALTY | withdrawn, own), (PENALTY | {"amount": "1.00"}, own)):
        refused = put(county, 6, *kept)
        assert (refused.status_code, refused.json()["code"]) == (403, "AUTH-005")
    assert "上级主管部门" in refused.json()["detail"]
    form = {"deed": "withdraw", "of": PENALTY["document_no"], "reason": "复议", "step": "sure"}
    page = client.get(f"/penalties/{filed['uscc']}", params=form, auth=officer.auth).text
    form["seen"] = re.findall(r'name="seen" value="([^"]+)"', page)[0]
    own_form = {"sec-fetch-site": "same-origin"}
    sent = client.post(f"/penalties/{filed['uscc']}?lang=zh", data=form, auth=officer.auth, headers=own_form)
    assert (sent.status_code, "由上级主管部门登记" in sent.text) == (403, True)
    assert put(county, 6, PENALTY, own | withdrawn).status_code == 200, "its own it may withdraw"
    assert put(province, 7, PENALTY | withdrawn, own | withdrawn).status_code == 200
    found = client.get(f"{url}/penalties", headers=province.bearer).json()["penalties"]
    assert {each["document_no"]: each["entered_in"] for each in found} == {
        PENALTY["document_no"]: "110000",
        "区-1": "110105",
    }


def test_materials_are_handed_in_by_the_agency_and_read_by_who_decides(
    client: httpx.Client, settings: Settings, province: Partner, next_county: Partner
) -> None:
    portal = issue_partner(settings, "filings-of-q", division="110000", connector="donghai")
    body = filed_samples.filing(360) | {"division": "110105"}
    own = issue_partner(settings, "handing-of-q", division="110105", uscc=body["agency_uscc"])
    other = issue_partner(settings, "idle-of-q", division="110105", uscc=filed_samples.credit_code(361))
    named = [{"name": "存款证明", "missing": True}, {"name": "申请书", "kind": "application", "size_bytes": 7}]
    client.post("/v1/filings", json=body | {"materials": named}, headers=portal.bearer).raise_for_status()
    url, at = f"/v1/own-agency/filings/{body['filing_no']}", f"/v1/filings/{body['filing_no']}/materials"

    def hand_in(who: Partner, content: bytes = PDF, **query: str) -> httpx.Response:
        files, asked = {"file": ("存款.pdf", content)}, {"name": "存款证明", "kind": "deposit"} | query
        return client.post(f"{url}/materials", data=asked, files=files, headers=who.bearer)

    places = [each["place"] for each in client.get(at, headers=province.bearer).json()["materials"]]
    assert places == ["missing", "elsewhere"]
    assert hand_in(other).status_code == 404
    assert hand_in(province).status_code == 403
    assert [hand_in(own, kind="photo").status_code, hand_in(own, name="11010519491231002X").status_code] == [400, 400]
    assert hand_in(own, b"hello").json()["code"] == "DOCUMENT-004"
    assert [hand_in(own).status_code, hand_in(own).status_code] == [201, 200]
    renamed = [hand_in(own, name="申请书"), hand_in(own, kind="other")]
    assert [each.json().get("code") for each in renamed] == ["DOCUMENT-004"] * 2, "nothing would come of it"
    told = client.get(at, headers=province.bearer).json()["materials"]
    assert [(each["name"], each["place"]) for each in told] == [("申请书", "elsewhere"), ("存款证明", "here")]
    assert client.get(url, headers=own.bearer).json()["materials"] == told
    assert client.get(f"{at}/{told[1]['sha256']}", headers=province.bearer).content == PDF
    assert client.get(f"{url}/materials/{told[1]['sha256']}", headers=own.bearer).content == PDF
    assert client.get(f"{at}/{'0' * 64}", headers=province.bearer).status_code == 404
    assert client.get(f"{at}/{told[1]['sha256']}", headers=other.bearer).status_code == 404
    taken = f"{url}/materials/{told[1]['sha256']}"
    assert client.delete(taken, headers=other.bearer).status_code == 404
    assert client.delete(taken, headers=province.bearer).status_code == 403
    assert [client.delete(taken, headers=own.bearer).status_code for _ in range(2)] == [204, 404]
    assert client.get(f"{at}/{told[1]['sha256']}", headers=province.bearer).status_code == 404
    assert hand_in(own, name="换名").status_code == 201, "handed in by mistake, and handed in again"
    assert client.delete(taken, headers=own.bearer).status_code == 204
    assert hand_in(own).status_code == 201
    read = client.get("/v1/audit", params={"object": body["filing_no"]}, headers=province.bearer).json()["entries"]
    acts = [each["action"] for each in read]
    assert [acts.count(f"filing.{act}") for act in ("material", "document", "taken_away")] == [2, 3, 2]
    officer = add_person(settings, "filing.officer", {Duty.QUALIFICATION_OFFICER}, "110000")
    page, own_site = f"/filings/{body['filing_no']}", {"sec-fetch-site": "same-origin"}
    seen_so = re.findall(r'name="seen" value="([^"]+)"', client.get(page, auth=officer.auth).text)[0]
    assert hand_in(own, PDF + b"  ", name="补充").status_code == 201
    form = {"decision": "approved", "seen": seen_so, "step": "sure"}
    late = client.post(page, data=form, auth=officer.auth, headers=own_site)
    assert late.status_code == 400, "a material came that nobody had seen"
    later = body | {"due_on": "2026-11-20", "division": "110106"}
    client.post("/v1/filings?amend=true", json=later, headers=portal.bearer).raise_for_status()
    kept = client.get(at, headers=province.bearer).json()["materials"]
    assert [each["name"] for each in kept] == ["存款证明", "补充"], "a portal that names none takes none away"
    assert client.get(at, headers=next_county.bearer).json()["materials"] == kept, "they move with the filing"
    assert client.get(f"{at}/{told[1]['sha256']}", headers=next_county.bearer).content == PDF
    seen = province.bearer | {"If-Match": '"2"'}
    client.post(at.replace("materials", "state"), json={"state": "approved"}, headers=seen).raise_for_status()
    assert hand_in(own, PDF + b" ").json()["code"] == "STATE-001"
    assert hand_in(own).status_code == 200, "the first answer may have been lost"
    assert client.delete(taken, headers=own.bearer).json()["code"] == "STATE-001", "it was decided on"


def test_a_material_stays_with_the_filing_when_a_portal_keeps_it_too(
    client: httpx.Client, settings: Settings, province: Partner
) -> None:
    body = filed_samples.filing(362) | {"division": "110105", "status": "applied"}
    del body["accepted_on"]
    own = issue_partner(settings, "early-of-q", division="110105", uscc=body["agency_uscc"])
    portal, second = (
        issue_partner(settings, name, division="110000", connector="donghai", speaks_for="350000")
        for name in ("late-of-q", "later-of-q")
    )
    client.post("/v1/filings", json=body, headers=own.bearer).raise_for_status()
    url, at = f"/v1/own-agency/filings/{body['filing_no']}", f"/v1/filings/{body['filing_no']}/materials"

    def hand_in(content: bytes, name: str) -> httpx.Response:
        files, asked = {"file": ("材料.pdf", content)}, {"name": name, "kind": "other"}
        return client.post(f"{url}/materials", data=asked, files=files, headers=own.bearer)

    def shown(to: Partner, at: str, **asked: str) -> list[str]:
        return [each["name"] for each in client.get(at, params=asked, headers=to.bearer).json()["materials"]]

    assert hand_in(PDF, "甲").status_code == 201
    client.post("/v1/filings", json=body, headers=portal.bearer).raise_for_status()
    assert [hand_in(PDF, "甲").status_code, hand_in(PDF + b" ", "乙").status_code] == [200, 201]
    assert shown(own, url) == ["甲", "乙"]
    assert [shown(province, at, partner=name) for name in ("early-of-q", "late-of-q")] == [["甲", "乙"]] * 2
    assert shown(portal, at) == ["乙"], "what is not in its sight stays so"
    place = f"{at}/{sha256(PDF).hexdigest()}"
    assert client.get(place, params={"partner": "late-of-q"}, headers=province.bearer).content == PDF
    assert client.get(place, headers=portal.bearer).status_code == 404
    client.post("/v1/filings", json=body, headers=second.bearer).raise_for_status()
    assert shown(province, at, partner="later-of-q") == ["甲"], "two portals may mean two filings by one number"


def test_a_leader_is_refused_filed_again_and_approved(client: httpx.Client, agency: Partner, province: Partner) -> None:
    body = filed_samples.leader(320) | {"division": "110105", "status": "applied"}
    url = f"/v1/leaders/{body['cert_no']}"
    client.post("/v1/leaders", json=body, headers=agency.bearer).raise_for_status()

    def say(version: int, **given: str) -> httpx.Response:
        return client.post(f"{url}/state", json=given, headers=province.bearer | {"If-Match": f'"{version}"'})

    assert say(1, state="refused").status_code == 400, "a refusal has a reason"
    assert say(1, state="cancelled", reason="无").json()["code"] == "STATE-001"
    assert say(2, state="filed").json()["code"] == "STATE-002"
    mine = client.post(f"{url}/state", json={"state": "filed"}, headers=agency.bearer | {"If-Match": '"1"'})
    assert mine.status_code == 403
    assert say(1, state="refused", reason="照片不清").status_code == 200
    told = client.get(url, headers=agency.bearer).json()
    assert (told["state"], told["body"]["opinion"]) == ("refused", "照片不清")
    again = client.post("/v1/leaders?amend=true", json=body, headers=agency.bearer)
    assert again.json()["records"][0]["state"] == "applied", again.text
    assert say(3, state="filed").status_code == 200
    late = client.post("/v1/leaders?amend=true", json=body | {"sex": "1"}, headers=agency.bearer)
    assert late.status_code == 422, "what is filed is the authority's"


def test_an_agency_confirms_its_own_applicant_and_nobody_elses(
    client: httpx.Client, settings: Settings, province: Partner
) -> None:
    portal = issue_partner(settings, "portal-of-q", division="110000", connector="donghai")
    body = filed_samples.guide(330) | {"division": "110105", "status": "applied"}
    own = issue_partner(settings, "own-of-q", division="110105", uscc=body["agency_uscc"])
    other = issue_partner(settings, "other-agency-of-q", division="110105", uscc=filed_samples.credit_code(335))
    client.post("/v1/guides", json=body, headers=portal.bearer).raise_for_status()
    url = f"/v1/own-agency/guides/{body['card_no']}"
    shown = client.get(url, headers=own.bearer)
    assert shown.json()["body"]["document"] != body["document"], "a portal's people are masked"
    assert [each["key"] for each in client.get("/v1/own-agency", headers=own.bearer).json()["guide"]] == [
        body["card_no"]
    ]
    assert client.get("/v1/own-agency", headers=own.bearer).json()["applicants"] == 1
    assert client.get("/v1/own-agency", headers=other.bearer).json()["guide"] == []
    assert client.get("/v1/own-agency", headers=province.bearer).status_code == 403
    assert client.get(f"/v1/guides/{body['card_no']}", headers=own.bearer).status_code == 404, "only at its own desk"
    place, seen = f"{url}/confirmation", {"If-Match": shown.headers["etag"]}
    no = {"reason": "未在本社执业"}
    assert client.post(place, headers=other.bearer | seen).status_code == 404
    assert client.post(f"{url}/decline", json=no, headers=other.bearer | seen).status_code == 404
    assert client.post(f"{url}/decline", json={}, headers=own.bearer | seen).json()["code"] == "REQUEST-001"
    assert client.post(f"{url}/decline", json=no, headers=own.bearer | seen).status_code == 200
    assert client.get("/v1/waiting", headers=province.bearer).json()["declined"] == 1
    declined = client.get(f"/v1/guides/{body['card_no']}", headers=province.bearer).json()
    assert (declined["state"], declined["body"]["agency_opinion"]) == ("declined", no["reason"])
    assert client.get("/v1/own-agency", headers=own.bearer).json()["applicants"] == 0
    seen = {"If-Match": '"2"'}
    assert client.post(f"{url}/decline", json=no, headers=own.bearer | seen).json()["code"] == "STATE-001"
    assert client.post(place, headers=own.bearer | {"If-Match": '"7"'}).json()["code"] == "STATE-002"
    assert client.post(place, headers=own.bearer | seen).status_code == 200
    assert client.post(place, headers=own.bearer | {"If-Match": '"3"'}).json()["code"] == "STATE-001"
    assert client.get("/v1/waiting", headers=province.bearer).json()["declined"] == 0
    confirmed = client.get(f"/v1/guides/{body['card_no']}", headers=province.bearer).json()
    assert (confirmed["state"], "agency_opinion" in confirmed["body"]) == ("confirmed", False)
    kept = client.get("/v1/audit", params={"object": body["card_no"]}, headers=province.bearer).json()["entries"]
    assert {"guide.decline", "guide.confirm"} <= {each["action"] for each in kept}
    dossier = client.get(f"/v1/agencies/{body['agency_uscc']}/dossier", headers=province.bearer).json()
    assert [(each["key"], each["state"]) for each in dossier["guide"]] == [(body["card_no"], "confirmed")]
    assert dossier["guide"][0]["name"] == "孙**"


def test_an_opinion_outlasts_a_portal_that_has_no_words_for_it(
    client: httpx.Client, settings: Settings, province: Partner
) -> None:
    portal = issue_partner(settings, "opinionless-of-q", division="110000", connector="donghai")
    body = filed_samples.guide(331) | {"division": "110105", "status": "applied", "revision": 1}
    own = issue_partner(settings, "opinion-of-q", division="110105", uscc=body["agency_uscc"])
    client.post("/v1/guides", json=body, headers=portal.bearer).raise_for_status()
    url, at = f"/v1/guides/{body['card_no']}", f"/v1/own-agency/guides/{body['card_no']}"
    no = {"reason": "未在本社执业"}
    client.post(f"{at}/decline", json=no, headers=own.bearer | {"If-Match": '"1"'}).raise_for_status()
    said = {"state": "refused", "reason": "旅行社不予确认"}
    client.post(f"{url}/state", json=said, headers=province.bearer | {"If-Match": '"2"'}).raise_for_status()
    for revision in (2, 3):
        later = body | {"status": "refused", "revision": revision, "mobile": f"1380013800{revision}"}
        client.post("/v1/guides?amend=true", json=later, headers=portal.bearer).raise_for_status()
    shown = client.get(url, headers=province.bearer).json()
    assert (shown["version"], shown["state"]) == (5, "refused")
    assert (shown["body"]["opinion"], shown["body"]["agency_opinion"]) == (said["reason"], no["reason"])
    again = body | {"status": "applied", "revision": 4}
    client.post("/v1/guides?amend=true", json=again, headers=portal.bearer).raise_for_status()
    shown = client.get(url, headers=province.bearer).json()["body"]
    assert not {"opinion", "agency_opinion"} & shown.keys(), "of another state nothing was said"


def test_what_an_agency_says_of_itself_is_taken_over_as_it_was_seen(
    client: httpx.Client, settings: Settings, province: Partner
) -> None:
    portal = issue_partner(settings, "registry-of-q", division="110000", connector="donghai")
    kept = filed_samples.agency(340) | {"division": "110105"}
    own = issue_partner(settings, "saying-of-q", division="110105", uscc=kept["uscc"])
    client.post("/v1/agencies", json=kept, headers=portal.bearer).raise_for_status()
    url = f"/v1/agencies/{kept['uscc']}/self-report"
    assert client.get(url, headers=province.bearer).status_code == 404, "it says nothing yet"
    said = kept | {"status": "applied", "post_code": "100020"}
    client.post("/v1/agencies", json=said, headers=own.bearer).raise_for_status()
    shown = client.get(url, headers=province.bearer).json()
    assert [each["field"] for each in shown["differences"]] == ["/post_code"]
    amended = said | {"address": "示例街 2 号"}
    client.post("/v1/agencies?amend=true", json=amended, headers=own.bearer).raise_for_status()
    stale = client.post(url, json={"seen": shown["seen"]}, headers=province.bearer)
    assert (stale.status_code, stale.json()["code"]) == (412, "STATE-002")
    seen = client.get(url, headers=province.bearer).json()["seen"]
    assert client.post(url, json={"seen": seen}, headers=own.bearer).status_code == 403
    assert client.post(url, json={"seen": seen}, headers=province.bearer).status_code == 200
    at = {"partner": "registry-of-q"}
    now = client.get(f"/v1/agencies/{kept['uscc']}", params=at, headers=province.bearer).json()
    assert (now["state"], now["version"], now["body"]["post_code"]) == ("active", 2, "100020")
    assert client.get(url, headers=province.bearer).status_code == 404, "it says nothing else"


def test_a_branch_lists_the_filings_about_it_and_no_others(
    client: httpx.Client, agency: Partner, province: Partner
) -> None:
    branch = filed_samples.branch(350) | {"division": "110105", "status": "applied"}
    about = {"subject_kind": "branch", "agency_uscc": branch["agency_uscc"], "division": "110105", "status": "applied"}
    subjects = {
        351: {"subject_name": "又名", "subject_uscc": branch["uscc"]},
        352: {"subject_name": branch["name"], "subject_uscc": filed_samples.credit_code(352)},
        353: {"subject_name": branch["name"], "filing_type": "setup"},
    }
    client.post("/v1/branches", json=branch, headers=agency.bearer).raise_for_status()
    for index, subject in subjects.items():
        filing = {**filed_samples.filing(index), **about}
        del filing["accepted_on"], filing["subject_uscc"]
        client.post("/v1/filings", json=filing | subject, headers=agency.bearer).raise_for_status()
    url = f"/v1/branches/{branch['uscc']}/filings"
    told = client.get(url, headers=province.bearer).json()
    found = told["filings"]
    assert told["is_cut"] is False
    assert {each["key"] for each in found} == {filed_samples.filing(index)["filing_no"] for index in (351, 353)}
    assert client.get(url, headers=agency.bearer).status_code == 403


def test_what_waits_is_counted(client: httpx.Client, agency: Partner, province: Partner) -> None:
    before = client.get("/v1/waiting", headers=province.bearer).json()
    leader = filed_samples.leader(325) | {"division": "110105", "status": "applied"}
    client.post("/v1/leaders", json=leader, headers=agency.bearer).raise_for_status()
    filing = filed_samples.filing(325) | {"division": "110105", "status": "applied", "due_on": "2026-11-20"}
    del filing["accepted_on"]
    client.post("/v1/filings", json=filing, headers=agency.bearer).raise_for_status()
    client.post("/v1/pledges", json=pledge(325, PDF), headers=agency.bearer).raise_for_status()
    after = client.get("/v1/waiting", headers=province.bearer).json()
    assert {name: after[name] - before[name] for name in ("filings", "pledges", "leaders", "guides")} == {
        "filings": 1,
        "pledges": 1,
        "leaders": 1,
        "guides": 0,
    }
    assert after["due"]["filings"] == "2026-11-20"
    listed = client.get("/v1/records", params={"kind": "filing", "order": "due"}, headers=province.bearer).json()
    assert {each["key"]: each["due_on"] for each in listed["records"]}[filing["filing_no"]] == "2026-11-20"
    (waiting,) = [
        each
        for each in client.get("/v1/pledges", headers=province.bearer).json()["pledges"]
        if each["key"] == pledge(325, PDF)["application_no"]
    ]
    assert isinstance(waiting["working_days_left"], int)
