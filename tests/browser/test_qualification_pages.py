"""Pledges, filings, guides and leaders as the province works through them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from schemas import filed_samples
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import HTTP, Partner, ServedProcess, issue_partner
from tests.people import SomebodySignedIn, add_person

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
"""
SECOND = "CJ-2026-000002"
"""A second pledge, whose file is there already."""
AGENCY = filed_samples.agency(1) | {"division": "350203"}
BRANCH = filed_samples.branch(1) | {"division": "350203"}


@pytest.fixture(scope="module", autouse=True)
def portal(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "minjiang-portal", Role.PARTNER, "350000", "minjiang")


@pytest.fixture(scope="module", autouse=True)
def sender(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "applicant", Role.PARTNER, "350203", uscc=AGENCY["uscc"])


@pytest.fixture(scope="module", autouse=True)
def province(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "zheng.he", {Duty.QUALIFICATION_OFFICER}, "350000", name="郑核")


@pytest.fixture(scope="module", autouse=True)
def bureau(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "350000")


@pytest.fixture(scope="module", autouse=True)
def administrator(settings: Settings, sender: Partner) -> SomebodySignedIn:
    return add_person(settings, "wu.min", {Duty.AGENCY_ADMINISTRATOR}, agency="applicant", name="吴敏")


@pytest.fixture(scope="module", autouse=True)
def filed(settings: Settings, service: ServedProcess, portal: Partner, sender: Partner) -> None:
    """What a portal keeps of an agency, a filing, a guide and a leader; and its pledge, which is due today."""
    told = {"document_no": "闽旅罚〔2026〕3号", "decided_on": "2026-03-02", "penalty_type": "fine"}
    penalty = told | {"amount": "30000.00", "harmed_travellers": True, "ground": "指定购物场所"}
    older = told | {"document_no": "闽旅罚〔2019〕8号", "decided_on": "2019-03-02"}
    filing = filed_samples.filing(1) | {"division": "350203", "status": "received", "due_on": "2026-11-20"}
    del filing["accepted_on"]
    filing["materials"] = [
        {"name": "变更登记证明", "kind": "resolution", "handed_in_on": "2026-11-02"},
        {"name": "质量保证金存款证明", "missing": True},
    ]
    bodies = {
        "agencies": AGENCY | {"penalties": [penalty, older]},
        "branches": BRANCH,
        "filings": filing,
        "guides": filed_samples.guide(1) | {"division": "350203", "status": "applied"},
        "leaders": filed_samples.leader(1) | {"division": "350203", "status": "applied"},
    }
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        for plural, body in bodies.items():
            client.post(f"/v1/{plural}", json=body, headers=portal.bearer).raise_for_status()
        for body in (pledge(), pledge() | {"application_no": SECOND}):
            client.post("/v1/pledges", json=body, headers=sender.bearer).raise_for_status()
        file = {"Content-Type": "application/pdf"} | sender.bearer
        client.put(f"/v1/pledges/{SECOND}/document", content=PDF, headers=file).raise_for_status()
    with psycopg.connect(str(settings.database.url)) as connection:
        connection.execute("UPDATE record SET due_on = %s WHERE kind = 'pledge'", [Clock.china_today()])


def pledge() -> dict[str, Any]:
    """A pledge with the hash of its file."""
    named = {"name": "承诺书.pdf", "sha256": sha256(PDF).hexdigest()}
    return filed_samples.pledge(1) | {
        "agency": {name: AGENCY[name] for name in ("name", "license_no", "uscc", "division")},
        "division": "350203",
        "pledge_file": named,
    }


@pytest.fixture(scope="module")
def contracts() -> dict[str, Any]:
    return {}


def decide(page: Page, choice: str, field: str, words: str) -> None:
    """Fill in the form beside a record, and look at it once more."""
    page.get_by_label(choice, exact=True).check()
    page.locator(f"#{field}").fill(words)
    page.locator("form.entry button").first.click()


