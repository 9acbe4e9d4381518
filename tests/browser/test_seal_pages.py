"""An agency applies for its seal, its city approves it, a roster is printed under both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from schemas import samples
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import Partner, ServedProcess, issue_partner
from tests.people import SomebodySignedIn, add_person

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
BODY: dict[str, Any] = samples.roster(1, travellers=2)


@pytest.fixture(scope="module", autouse=True)
def sender(settings: Settings, service: ServedProcess) -> Partner:
    """The agency's own system."""
    return issue_partner(settings, "shanghai", Role.PARTNER, "310115", uscc=BODY["agency"]["uscc"])


@pytest.fixture(scope="module", autouse=True)
def agency(settings: Settings, sender: Partner) -> SomebodySignedIn:
    duties = {Duty.AGENCY_ADMINISTRATOR}
    return add_person(settings, "wu.min", duties, agency="shanghai", name="吴敏")


@pytest.fixture(scope="module", autouse=True)
def city(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    duties = {Duty.SYSTEM_ADMINISTRATOR, Duty.ROSTER_OFFICER}
    return add_person(settings, "lin.xiao", duties, "310000", name="林晓")


@pytest.fixture(scope="module")
def contracts() -> dict[str, Any]:
    return {}


def test_an_agency_applies_for_its_seal_and_prints_under_it(
    service: ServedProcess,
    sender: Partner,
    agency: SomebodySignedIn,
    city: SomebodySignedIn,
    new_visit: Callable[..., Visit],
) -> None:
    clerk, official = new_visit(viewport=NARROW, who=agency), new_visit(viewport=WIDE, language="en", who=city)
    clerk.open("/seals")
    look(clerk, "seals-empty-390-zh")
    clerk.page.get_by_role("button", name=re.compile("申请印章")).click()
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("报送专用章 待核准")
    assert clerk.page.get_by_role("button", name="核准制发").count() == 0

    official.open("/seals")
    look(official, "seals-1440-en")
    accessible(official)
    official.page.get_by_role("link", name="Reporting seal").click()
    look(official, "seal-waits-1440-en")
    official.page.get_by_role("button", name="Do not approve").click()
    expect(official.page.get_by_role("alert")).to_be_visible()
    official.page.get_by_role("button", name="Approve", exact=True).click()
    expect(official.page.locator("img.seal-picture")).to_be_visible()
    official.open("/seals")
    official.page.get_by_role("button", name=re.compile("Apply for a seal")).click()
    official.page.get_by_role("button", name="Approve", exact=True).click()
    expect(official.page.get_by_role("heading", level=1)).to_contain_text("Audit seal In force")
    accessible(official)
    look(official, "seal-1440-en")

    with agency.client(service.url) as browser:
        printed = _reported(service, sender, browser, city)
    assert printed.content.startswith(b"%PDF-")
    _checked(official, printed.content)
    clerk.page.reload()
    expect(clerk.page.locator("main")).to_contain_text("打印名单表")
    accessible(clerk)
    look(clerk, "seal-used-390-zh")
    clerk.page.get_by_label("理由").fill("印章遗失")
    clerk.page.get_by_role("button", name="撤销").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("已撤销")


def _checked(official: Visit, pdf: bytes) -> None:
    """The seals on it are good; on one that was altered they are not; what is no PDF is told."""
    page = official.page
    altered = pdf.replace(b"/Type", b"/Typf", 1)
    for name, content, verdict in (("roster", pdf, "valid"), ("altered", altered, None), ("letter", b"hello", None)):
        official.open("/seal-check")
        page.set_input_files("#pdf", {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": content})
        page.get_by_role("button", name="Check it").click()
        expect(page.locator("#checked .good, [role=alert], #checked .bad").first).to_be_visible()
        assert (page.locator("#checked h2 .good").count() == 1) is (verdict == "valid"), name
        accessible(official)
        look(official, f"seal-check-{name}-1440-en")


def _reported(service: ServedProcess, sender: Partner, browser: httpx.Client, city: SomebodySignedIn) -> httpx.Response:
    """The printed roster, reported by the agency and audited by the city."""
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        client.post("/v1/rosters", json=BODY, headers=sender.bearer).raise_for_status()
    place = f"/rosters/{BODY['group_no']}"
    with city.client(service.url) as official:
        assert official.post(place, data={"decision": "audited", "version": "1", "step": "sure"}).status_code == 303
    printed = browser.get(f"/sealed-rosters/{BODY['group_no']}")
    assert printed.status_code == 200, printed.text
    return printed
