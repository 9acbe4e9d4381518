"""An agency without a system makes a contract by page, and its customer signs it on a telephone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from tests.browser.conftest import Visit, accessible, look
from tests.components import needs
from tests.conftest import Partner, ServedProcess, issue_partner
from tests.people import SomebodySignedIn, add_person

pytestmark = pytest.mark.needs("libreoffice", "pdfsig")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MOBILE = "13900139000"
SIGNER = "欧阳样本"
PEOPLE = f"姓名\t证件号码\t手机\n{SIGNER}\t11010519491231002X\t{MOBILE}\n李样本\t E12345678\t13900139001\n"


@pytest.fixture(scope="module", autouse=True)
def agency(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "small-agency", division="350203", uscc="91350100M000100Y43", speaks_for="")


@pytest.fixture(scope="module", autouse=True)
def clerk(settings: Settings, agency: Partner) -> SomebodySignedIn:
    return add_person(settings, "jing.ban", {Duty.AGENCY_CLERK}, agency="small-agency", name="经办")


@pytest.fixture(scope="module", autouse=True)
def seal(settings: Settings, service: ServedProcess, agency: Partner) -> None:
    """The agency's seal, in force."""
    bureau = issue_partner(settings, "xiamen-bureau", Role.OFFICIAL, "350200", speaks_for="")
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        applied = client.post("/v1/seals", json={}, headers=agency.bearer).raise_for_status().json()
        decision = f"/v1/seals/{applied['seal_id']}/decision"
        client.post(decision, json={"decision": "approve"}, headers=bureau.bearer).raise_for_status()


def fill(page: Page, **values: str) -> None:
    for field, value in values.items():
        entry = page.locator(f"#{field.replace('__', '-')}")
        if entry.evaluate("element => element.tagName") == "SELECT":
            entry.select_option(value)
        else:
            entry.fill(value)


def messages(settings: Settings) -> list[dict[str, str]]:
    folder = settings.home / "short-messages"
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]


def newest(settings: Settings, pattern: str) -> str:
    found = [match for each in messages(settings) if (match := re.search(pattern, each["text"]))]
    return found[-1].group(1)


def test_a_contract_is_made_signed_amended_and_ended(
    new_visit: Callable[..., Visit], settings: Settings, clerk: SomebodySignedIn, tmp_path: Path
) -> None:
    desk, english = new_visit(viewport=WIDE, who=clerk), new_visit(viewport=NARROW, language="en", who=clerk)
    desk.open("/online-contracts")
    look(desk, "online-empty-1440-zh")
    desk.page.get_by_role("link", name="填写新合同").click()
    seen(desk, english, "/online-contracts/new", "online-new")
    desk.page.get_by_label("团队境内旅游合同").check()
    desk.page.get_by_role("button", name="开始填写").click()
    page = desk.page
    page.locator("textarea[name='pasted-/travellers']").locator("xpath=ancestor::details").locator("summary").click()
    page.locator("textarea[name='pasted-/travellers']").fill(PEOPLE)
    page.locator("button[value='paste:/travellers']").click()
    expect(page.locator("#travellers-0-name")).to_have_value(SIGNER)
    page.get_by_role("button", name="校验").click()
    expect(page.get_by_role("alert")).to_contain_text("请修改以下内容")
    where = re.sub(r"\?.*", "", page.url).removeprefix(desk.base)
    look(desk, "online-mistakes-1440-zh")
    accessible(desk)
    leave = Clock.china_today() + timedelta(days=10)
    fill(
        page,
        route_name="厦门鼓浪屿三日游",
        depart_on=leave.isoformat(),
        return_on=(leave + timedelta(days=2)).isoformat(),
        total_price="3960",
        agency__license_no="L-FJ-00321",
        agency__contact_phone="0592-1234567",
        dispute__resolution="litigation",
    )
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("status")).to_contain_text("草稿已保存")
    seen(desk, english, where, "online-form")
    desk.open(where)
    page.get_by_role("button", name="提交，取得编码").click()
    expect(page.locator("h1")).to_contain_text("待签署")
    page.get_by_role("button", name="发送签署链接").click()
    expect(page.get_by_role("status")).to_contain_text("已发送")
    seen(desk, english, where, "online-concluded")

    phone = new_visit(viewport=NARROW)
    signs(phone, settings)
    desk.open(where)
    expect(page.locator("h1")).to_contain_text("已签署")
    seen(desk, english, where, "online-signed")
    must_be_sealed(desk, where, tmp_path)

    desk.open(where)
    page.get_by_label("理由").fill("游客因病不能成行")
    page.get_by_role("button", name="请求确认解除").click()
    expect(page.get_by_role("status")).to_contain_text("已发送")
    ended = new_visit(viewport=NARROW, language="en")
    enters(ended, settings, "online-end-390-en")
    ended.page.get_by_role("checkbox").check()
    ended.page.get_by_role("button", name="Confirm the end").click()
    expect(ended.page.get_by_role("status")).to_contain_text("The contract has ended")
    desk.open(where)
    expect(page.locator("h1")).to_contain_text("已解除")
    seen(desk, english, "/online-contracts", "online-list")
    desk.open("/online-contracts?state=cancelled")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    headings, line = taken.value.path().read_text("utf-8-sig").splitlines()
    assert headings.startswith("线路,合同编号,唯一编码,")
    assert line.startswith("厦门鼓浪屿三日游,")
    assert line.endswith(",已解除")


