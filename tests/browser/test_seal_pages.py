"""An agency applies for its seal, its city approves it, a roster is printed under both."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
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
SECOND_USCC = "91350203MA9990001W"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A city and an agency in it: its system, its administrator, its official, and a roster of it."""

    sender: Partner
    agency: SomebodySignedIn
    city: SomebodySignedIn
    roster: dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def places(settings: Settings, service: ServedProcess) -> dict[str, Place]:
    first, second = samples.roster(1, travellers=2), samples.roster(2, travellers=2)
    named = second["agency"] | {"uscc": SECOND_USCC, "division": "350203"}
    of_officials, of_agencies = {Duty.SYSTEM_ADMINISTRATOR, Duty.ROSTER_OFFICER}, {Duty.AGENCY_ADMINISTRATOR}
    return {
        "shanghai": Place(
            sender=issue_partner(settings, "shanghai", Role.PARTNER, "310115", uscc=first["agency"]["uscc"]),
            agency=add_person(settings, "wu.min", of_agencies, agency="shanghai", name="吴敏"),
            city=add_person(settings, "lin.xiao", of_officials, "310000", name="林晓"),
            roster=first,
        ),
        "xiamen": Place(
            sender=issue_partner(settings, "xiamen", Role.PARTNER, "350203", uscc=SECOND_USCC),
            agency=add_person(settings, "chen.lan", of_agencies, agency="xiamen", name="陈岚"),
            city=add_person(settings, "he.jing", of_officials, "350200", name="何静"),
            roster=second | {"agency": named},
        ),
    }


@pytest.mark.parametrize(
    ("place", "is_clerk_narrow", "language"),
    [("shanghai", True, "zh-CN"), ("xiamen", False, "en")],
    ids=["phone-zh", "desk-en"],
)
def test_an_agency_applies_for_its_seal_and_prints_under_it(
    service: ServedProcess,
    places: dict[str, Place],
    new_visit: Callable[..., Visit],
    place: str,
    is_clerk_narrow: bool,
    language: str,
) -> None:
    """The agency at one size and in one language, its city at the other size and in the other language."""
    here, other = places[place], "en" if language == "zh-CN" else "zh-CN"
    sizes = (NARROW, WIDE) if is_clerk_narrow else (WIDE, NARROW)
    clerk = new_visit(viewport=sizes[0], who=here.agency, language=language)
    official = new_visit(viewport=sizes[1], who=here.city, language=other)
    of_clerk, of_official = f"{sizes[0]['width']}-{language[:2]}", f"{sizes[1]['width']}-{other[:2]}"
    clerk.open("/seals")
    look(clerk, f"seals-empty-{of_clerk}")
    clerk.page.get_by_role("button", name=re.compile(clerk.said("申请印章", "Apply for a seal"))).click()
    heading = clerk.page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(clerk.said("报送专用章 待核准", "Reporting seal Waits for approval"))
    approve = official.said("核准制发", "Approve")
    assert clerk.page.get_by_role("button", name=clerk.said("核准制发", "Approve")).count() == 0

    official.open("/seals")
    look(official, f"seals-{of_official}")
    accessible(official)
    official.page.get_by_role("link", name=official.said("报送专用章", "Reporting seal")).click()
    look(official, f"seal-waits-{of_official}")
    official.page.get_by_role("button", name=official.said("不予核准", "Do not approve")).click()
    expect(official.page.get_by_role("alert")).to_be_visible()
    official.page.get_by_role("button", name=approve, exact=True).click()
    expect(official.page.locator("img.seal-picture")).to_be_visible()
    official.open("/seals")
    official.page.get_by_role("button", name=re.compile(official.said("申请印章", "Apply for a seal"))).click()
    official.page.get_by_role("button", name=approve, exact=True).click()
    in_force = official.said("审核专用章 有效", "Audit seal In force")
    expect(official.page.get_by_role("heading", level=1)).to_contain_text(in_force)
    accessible(official)
    look(official, f"seal-{of_official}")

    with here.agency.client(service.url) as browser:
        printed = _reported(service, here, browser)
    assert printed.content.startswith(b"%PDF-")
    if place == "shanghai":
        _checked(official, printed.content)
    clerk.page.reload()
    expect(clerk.page.locator("main")).to_contain_text(clerk.said("打印名单表", "A roster printed"))
    accessible(clerk)
    look(clerk, f"seal-used-{of_clerk}")
    clerk.page.get_by_label(clerk.said("理由", "Reason")).fill("印章遗失")
    clerk.page.get_by_role("button", name=clerk.said("撤销", "Revoke it")).click()
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text(clerk.said("已撤销", "Revoked"))


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


def _reported(service: ServedProcess, here: Place, browser: httpx.Client) -> httpx.Response:
    """The printed roster, reported by the agency and audited by the city."""
    number = here.roster["group_no"]
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        client.post("/v1/rosters", json=here.roster, headers=here.sender.bearer).raise_for_status()
    with here.city.client(service.url) as official:
        sent = {"decision": "audited", "version": "1", "step": "sure"}
        assert official.post(f"/rosters/{number}", data=sent).status_code == 303
    printed = browser.get(f"/sealed-rosters/{number}")
    assert printed.status_code == 200, printed.text
    return printed
