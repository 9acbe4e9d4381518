"""The pages in a real browser, against the real service. Every visit fails on what its reader would not forgive."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import PIL.Image
import pytest
import zxingcpp
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from schemas import samples
from tests.components import needs
from tests.conftest import Partner, ServedProcess
from tests.people import SomebodySignedIn

ARTIFACTS = Path(__file__).parents[2] / "artifacts" / "browser"
PHONE = {"width": 360, "height": 800}
DESK = {"width": 1280, "height": 900}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """One browser window: `page`, and all that it asked of the network and complained about.

    While `is_offline`, it need not be silent about a network that the test has taken away.
    """

    def __init__(self, page: Page, base: str, language: str) -> None:
        self.page = page
        self.base = base
        self.is_chinese = language.startswith("zh")
        self.requests: set[str] = set()
        self.complaints: list[str] = []
        self.is_offline = False
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> int:
        """Go to a page of the service; its HTTP status."""
        address = self.base + path if path.startswith("/") else path
        response = self.page.goto(address, wait_until="load")
        assert response is not None
        return response.status

    def said(self, zh: str, en: str) -> str:
        """What stands on the page for this reader."""
        return zh if self.is_chinese else en

    @property
    def outcome(self) -> str | None:
        return self.page.locator("#verdict").get_attribute("data-outcome")

    def picture(self, name: str) -> None:
        """Keep what the reader sees, outside version control."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.activeElement?.blur(); scrollTo({ top: 0, behavior: 'instant' })")
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    def _asked(self, request: Request) -> None:
        self.requests.add(f"{request.method} {request.url}")
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc and not request.url.startswith("data:"):
            self.complaints.append(f"request to another host: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if self.is_offline and "net::ERR_" in message.text:
            return
        of_this_page = message.location.get("url") == self.page.url
        if message.type in ("error", "warning") and not ("status of 4" in message.text and of_this_page):
            self.complaints.append(message.text)


def look(visit: Visit, name: str) -> None:
    """One heading, and nothing scrolls sideways; what the reader sees is kept."""
    visit.page.locator("h1").first.wait_for()
    visit.page.wait_for_load_state()
    assert visit.page.locator("h1").count() == 1
    assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"
    visit.picture(name)


_PATIENCE_MS = 60_000
"""What a page shows after a while is waited for, on a machine that does other things as well."""
expect.set_options(timeout=_PATIENCE_MS)
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def accessible(visit: Visit) -> None:
    """Nothing on the page breaks a rule of WCAG 2.2 AA that a machine can check.

    The vendored editor is left out: what scrolls in it is reached by its own text field, which the rules do not see.
    """
    if not visit.page.evaluate("typeof window.axe === 'object'"):
        visit.page.evaluate(AXE)
    found = visit.page.evaluate(
        "(tags) => axe.run({ exclude: '#editor' }, { runOnly: tags, resultTypes: ['violations'] })", RULES
    )
    broken = [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    assert broken == [], visit.page.url


@pytest.fixture(scope="session", autouse=True)
def program() -> str:
    """Chromium's path; asked for before anything else is made, as are the fonts."""
    needs("fonts")
    return needs("chromium")


@pytest.fixture(scope="module")
def browser(program: str, contracts: dict[str, Any]) -> Iterator[Browser]:
    """Chromium. Started after everything that needs an event loop of its own in this thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def new_visit(browser: Browser, service: ServedProcess) -> Iterator[Callable[..., Visit]]:
    """Opens windows; at the end none may have complained."""
    visits: list[Visit] = []

    def open_window(
        language: str = "zh-CN",
        viewport: dict[str, int] = PHONE,
        script: str = "",
        who: SomebodySignedIn | None = None,
    ) -> Visit:
        context = browser.new_context(
            locale=language,
            viewport=viewport,  # pyright: ignore[reportArgumentType]
        )
        context.set_default_timeout(_PATIENCE_MS)
        if who is not None:
            who.enter(context, service.url)
        if script:
            context.add_init_script(script)
        visits.append(Visit(context.new_page(), service.url, language))
        return visits[-1]

    yield open_window
    complaints = [complaint for visit in visits for complaint in visit.complaints]
    for visit in visits:
        visit.page.context.close()
    assert complaints == []


@pytest.fixture
def visit(new_visit: Callable[..., Visit]) -> Visit:
    """A Chinese reader's phone."""
    return new_visit()


@pytest.fixture(scope="module")
def contracts(service: ServedProcess, partner: Partner) -> dict[str, dict[str, Any]]:
    """A contract for every verdict: its code, its QR text as read from the image, its documents."""
    with httpx.Client(base_url=service.url, auth=partner.auth, timeout=60, trust_env=False) as client:
        made = {name: _pushed(client, index) for index, name in enumerate(("registered", "signed", "void"), start=1)}
        made["superseded"] = _amended(client, 4)
        made["with_document"] = _with_documents(client, 5)
        for name, state in (("signed", "signed"), ("void", "void")):
            client.post(f"/v1/contracts/{made[name]['code']}/state", json={"state": state}).raise_for_status()
    genuine = made["registered"]["qr_text"]
    made["forged"] = {"qr_text": genuine[:-30] + ("A" if genuine[-30] != "A" else "B") + genuine[-29:]}
    return made


def _pushed(client: httpx.Client, index: int, **changes: Any) -> dict[str, Any]:
    query = {"amend": "true"} if changes else {}
    answer = client.post("/v1/contracts", json=samples.contract(index) | changes, params=query)
    assert answer.is_success, answer.text
    record = answer.json()["records"][0]
    image = client.get(f"/v1/contracts/{record['code']}/qr.png").content
    read = zxingcpp.read_barcode(PIL.Image.open(io.BytesIO(image)))
    assert read is not None
    return {"code": record["code"], "printed": record["code_printed"], "qr_text": read.text, "image": image}


def _amended(client: httpx.Client, index: int) -> dict[str, Any]:
    """The contract as it was first printed, amended since."""
    first = _pushed(client, index)
    _pushed(client, index, return_on="2017-08-20")
    return first


def _with_documents(client: httpx.Client, index: int) -> dict[str, Any]:
    """A contract with a document, amended, and then with a newer document."""
    first = _pushed(client, index)
    older = _registered_pdf(client, first)
    newest = _pushed(client, index, return_on="2017-08-21")
    return {**newest, "older": older, "newest": _registered_pdf(client, newest)}


def _registered_pdf(client: httpx.Client, record: dict[str, Any]) -> bytes:
    page = PIL.Image.new("RGB", (1654, 2339), "white")
    page.paste(PIL.Image.open(io.BytesIO(record["image"])).convert("RGB"), (200, 200))
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=200)
    headers = {"Content-Type": "application/pdf"}
    answer = client.put(f"/v1/contracts/{record['code']}/document", content=buffer.getvalue(), headers=headers)
    assert answer.is_success, answer.text
    return buffer.getvalue()
