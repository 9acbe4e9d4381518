"""A system is registered, accepted, tried and watched, by pages alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from schemas import samples
from tests.browser.conftest import PHONE, Visit, accessible, look
from tests.conftest import HTTP, ServedProcess
from tests.people import SomebodySignedIn, add_person

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module", autouse=True)
def operator(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "chen.gong", {Duty.TECHNICAL_TEAM}, "000000")


def test_from_the_form_to_the_sandbox(
    new_visit: Callable[..., Visit], operator: SomebodySignedIn, service: ServedProcess
) -> None:
    applicant = new_visit(viewport=PHONE)
    page = applicant.page
    applicant.open("/register")
    look(applicant, "register")
    page.get_by_label("单位名称").fill("示例软件有限公司")
    page.get_by_label("联系电话").fill("不知道")
    page.get_by_role("button", name="提交登记").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("6 项需要修改")
    expect(page.get_by_label("单位名称")).to_have_value("示例软件有限公司")
    look(applicant, "register-mistakes")
    summary.get_by_role("link", name="联系电话").click()
    expect(page.get_by_label("联系电话")).to_be_focused()
    page.get_by_label("联系电话").fill("13900139077")
    page.get_by_label("软件开发单位").check()
    page.get_by_label("系统名称").fill("示例旅行社 ERP")
    page.get_by_label("对接方式").select_option("rest")
    page.get_by_label("旅游电子合同").check()
    page.get_by_label("使用该系统的旅行社数量").fill("120")
    page.get_by_label("联系人").fill("赵示例")
    page.get_by_role("button", name="提交登记").click()
    number, token = (page.locator(f"#{name}").inner_text() for name in ("number", "token"))
    look(applicant, "registered")

    visit = new_visit(viewport=WIDE, who=operator)
    visit.open("/registrations")
    look(visit, "registrations")
    accessible(visit)
    visit.page.get_by_role("link", name="示例软件有限公司").click()
    expect(visit.page.locator("main")).to_contain_text("13900139077")
    visit.page.get_by_label("账户代号").fill("No Name")
    visit.page.get_by_label("说明").fill("材料齐全")
    visit.page.get_by_role("button", name="受理，开通沙箱").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("partner")
    expect(visit.page.get_by_label("说明")).to_have_value("材料齐全")
    visit.page.get_by_label("账户代号").fill("shili-erp")
    visit.page.get_by_role("button", name="受理，开通沙箱").click()
    expect(visit.page.locator("h1")).to_contain_text("沙箱调试")
    look(visit, "registration")
    accessible(visit)

    applicant.open("/register/progress")
    page.get_by_label("登记编号").fill(number)
    page.get_by_label("查询口令").fill("wrong")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("alert")).to_contain_text("没有这样的登记")
    page.get_by_label("查询口令").fill(token)
    page.get_by_role("button", name="查询").click()
    expect(page.locator("main")).to_contain_text("材料齐全")
    page.get_by_role("button", name="领取凭证").click()
    key, secret = (page.locator(f"#{name}").inner_text() for name in ("key", "secret"))
    look(applicant, "registration-credential")
    bearer = {"Authorization": f"Bearer {key}.{secret}"}
    pushed = HTTP.post(f"{service.url}/v1/contracts", json=samples.contract(1), headers=bearer)
    assert pushed.json()["records"][0]["code"].startswith("TS")
    page.get_by_role("button", name="刷新进度").click()
    expect(page.locator(".scenarios .seen")).not_to_have_count(0)
    look(applicant, "registration-progress")


def test_what_is_not_done_yet_is_told_where_it_is_decided(
    new_visit: Callable[..., Visit], operator: SomebodySignedIn, service: ServedProcess
) -> None:
    form: dict[str, Any] = {
        "system": {"organisation": "示例旅行社", "applicant": "agency", "name": "自有系统", "channel": "rest",
                   "kinds": ["roster"]},
        "contact": {"name": "钱示例", "phone": "13900139078"},
    }  # fmt: skip
    number = HTTP.post(f"{service.url}/v1/registrations", json=form).json()["registration_id"]
    visit = new_visit(viewport=WIDE, language="en", who=operator)
    visit.open(f"/registrations/{number}")
    for words in ("Accept, open the sandbox", "Begin conformance", "Connect"):
        visit.page.get_by_label("Reason").fill("seen")
        visit.page.get_by_role("button", name=words, exact=True).click()
    expect(visit.page.get_by_role("alert")).to_contain_text("still to be shown")
    look(visit, "registration-early-en")


@pytest.mark.parametrize("path", ["/registrations", "/register/progress"])
def test_the_pages_fit_a_phone(new_visit: Callable[..., Visit], operator: SomebodySignedIn, path: str) -> None:
    visit = new_visit(viewport=PHONE, language="en", who=operator)
    assert visit.open(path) == 200
    look(visit, f"phone{path.replace('/', '-')}-en")


def test_a_form_of_another_site_registers_nobody(service: ServedProcess, operator: SomebodySignedIn) -> None:
    with httpx.Client(base_url=service.url, auth=operator.auth) as client:
        for path in ("/register", "/register/progress", "/register/credential"):
            assert client.post(path, content=b"number=1").status_code == 403
        assert "没有登记" in client.get("/registrations?state=rejected&lang=zh").text
