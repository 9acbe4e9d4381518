"""What a traveller sees after scanning a QR or typing a code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from gateway.trust.codes import CodeScheme
from schemas import samples
from tests.browser.conftest import DESK, PHONE, Visit

Contracts = dict[str, dict[str, Any]]
NEVER_ISSUED = CodeScheme().draw(2026)
VERDICTS = {
    "registered": ("registered", 200, "平台有此登记记录，尚未报告签署", "Registered here, not yet reported as signed"),
    "signed": ("signed", 200, "平台有此登记记录，合同已签署", "Registered here and signed"),
    "void": ("void", 200, "此合同已作废", "This contract is void"),
    "superseded": ("superseded", 200, "合同已变更，此二维码不是最新版本", "Amended since this QR was printed"),
    "forged": ("forged", 404, "二维码未通过验证，可能系伪造", "This QR fails verification and may be forged"),
}


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_scanned_qr_opens_its_verdict(
    new_visit: Callable[..., Visit], contracts: Contracts, name: str, viewport: dict[str, int], language: str
) -> None:
    visit = new_visit(language, viewport)
    outcome, status, zh, en = VERDICTS[name]
    assert visit.open(contracts[name]["qr_text"]) == status
    assert visit.outcome == outcome
    assert visit.page.locator("#verdict-title").inner_text().strip() == (zh if language == "zh-CN" else en)
    assert visit.page.locator("html").get_attribute("lang") == language
    assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"
    visit.picture(f"{name}-{viewport['width']}-{language}")


def test_facts_to_compare_come_before_the_verdict(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["registered"]["qr_text"])
    facts = visit.page.locator(".facts")
    words = facts.inner_text()
    sample = samples.contract(1)
    assert sample["agency"]["name"] in words
    assert "境内旅游" in words
    assert f"{sample['headcount']} 人" in words
    assert "2017年8月5日" in words
    assert "2017年8月9日" in words
    assert contracts["registered"]["printed"] in words
    box, verdict = facts.bounding_box(), visit.page.locator("#verdict").bounding_box()
    assert box is not None
    assert verdict is not None
    assert box["y"] + box["height"] <= verdict["y"]


def test_an_amended_contract_shows_what_is_registered_and_what_the_qr_says(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["superseded"]["qr_text"])
    changed = visit.page.locator(".facts .changed")
    assert changed.count() == 1
    assert "2017年8月20日" in changed.inner_text()
    assert changed.locator("s").inner_text() == "2017年8月12日"


@pytest.mark.parametrize("spelling", [str.lower, lambda code: f" {code} ", lambda code: code.replace("-", " ")])
def test_a_code_may_be_typed_in_any_manner(visit: Visit, contracts: Contracts, spelling: Callable[[str], str]) -> None:
    visit.open("/verify")
    visit.page.get_by_label("合同编码或二维码内容").fill(spelling(contracts["signed"]["printed"]))
    visit.page.get_by_role("button", name="查询").click()
    assert visit.outcome == "signed"
    assert "按编码查询" in visit.page.locator("#verdict").inner_text()


def test_an_address_copied_from_the_browser_verifies_too(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["signed"]["qr_text"])
    shown = visit.page.url
    visit.page.get_by_label("合同编码或二维码内容").fill(shown)
    visit.page.get_by_role("button", name="查询").click()
    assert visit.outcome == "signed"
    assert "二维码签名已验证" in visit.page.locator("#verdict").inner_text()


def test_a_mistyped_code_and_one_never_issued_look_the_same(visit: Visit) -> None:
    pages = []
    for entered in (NEVER_ISSUED, NEVER_ISSUED[:-1] + ("0" if NEVER_ISSUED[-1] != "0" else "7"), "nonsense"):
        assert visit.open(f"/verify?text={entered}") == 404
        assert visit.page.get_by_label("合同编码或二维码内容").input_value() == entered
        verdict = visit.page.locator("#verdict")
        pages.append((verdict.locator("h1").inner_text(), verdict.locator("p").all_inner_texts()[:-1]))
    assert pages[0] == pages[1] == pages[2]
    assert pages[0][0].strip() == "未查到这份合同"
    visit.picture("unknown-360-zh-CN")


def test_what_is_typed_is_shown_as_text(visit: Visit) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    visit.open("/verify?text=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert visit.page.get_by_label("合同编码或二维码内容").input_value() == hostile
    assert visit.page.locator("img").count() == 1, "only the mark in the header"


def test_the_reader_switches_the_language_and_it_stays(new_visit: Callable[..., Visit], contracts: Contracts) -> None:
    visit = new_visit("en-US")
    visit.open(contracts["void"]["qr_text"])
    assert "This contract is void" in visit.page.title()
    visit.page.get_by_role("link", name="中文").click()
    expect(visit.page).to_have_title(re.compile("此合同已作废"))
    assert visit.outcome == "void", "the switch stays on the same contract"
    visit.open("/verify")
    assert visit.page.locator("html").get_attribute("lang") == "zh-CN"


def test_switching_keeps_what_was_asked(visit: Visit, contracts: Contracts) -> None:
    visit.open(f"/verify?text={contracts['signed']['code']}")
    visit.page.get_by_role("link", name="English").click()
    assert visit.page.locator("#verdict-title").inner_text().strip() == "Registered here and signed"


def test_keyboard_alone_is_enough(visit: Visit, contracts: Contracts) -> None:
    visit.open("/verify")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.type(contracts["void"]["code"])
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#verdict")
    assert visit.outcome == "void"


def test_the_print_has_facts_and_verdict_and_no_forms(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["signed"]["qr_text"])
    visit.page.emulate_media(media="print")
    for shown, selector in ((True, ".facts"), (True, "#verdict"), (False, "form"), (False, "#document")):
        assert visit.page.locator(selector).is_visible() is shown, selector