def test_the_province_verifies_a_pledge(
    new_visit: Callable[..., Visit], province: SomebodySignedIn, administrator: SomebodySignedIn
) -> None:
    visit, phone = new_visit(viewport=WIDE, who=province), new_visit(viewport=NARROW, language="en", who=province)
    key = pledge()["application_no"]
    applicant = new_visit(viewport=NARROW, who=administrator)
    applicant.open(f"/agency/pledges/{key}")
    other = {"name": "other.pdf", "mimeType": "application/pdf", "buffer": PDF + b" "}
    applicant.page.get_by_label("承诺书（PDF）").set_input_files(other)  # pyright: ignore[reportArgumentType]
    applicant.page.get_by_role("button", name="上传").click()
    expect(applicant.page.get_by_role("alert")).to_contain_text("摘要")
    look(applicant, "own-pledge-390-zh")
    accessible(applicant)
    applicant.page.get_by_label("承诺书（PDF）").set_input_files(other | {"buffer": PDF})  # pyright: ignore[reportArgumentType]
    applicant.page.get_by_role("button", name="上传").click()
    expect(applicant.page.locator("main")).to_contain_text("承诺书已上传")
    visit.open("/desk")
    expect(visit.page.locator("main a", has_text="出境业务承诺")).to_contain_text("最紧急的今天到期")
    visit.page.locator("main a", has_text="出境业务承诺").click()
    look(visit, "pledges-1440-zh")
    expect(visit.page.locator("tbody .urgent").first).to_have_text("今天到期")
    accessible(visit)
    phone.open("/pledges?state=waiting")
    look(phone, "pledges-390-en")
    visit.page.get_by_role("link", name=key).click()
    expect(visit.page.locator("#penalties .tag.bad")).to_have_count(1)
    expect(visit.page.get_by_role("img", name="承诺书第 1 页")).to_have_js_property("naturalWidth", 1131)
    left, right = visit.page.locator("#file").bounding_box(), visit.page.locator("#penalties").bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] < right["x"], "side by side"
    look(visit, "pledge-1440-zh")
    accessible(visit)
    phone.open(f"/pledges/{key}")
    expect(phone.page.get_by_role("img", name="Page 1 of the pledge")).to_have_js_property("naturalWidth", 1131)
    above, below = phone.page.locator("#file").bounding_box(), phone.page.locator("#penalties").bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] < below["y"], "one above the other"
    look(phone, "pledge-390-en")
    accessible(phone)
    visit.page.get_by_role("button", name="核对后提交").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("请选择核实结论")
    decide(visit.page, "不属实", "evidence", "2026 年因指定购物场所被罚款")
    accessible(visit)
    visit.page.get_by_role("button", name="返回修改").click()
    expect(visit.page.locator("#evidence")).to_have_value("2026 年因指定购物场所被罚款")
    visit.page.get_by_role("button", name="核对后提交").click()
    visit.page.get_by_role("button", name="确认提交").click()
    expect(visit.page.get_by_role("status")).to_contain_text("办理编号")
    phone.open("/pledges?state=waiting")
    phone.page.get_by_role("link", name=SECOND).click()
    decide(phone.page, "True", "evidence", "Nothing of that kind is on file")
    phone.page.get_by_role("button", name="Give this verdict").click()
    expect(phone.page.get_by_role("status")).to_contain_text("number")
    look(phone, "pledge-verified-390-en")
    accessible(phone)


