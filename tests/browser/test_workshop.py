"""The technical team's pages in a real browser: a sample in, a connector live, the first real push."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from tests.browser.conftest import DESK, PHONE, Visit, accessible, look
from tests.conftest import HTTP, Partner, ServedProcess, issue_partner, until
from tests.people import SomebodySignedIn, add_person

_HOWTO = (Path(__file__).parents[2] / "docs/howto/onboard-an-erp.md").read_text("utf-8")
(SAMPLE,) = re.findall(r"```json\n(.*?)```", _HOWTO, re.DOTALL)
WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module", autouse=True)
def operator(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "chen.gong", {Duty.TECHNICAL_TEAM}, "000000")


@pytest.fixture(scope="module", autouse=True)
def official(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "wang.fang", {Duty.QUALIFICATION_OFFICER}, "330000")


@pytest.fixture(scope="module", autouse=True)
def newcomer(settings: Settings, service: ServedProcess) -> Partner:
    """A partner whose connector is yet to be made."""
    return issue_partner(settings, "lufeng", Role.PARTNER, "350203", "lufeng", speaks_for="350000")


@pytest.fixture
def signed_in(operator: SomebodySignedIn, new_visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def open_window(who: SomebodySignedIn = operator, **options: Any) -> Visit:
        return new_visit(who=who, **options)

    return open_window


def texts_of(page: Page) -> dict[str, str]:
    """The texts of the workshop as they were when it was opened."""
    state = page.locator("#workshop").get_attribute("data-state")
    assert state is not None
    return json.loads(state)["texts"]


def rewrite(page: Page, file: str, text: str) -> None:
    """Paste a text in the place of a file's."""
    page.get_by_role("tab", name=file, exact=True).click()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    paste(page, text)


def paste(page: Page, text: str) -> None:
    """What a browser does with a text from the clipboard."""
    page.locator(".cm-content").evaluate(
        """(content, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def test_a_sample_becomes_a_live_connector(
    signed_in: Callable[..., Visit], service: ServedProcess, newcomer: Partner
) -> None:
    visit = signed_in(viewport=WIDE)
    page = visit.page
    visit.open("/connectors")
    look(visit, "connectors")
    accessible(visit)
    page.get_by_role("link", name="从样本新建").click()
    page.get_by_label("对接方代号").fill("lufeng")
    page.get_by_label("或粘贴文本").fill(SAMPLE)
    look(visit, "connector-new")
    accessible(visit)
    page.get_by_role("button", name="起草").click()

    page.wait_for_url("**/connectors/lufeng/workshop?version=1")
    result, sources = page.locator("#result"), page.locator("#sources")
    expect(result).to_contain_text("未通过 1")
    expect(sources.locator("li.unused")).not_to_have_count(0)
    look(visit, "workshop-first")
    accessible(visit)

    texts = texts_of(page)
    rewrite(page, "connector.yaml", texts["connector.yaml"].replace("TODO", "鹭风软件（示例）"))
    page.get_by_role("tab", name="contract_types.csv").click()
    look(visit, "workshop-table")
    page.locator("#table input").nth(1).fill("outbound")
    rewrite(page, "contract.yaml", re.sub(r"total_price: *\{.*", "total_price: {from: nosuch}", texts["contract.yaml"]))
    expect(result).to_contain_text("未通过 1")
    page.get_by_role("button", name="补充字段").click()
    page.get_by_label("字段", exact=True).select_option("total_price")
    look(visit, "workshop-picker")
    page.locator("#candidates button", has_text="totalFee").click()
    expect(page.locator(".cm-content")).to_contain_text("total_price: {from: totalFee")
    page.keyboard.press("End")
    for _ in range(len(", via: [cn_amount]}")):
        page.keyboard.press("ArrowLeft")
    paste(page, ', times: "0.01"')
    expect(result).to_contain_text("3980.00")
    expect(result).to_contain_text("通过 1")
    look(visit, "workshop-accepted")

    page.get_by_label("改动说明").fill("首版")
    page.get_by_label("以当前结果为示例的预期结果").check()
    page.get_by_role("button", name="保存为草稿").click()
    page.wait_for_url("**/connectors/lufeng#version-2")
    page.locator("#version-2").get_by_role("button", name="检查").click()
    expect(page.locator("#version-2")).to_contain_text("待上线")
    look(visit, "connector-staged")
    accessible(visit)
    page.locator("#version-2").get_by_role("button", name="上线").click()
    expect(page.locator("#version-2")).to_contain_text("使用中")

    def pushed() -> dict[str, Any] | None:
        answer = HTTP.post(f"{service.url}/v1/submissions?connector=lufeng", content=SAMPLE, headers=newcomer.bearer)
        return None if answer.json().get("code") == "INTAKE-006" else answer.json()

    answer = until(pushed, "the version is in service")
    (record,) = answer["records"]
    assert record["status"] == "accepted", record
    body = HTTP.get(f"{service.url}/v1/contracts/{record['code']}", headers=newcomer.bearer).json()["body"]
    assert body["total_price"] == "3980.00"


def test_what_is_wrong_is_told_at_its_line(signed_in: Callable[..., Visit]) -> None:
    visit = signed_in(viewport=DESK)
    page = visit.page
    visit.open("/connectors/huaxia/workshop")
    expect(page.locator("#result")).to_contain_text("通过")
    rewrite(
        page, "contract.yaml", texts_of(page)["contract.yaml"].replace("via: [person_name]", "via: [persn_name]", 1)
    )
    expect(page.locator("#result [data-file]")).to_contain_text("persn_name")
    expect(page.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(page.get_by_role("tab", name="contract.yaml")).to_have_class(re.compile("flawed"))
    look(visit, "workshop-flaw")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    "path", ["/connectors", "/connectors/new", "/connectors/shanhai", "/connectors/shanhai/workshop"]
)
def test_the_pages_fit_a_phone(signed_in: Callable[..., Visit], path: str, language: str) -> None:
    visit = signed_in(viewport=PHONE, language=language)
    assert visit.open(path) == 200
    if path.endswith("workshop"):
        expect(visit.page.locator("#result .record")).not_to_have_count(0)
    look(visit, f"phone{path.replace('/', '-')}-{language}")


def test_only_the_technical_team_comes_in(signed_in: Callable[..., Visit], official: Partner) -> None:
    visit = signed_in(official)
    for path in ("/connectors", "/connectors/new", "/connectors/huaxia", "/connectors/huaxia/workshop"):
        assert visit.open(path) == 403
