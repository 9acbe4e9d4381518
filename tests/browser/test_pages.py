"""Home, the API reference and the pages of problems."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import DESK, PHONE, Visit
from tests.conftest import HTTP, Partner, ServedProcess

FOR_STAFF = ("/desk", "/rosters", "/contracts", "/reconciliations", "/differences", "/alerts")
"""Pages that lead to signing in whoever has not."""
CHINESE = re.compile("[\u3400-\u9fff]")
LABELS_SHOWN = """() => {
  const labels = "button:not(.opblock-summary-control), h4:not(.opblock-tag), label:not(:has(select)), th, .col_header";
  return [...document.querySelectorAll("#api :is(" + labels + ")")].map((one) => one.innerText.trim()).filter(Boolean);
}"""
"""What the viewer itself says: on its buttons and over its parts and columns."""


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(
    "path", ["/", "/verify", "/status", "/problems", "/problems/INTAKE-003", "/guide", "/guide/rest", "/guide/errors"]
)
def test_a_page_fits_the_window_and_has_one_heading(
    new_visit: Callable[..., Visit], path: str, viewport: dict[str, int], language: str
) -> None:
    visit = new_visit(language, viewport)
    assert visit.open(path) == 200
    assert visit.page.locator("h1").count() == 1
    assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"
    visit.picture(f"{path.strip('/').replace('/', '-') or 'home'}-{viewport['width']}-{language}")


@pytest.mark.parametrize("path", ["/", "/verify", "/problems", "/guide", "/guide/errors"])
def test_every_link_leads_somewhere(visit: Visit, service: ServedProcess, path: str) -> None:
    visit.open(path)
    links = {
        urljoin(visit.page.url, href).partition("#")[0]
        for href in visit.page.eval_on_selector_all("a", "all => all.map((a) => a.getAttribute('href'))")
    }
    expected = {link: 303 if link.endswith(FOR_STAFF) else 200 for link in links}
    with httpx.Client(trust_env=False) as client:
        assert {link: client.get(link).status_code for link in links} == expected


def test_the_api_reference_shows_every_route_and_tries_them_out(new_visit: Callable[..., Visit]) -> None:
    visit = new_visit("en", DESK)
    visit.open("/docs")
    wait_for_routes(visit)
    described = HTTP.get(visit.base + "/openapi.json").json()["paths"]
    every = sum(len(operations) for operations in described.values())
    visit.picture("docs-1280-en")
    wanted = visit.page.get_by_text("Keys that verify QR codes and receipts")
    assert len(routes_shown(visit, every)) == every
    visit.page.evaluate("scrollTo(0, 0)")
    come_to(visit, wanted)
    wanted.first.click()
    visit.page.get_by_role("button", name="Try it out").click()
    visit.page.get_by_role("button", name="Execute").click()
    visit.page.wait_for_selector(".live-responses-table")
    assert '"keys"' in visit.page.locator(".live-responses-table").inner_text()


def test_the_api_reference_is_chinese_on_the_chinese_site(new_visit: Callable[..., Visit]) -> None:
    visit = new_visit("zh-CN", DESK)
    visit.open("/docs")
    wait_for_routes(visit)
    visit.page.get_by_text("按现有接口报送合同").click()
    visit.page.get_by_role("button", name="试用").click()
    visit.page.get_by_role("button", name="发送请求").wait_for()
    visit.picture("docs-1280-zh")
    shown = visit.page.evaluate(LABELS_SHOWN)
    assert {"授权", "参数", "请求正文", "响应"} <= {*shown}
    assert [text for text in shown if not CHINESE.search(text)] == []


def wait_for_routes(visit: Visit) -> None:
    """The viewer resolves the whole document before it draws anything: seconds of a browser's time, not of ours."""
    visit.page.wait_for_selector(".opblock", timeout=60_000)


def come_to(visit: Visit, wanted: Locator) -> None:
    """Go down until the viewer, which draws only those near the window, has drawn it."""
    while not wanted.count():
        visit.page.mouse.wheel(0, 600)
        visit.page.wait_for_function("new Promise((done) => requestAnimationFrame(() => done(true)))")


def routes_shown(visit: Visit, every: int) -> set[str]:
    """The routes of the viewer, which draws only those near the window: the reader goes down to the end."""
    seen: set[str] = set()
    visit.page.mouse.move(640, 450)
    for _ in range(every):
        seen |= set(visit.page.eval_on_selector_all(".opblock", "all => all.map((one) => one.id)"))
        if len(seen) == every:
            break
        visit.page.mouse.wheel(0, 500)
        visit.page.wait_for_function("new Promise((done) => requestAnimationFrame(() => done(true)))")
    return seen


def test_a_refusal_points_to_its_page(visit: Visit, service: ServedProcess, partner: Partner) -> None:
    refusal: dict[str, Any] = HTTP.get(f"{service.url}/v1/contracts", auth=partner.auth).json()
    assert visit.open(refusal["type"]) == 200
    assert refusal["title"] in visit.page.locator("main").inner_text()