def test_a_filing_is_accepted_and_decided(
    new_visit: Callable[..., Visit], province: SomebodySignedIn, administrator: SomebodySignedIn
) -> None:
    visit, phone = new_visit(viewport=NARROW, who=province), new_visit(viewport=WIDE, language="en", who=province)
    applicant = new_visit(viewport=NARROW, who=administrator)
    applicant.open("/agency")
    applicant.page.locator("#of-filing a").click()
    expect(applicant.page.locator("#materials .tag.warn")).to_have_text("尚缺")
    applicant.page.get_by_label("材料名称").fill("质量保证金存款证明")
    applicant.page.get_by_label("材料类型").select_option("deposit")
    file = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": PDF}
    applicant.page.get_by_label("文件（PDF）").set_input_files(file)  # pyright: ignore[reportArgumentType]
    applicant.page.get_by_role("button", name="提交材料").click()
    expect(applicant.page.get_by_role("status")).to_contain_text("材料已提交")
    expect(applicant.page.locator("#materials .tag.warn")).to_have_count(0)
    look(applicant, "own-filing-390-zh")
    accessible(applicant)
    applicant.page.get_by_role("button", name="撤回").click()
    expect(applicant.page.locator("h1")).to_have_text("撤回材料前核对")
    look(applicant, "material-taken-back-390-zh")
    accessible(applicant)
    applicant.page.get_by_role("button", name="确认撤回").click()
    expect(applicant.page.locator("#materials .tag.warn")).to_have_text("尚缺")
    applicant.page.get_by_label("材料名称").fill("质量保证金存款证明")
    applicant.page.get_by_label("材料类型").select_option("deposit")
    applicant.page.get_by_label("文件（PDF）").set_input_files(file)  # pyright: ignore[reportArgumentType]
    applicant.page.get_by_role("button", name="提交材料").click()
    expect(applicant.page.locator("#materials .tag.warn")).to_have_count(0)
    visit.open("/filings")
    phone.open("/filings")
    look(phone, "filings-1440-en")
    accessible(phone)
    visit.page.locator("tbody a").first.click()
    place = visit.page.locator("#materials a").get_attribute("href")
    assert place
    assert visit.page.request.get(visit.base + place).body() == PDF
    look(visit, "filing-390-zh")
    accessible(visit)
    decide(visit.page, "受理", "reason", "材料齐全")
    visit.page.get_by_role("button", name="确认提交").click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("已受理")
    phone.page.locator("tbody a").first.click()
    decide(phone.page, "Refuse it", "reason", "")
    expect(phone.page.get_by_role("alert")).to_contain_text("Say why")
    decide(phone.page, "Refuse it", "reason", "Deposit is short")
    phone.page.get_by_role("button", name="Send it").click()
    expect(phone.page.get_by_role("status")).to_contain_text("Refused")
    look(phone, "filing-decided-1440-en")
    accessible(phone)


def test_an_agency_completes_its_facts_and_the_authority_takes_them_over(
    new_visit: Callable[..., Visit], administrator: SomebodySignedIn, province: SomebodySignedIn
) -> None:
    visit = new_visit(viewport=NARROW, who=administrator)
    visit.open("/agency")
    look(visit, "own-agency-390-zh")
    accessible(visit)
    visit.page.get_by_role("link", name="完善企业信息").click()
    visit.page.get_by_label("邮政编码").fill("abc")
    visit.page.get_by_role("button", name="核对后提交").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("邮政编码")
    look(visit, "own-agency-wrong-390-zh")
    accessible(visit)
    visit.page.get_by_label("邮政编码").fill("361000")
    visit.page.get_by_role("button", name="核对后提交").click()
    visit.page.get_by_role("button", name="确认提交").click()
    expect(visit.page.get_by_role("status")).to_contain_text("办理编号")
    official = new_visit(viewport=WIDE, who=province)
    official.open(f"/agencies/{AGENCY['uscc']}")
    expect(official.page.locator("#self-report tbody tr")).to_have_count(1)
    look(official, "agency-self-report-1440-zh")
    accessible(official)
    official.page.get_by_role("button", name="采纳").click()
    expect(official.page.locator("main")).to_contain_text("361000")
    expect(official.page.locator("#self-report")).to_have_count(0)


def test_an_applicant_is_confirmed_by_the_agency_and_approved(
    new_visit: Callable[..., Visit], administrator: SomebodySignedIn, province: SomebodySignedIn
) -> None:
    agency = new_visit(viewport=WIDE, language="en", who=administrator)
    agency.open("/agency")
    expect(agency.page.get_by_role("link", name="Own agency").locator(".waiting")).to_contain_text("1")
    phone = new_visit(viewport=NARROW, who=administrator)
    phone.open("/agency")
    phone.page.locator("#of-guide a").click()
    look(phone, "applicant-390-zh")
    accessible(phone)
    phone.page.get_by_label("理由").fill("不在本社执业")
    phone.page.get_by_role("button", name="不予确认").click()
    expect(phone.page.get_by_role("status")).to_contain_text("不予确认")
    look(phone, "applicant-declined-390-zh")
    accessible(phone)
    agency.page.locator("#of-guide a").click()
    look(agency, "applicant-declined-1440-en")
    accessible(agency)
    expect(agency.page.get_by_role("link", name="Own agency").locator(".waiting")).to_have_count(0)
    agency.page.get_by_role("button", name="Confirm the applicant").click()
    expect(agency.page.get_by_role("status")).to_contain_text("Confirmed")
    expect(agency.page.get_by_role("link", name="Own agency").locator(".waiting")).to_have_count(0)
    visit = new_visit(viewport=WIDE, who=province)
    small = new_visit(viewport=NARROW, language="en", who=province)
    for official, place, choice, name in (
        (visit, "guides", "核准导游证", "有效"),
        (small, "leaders", "File the leader", "Filed"),
    ):
        official.open(f"/{place}")
        official.page.locator("tbody a").first.click()
        decide(official.page, choice, "reason", "")
        official.page.get_by_role("button", name=official.said("确认提交", "Send it")).click()
        expect(official.page.get_by_role("heading", level=1)).to_contain_text(name)
        accessible(official)
        look(official, f"{place}-decided-{official.said('1440-zh', '390-en')}")
    visit.open(f"/agencies/{AGENCY['uscc']}")
    expect(visit.page.locator("#of-guide")).to_contain_text("有效")


