"""The security officer sees what is due, holds one record, removes the rest and reads the report."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from schemas import samples
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import Partner, ServedProcess, issue_partner, running
from tests.people import SomebodySignedIn, add_person
from tests.trips import LONG_AGO

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
HELD = samples.contract(901)


@pytest.fixture(scope="module")
def partner(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "minnan", division="350203", uscc="91350203MA9990001W")


@pytest.fixture(scope="module", autouse=True)
def officer(settings: Settings, service: ServedProcess, partner: Partner) -> SomebodySignedIn:
    bodies = [HELD, samples.contract(902), samples.contract(903)]
    with running(settings) as client, Clock.standing_at(LONG_AGO):
        for kind, records in (("contracts", bodies), ("rosters", [samples.roster(901, travellers=2)])):
            pushed = client.post(f"/v1/{kind}", json=records, headers=partner.bearer)
            assert pushed.is_success, pushed.text
    return add_person(settings, "gao.shan", {Duty.SECURITY_OFFICER}, "000000", name="高山")


def test_a_person_is_told_what_is_held_of_them(officer: SomebodySignedIn, new_visit: Callable[..., Visit]) -> None:
    visit = new_visit(who=officer, viewport=WIDE)
    assert visit.open("/subjects") == 200
    visit.page.get_by_label("证件号码").fill(HELD["travellers"][0]["document"]["number"])
    visit.page.get_by_label("申请编号").fill("GR-2026-001")
    visit.page.get_by_role("button", name="查询").click()
    expect(visit.page.locator("main")).to_contain_text("共 1 条记录")
    look(visit, "subjects-1440-zh")
    accessible(visit)
    with visit.page.expect_download() as saved:
        visit.page.get_by_role("button", name="导出 Excel").click()
    assert saved.value.path().read_bytes()[:2] == b"PK"
    phone = new_visit(who=officer, language="en", viewport=PHONE)
    phone.open("/subjects")
    phone.page.get_by_label("Document number").fill(HELD["travellers"][0]["document"]["number"])
    phone.page.get_by_label("Number of the request").fill("GR-2026-001")
    phone.page.get_by_role("button", name="Look up").click()
    phone.page.get_by_role("cell").first.wait_for()
    look(phone, "subjects-390-en")
    accessible(phone)


def test_what_is_due_goes_but_for_what_is_held(officer: SomebodySignedIn, new_visit: Callable[..., Visit]) -> None:
    visit = new_visit(who=officer, viewport=WIDE)
    assert visit.open("/retention") == 200
    look(visit, "retention-1440-zh")
    accessible(visit)
    visit.page.get_by_label("旅行社账户代号").fill("nobody-here")
    visit.page.get_by_label("理由").fill("（2026）闽0203民初1号")
    visit.page.get_by_role("button", name="保全").click()
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.page.get_by_label("旅行社账户代号").fill("minnan")
    visit.page.get_by_label("范围").select_option("contract")
    visit.page.get_by_label("业务编号").fill(HELD["business_no"])
    visit.page.get_by_role("button", name="保全").click()
    expect(visit.page.locator("#holds").locator("xpath=../..")).to_contain_text(HELD["business_no"])
    visit.page.get_by_role("button", name="立即清除").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("清除前核对")
    look(visit, "retention-check-1440-zh")
    accessible(visit)
    visit.page.get_by_role("button", name="返回修改").click()
    expect(visit.page.locator("main")).to_contain_text("还没有清除过")
    visit.page.get_by_role("button", name="立即清除").click()
    visit.page.get_by_role("button", name="确认清除").click()
    visit.page.wait_for_url("**/retention/runs/*")
    expect(visit.page.locator("main")).to_contain_text("已完成")
    look(visit, "retention-report-1440-zh")
    accessible(visit)
    with visit.page.expect_download() as saved:
        visit.page.get_by_role("link", name="CSV").click()
    assert "合同" in saved.value.path().read_text("utf-8-sig")
    phone = new_visit(who=officer, language="en", viewport=PHONE)
    phone.open("/retention")
    look(phone, "retention-390-en")
    accessible(phone)
    phone.page.get_by_role("button", name="Lift it").click()
    expect(phone.page.locator("main")).to_contain_text("Lifted")
