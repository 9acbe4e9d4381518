"""Comparing a PDF with the registered one: in the browser, and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Visit

Contracts = dict[str, dict[str, Any]]
WITHOUT_SUBTLE = "Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})"
DROP = """([encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], "contract.pdf", {type: "application/pdf"}));
  const options = {dataTransfer, bubbles: true, cancelable: true};
  const main = document.getElementById("main");
  return ["dragover", "drop"].map((name) => !main.dispatchEvent(new DragEvent(name, options)));
}"""


def choose(visit: Visit, pdf: bytes) -> None:
    visit.page.set_input_files("#pdf", {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": pdf})


def drop(visit: Visit, pdf: bytes) -> None:
    handled = visit.page.evaluate(DROP, [base64.b64encode(pdf).decode()])
    assert handled == [True, True], "the browser would have opened the file instead"


def answer(visit: Visit) -> str:
    """What a screen reader announces, once the file is compared."""
    visit.page.wait_for_selector("#document-result[data-shown]:not([data-shown=working])")
    live = visit.page.get_by_role("status")
    assert live.get_attribute("aria-live") == "polite"
    return live.inner_text()


@pytest.mark.parametrize("hand_over", [choose, drop])
@pytest.mark.parametrize("script", ["", WITHOUT_SUBTLE], ids=["secure context", "plain http"])
def test_the_file_is_compared_and_never_leaves(
    new_visit: Callable[..., Visit], contracts: Contracts, hand_over: Callable[[Visit, bytes], None], script: str
) -> None:
    visit = new_visit(script=script)
    contract = contracts["with_document"]
    visit.open(contract["qr_text"])
    assert visit.page.evaluate("crypto.subtle === undefined") is bool(script)
    before = set(visit.requests)  # the icon, which comes late, is the picture in the header
    expected = {
        contract["newest"]: "一致：与登记的合同文件完全相同。",
        contract["older"]: "这是合同变更前的文件。",
        contract["newest"] + b" ": "不一致：与登记的合同文件不同。",
        b"": "不一致：与登记的合同文件不同。",
    }
    for pdf, words in expected.items():
        hand_over(visit, pdf)
        assert answer(visit).strip().startswith(words)
        visit.page.evaluate("delete document.getElementById('document-result').dataset.shown")
    visit.page.wait_for_load_state("networkidle")
    assert visit.requests == before


def test_the_answers_are_pictured(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["with_document"]["qr_text"])
    for name in ("newest", "older"):
        choose(visit, contracts["with_document"][name])
        answer(visit)
        visit.picture(f"document-{name}-360-zh-CN")


def test_the_policy_forbids_sending_anything(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["with_document"]["qr_text"])
    before = set(visit.requests)
    send = "fetch('/v1/verify', {method: 'POST', body: 'x'}).then(() => false, () => true)"
    with visit.page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        assert visit.page.evaluate(send), "the browser sent it"
    visit.page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))")  # let every complaint arrive
    assert visit.requests == before
    assert all("Content Security Policy" in complaint for complaint in visit.complaints)
    visit.complaints.clear()


def test_without_a_registered_document_nothing_is_offered(visit: Visit, contracts: Contracts) -> None:
    visit.open(contracts["signed"]["qr_text"])
    assert visit.page.locator("#pdf").count() == 0
    assert "尚未登记这份合同的电子版" in visit.page.locator("#document").inner_text()


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_our_own_sha256_agrees_with_the_browsers(visit: Visit, contracts: Contracts, length: int) -> None:
    visit.open("/verify")
    visit.page.add_script_tag(url="/static/sha256.js")
    agree = """async (length) => {
      const bytes = Uint8Array.from({length}, (_, index) => (index * 37 + length) % 256);
      const theirs = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.buffer));
      return String(theirs) === String(new Uint8Array(window.yizhanSha256(bytes.buffer)));
    }"""
    assert visit.page.evaluate(agree, length)