def test_a_penalty_is_entered_corrected_and_withdrawn(
    new_visit: Callable[..., Visit], province: SomebodySignedIn, service: ServedProcess, bureau: Partner
) -> None:
    visit, phone = new_visit(viewport=WIDE, who=province), new_visit(viewport=NARROW, language="en", who=province)
    visit.open(f"/agencies/{AGENCY['uscc']}")
    visit.page.get_by_role("link", name="登记处罚").click()
    visit.page.get_by_role("button", name="核对后提交").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("处罚种类")
    look(visit, "penalty-wrong-1440-zh")
    accessible(visit)
    number = "厦旅罚〔2026〕11号"
    for label, value in (("处罚决定书文号", number), ("处罚日期", "2026-05-06"), ("罚没金额", "20000")):
        visit.page.get_by_label(label, exact=True).fill(value)
    visit.page.get_by_label("处罚种类", exact=True).select_option("fine")
    visit.page.get_by_label("侵害旅游者权益", exact=True).select_option("true")
    visit.page.get_by_role("button", name="核对后提交").click()
    look(visit, "penalty-check-1440-zh")
    visit.page.get_by_role("button", name="确认提交").click()
    expect(visit.page.get_by_role("status")).to_contain_text("已登记")
    look(visit, "agency-penalties-1440-zh")
    accessible(visit)
    phone.open(f"/agencies/{AGENCY['uscc']}")
    entry = phone.page.locator("#penalties li", has_text=number)
    entry.get_by_role("link", name="Correct").click()
    phone.page.get_by_label("Amount").fill("25000")
    phone.page.get_by_label("Reason").fill("Typed wrongly")
    look(phone, "penalty-correct-390-en")
    accessible(phone)
    phone.page.get_by_role("button", name="Check and send").click()
    phone.page.get_by_role("button", name="Send it").click()
    expect(entry).to_contain_text("25000")
    entry.get_by_role("link", name="Withdraw").click()
    phone.page.get_by_label("Reason").fill("Quashed on review")
    phone.page.get_by_role("button", name="Check and send").click()
    phone.page.get_by_role("button", name="Send it").click()
    expect(entry).to_contain_text("Quashed on review")
    expect(entry.get_by_role("link")).to_have_count(0)
    look(phone, "agency-penalties-390-en")
    accessible(phone)
    asked = f"{service.url}/v1/audit?object={AGENCY['uscc']}"
    kept = HTTP.get(asked, headers=bureau.bearer).json()["entries"]
    told = [each["detail"] for each in kept if each["action"] == "agency.penalty"]
    assert [(each["deed"], each["document_no"]) for each in told] == [
        ("enter", number),
        ("correct", number),
        ("withdraw", number),
    ]


def test_a_branch_has_its_page_in_the_list_and_in_the_dossier(
    new_visit: Callable[..., Visit], province: SomebodySignedIn
) -> None:
    visit, phone = new_visit(viewport=WIDE, who=province), new_visit(viewport=NARROW, language="en", who=province)
    visit.open(f"/agencies/{AGENCY['uscc']}")
    visit.page.locator("#of-branch a").click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text(BRANCH["name"])
    look(visit, "branch-1440-zh")
    accessible(visit)
    phone.open("/branches")
    look(phone, "branches-390-en")
    accessible(phone)
    phone.page.locator("tbody a").first.click()
    expect(phone.page.locator("#filings")).to_contain_text("There are none")
    look(phone, "branch-390-en")