def enters(phone: Visit, settings: Settings, name: str) -> None:
    """Open the newest link, ask for the code and enter it."""
    link = newest(settings, r"(/sign/\S+)")
    phone.open(link)
    assert SIGNER not in phone.page.content()
    look(phone, f"{name}-link")
    accessible(phone)
    phone.page.locator("button[value='code']").click()
    phone.page.locator("#code").fill(newest(settings, r"验证码 (\d{6})"))
    phone.page.locator("button[value='enter']").click()
    expect(phone.page.locator(".sheets img").first).not_to_have_js_property("naturalWidth", 0)


def signs(phone: Visit, settings: Settings) -> None:
    enters(phone, settings, "sign-390-zh")
    look(phone, "sign-390-zh-open")
    accessible(phone)
    pad = phone.page.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = phone.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 30)
    mouse.down()
    for step in range(1, 12):
        mouse.move(box["x"] + 60 + step * 12, box["y"] + 30 + (step % 4) * 18)
    mouse.up()
    look(phone, "sign-390-zh-drawn")
    phone.page.get_by_role("checkbox").check()
    phone.page.get_by_role("button", name="签署", exact=True).click()
    expect(phone.page.get_by_role("status")).to_contain_text("加盖旅行社电子印章")
    look(phone, "sign-390-zh-done")


def must_be_sealed(desk: Visit, where: str, folder: Path) -> None:
    """The PDF is under the agency's signature, as ordinary readers see it, and bears the signer's stroke."""
    answer = desk.page.request.get(f"{desk.base}{where}/contract.pdf")
    file = folder / "signed.pdf"
    file.write_bytes(answer.body())
    told = subprocess.run([needs("pdfsig"), "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    Path("artifacts/browser/online-signed.pdf").write_bytes(answer.body())


def seen(wide: Visit, narrow: Visit, where: str, name: str) -> None:
    for visit, size in ((wide, "1440-zh"), (narrow, "390-en")):
        visit.open(where)
        look(visit, f"{name}-{size}")
        accessible(visit)


def test_a_link_without_its_telephone_shows_nothing(
    new_visit: Callable[..., Visit], settings: Settings, clerk: SomebodySignedIn
) -> None:
    stranger = new_visit(viewport=NARROW)
    assert stranger.open("/sign/nobody-has-this-link") == 410
    look(stranger, "sign-390-zh-ended")
