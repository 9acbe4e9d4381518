"""The pages of officials and operators: reconciliations, conflicts and alerts, beside a portal that runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from tests.browser.conftest import DESK, PHONE, Visit, accessible, look
from tests.conftest import HTTP, Partner, ServedProcess, issue_partner
from tests.people import SomebodySignedIn, add_person
from tests.portals import RunningPortal, running_portal
from tests.processes import yizhan

SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}


@pytest.fixture(scope="module", autouse=True)
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    with (
        running_portal("portal_rest.py", tmp_path_factory.mktemp("rest"), "--records", 12, **SECRETS) as started,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("DONGHAI_URL", f"{started.url}/api")
        for name, value in SECRETS.items():
            patch.setenv(f"DONGHAI_{name}", value)
        yield started


@pytest.fixture(scope="module")
def official(settings: Settings, service: ServedProcess) -> Partner:
    """An official of the province, whose portal has been read and is told of changes."""
    issue_partner(settings, "donghai", Role.PARTNER, "330000", "donghai")
    for command in (("sync", "donghai"), ("portal", "link", "donghai")):
        assert yizhan(settings, *command).returncode == 0
    return issue_partner(settings, "bureau", Role.OFFICIAL, "330000")


@pytest.fixture(scope="module", autouse=True)
def person(settings: Settings, portal: RunningPortal, service: ServedProcess) -> SomebodySignedIn:
    """A colleague of the official who works in a browser."""
    return add_person(settings, "wang.fang", {Duty.QUALIFICATION_OFFICER, Duty.TECHNICAL_TEAM}, "330000")


@pytest.fixture(scope="module", autouse=True)
def auditor(settings: Settings, portal: RunningPortal, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "sun.li", {Duty.AUDITOR}, "330000")


@pytest.fixture
def signed_in(person: SomebodySignedIn, new_visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """Opens the window of an official, or of somebody else."""

    def open_window(who: SomebodySignedIn = person, **options: object) -> Visit:
        return new_visit(who=who, **options)

    return open_window


def changed_on_both_sides(service: ServedProcess, official: Partner, portal: RunningPortal, index: int) -> str:
    """An agency whose principal was changed here while the portal was away, and there as well."""
    key = portal.keys("agency")[index]
    portal.faults(down=True)
    with httpx.Client(base_url=service.url, headers=official.bearer) as client:
        held = client.get(f"/v1/agencies/{key}").headers["etag"]
        client.patch(f"/v1/agencies/{key}", json={"principal": "卫示例"}, headers={"If-Match": held}).raise_for_status()
    portal.change("agency", key, legalPerson="蒋示例")
    portal.faults()
    return key


def agency(service: ServedProcess, official: Partner, key: str) -> dict[str, str]:
    return HTTP.get(f"{service.url}/v1/agencies/{key}", headers=official.bearer).json()


def of_key(page: Page, key: str):
    return page.locator("li", has_text=key)


def decide(visit: Visit, choice: str, reason: str) -> None:
    """Choose a side with a reason, check it and confirm, on the page that a link in the list leads to."""
    visit.page.get_by_label(choice, exact=True).check()
    visit.page.locator("#reason").fill(reason)
    visit.page.get_by_role("button", name=visit.said("继续", "Continue")).click()
    expect(visit.page.locator("h1")).to_have_text(visit.said("核定前核对", "Check before it counts"))
    assert reason in visit.page.locator("main").inner_text()


def confirm(visit: Visit) -> None:
    visit.page.get_by_role("button", name=visit.said("确认核定", "Decide"), exact=True).click()
    visit.page.locator("section.result").wait_for()


@pytest.mark.parametrize(
    ("index", "viewport", "language", "stays"),
    [(1, {"width": 1440, "height": 900}, "zh-CN", "卫**"), (2, {"width": 390, "height": 844}, "en", "吴**")],
    ids=["ours", "theirs"],
)
def test_a_conflict_is_decided_with_a_reason(
    settings: Settings,
    service: ServedProcess,
    official: Partner,
    portal: RunningPortal,
    signed_in: Callable[..., Visit],
    index: int,
    viewport: dict[str, int],
    language: str,
    stays: str,
) -> None:
    key = changed_on_both_sides(service, official, portal, index)
    yizhan(settings, "sync", "donghai")
    visit = signed_in(viewport=viewport, language=language)
    choice = visit.said("以本平台为准", "Keep ours") if index == 1 else visit.said("以门户为准", "Keep theirs")
    size = f"{viewport['width']}-{language}"
    visit.open("/desk")
    visit.page.locator("a.due[href='/differences']").click()
    shown = of_key(visit.page, key)
    assert "卫**" in shown.inner_text()
    look(visit, f"differences-{size}")
    accessible(visit)
    late = signed_in(language="en", viewport=PHONE)
    late.open("/differences")
    of_key(late.page, key).get_by_role("link", name="Decide").click()
    shown.get_by_role("link", name=visit.said("核定", "Decide")).click()
    visit.page.get_by_role("button", name=visit.said("继续", "Continue")).click()
    expect(visit.page.locator("#wrong")).to_be_visible()
    look(visit, f"decision-wrong-{size}")
    accessible(visit)
    decide(visit, choice, "以许可证原件为准")
    look(visit, f"decision-check-{size}")
    accessible(visit)
    visit.page.get_by_role("button", name=visit.said("返回修改", "Go back and change it")).click()
    expect(visit.page.locator("#reason")).to_have_value("以许可证原件为准")
    decide(visit, choice, "以许可证原件为准，已电话核实")
    confirm(visit)
    number = re.search(r"\d+", visit.page.locator("section.result .big").inner_text())
    assert number, "a number by which the audit log has it"
    look(visit, f"decided-{size}")
    accessible(visit)
    assert agency(service, official, key)["body"]["principal"] == stays
    visit.page.locator("main").get_by_role("link").filter(has_text="旅行社").first.click()
    expect(visit.page.locator(".timeline")).to_contain_text("已电话核实")
    look(visit, f"history-{size}")
    visit.open("/differences")
    assert of_key(visit.page, key).count() == 0
    late.page.get_by_label("Keep ours", exact=True).check()
    late.page.locator("#reason").fill("I was late")
    late.page.get_by_role("button", name="Continue").click()
    expect(late.page.locator("section.bad")).to_contain_text("Somebody has decided it")
    assert late.page.get_by_role("button", name="Continue").count() == 0
    look(late, f"too-late-360-en-{index}")


def test_several_are_decided_at_once_and_a_portal_is_seen_to_stand_still(
    settings: Settings,
    service: ServedProcess,
    official: Partner,
    portal: RunningPortal,
    signed_in: Callable[..., Visit],
) -> None:
    lost, disputed = [portal.keys("agency")[at] for at in (8, 10)], changed_on_both_sides(service, official, portal, 9)
    yizhan(settings, "sync", "donghai")
    for key in lost:
        portal.control("delete", kind="agency", key=key)
    assert yizhan(settings, "reconcile", "run", "donghai", "--kind", "agency").returncode == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DONGHAI_APP_SECRET", "wrong")
        assert yizhan(settings, "sync", "donghai").returncode == 1
    for language, width in itertools.product(("en", "zh-CN"), (1440, 390)):
        visit = signed_in(language=language, viewport={"width": width, "height": 900})
        visit.open("/differences")
        assert [of_key(visit.page, key).count() for key in (*lost, disputed)] == [1, 1, 1]
        assert visit.said("拉取中止", "Pull stopped") in visit.page.locator("#listing").inner_text()
        look(visit, f"all-differences-{width}-{language}")
        accessible(visit)
    visit.page.get_by_label("种类").select_option("discrepancy")
    expect(visit.page.locator("#listing li")).to_have_count(len(lost))
    for box in visit.page.locator(".pick-row[name=row]").all():
        box.check()
    visit.page.get_by_role("button", name="核定所选").click()
    look(visit, "batch-390-zh")
    decide(visit, "忽略此差异", "门户正在迁移数据")
    confirm(visit)
    assert "已核定 2 项" in visit.page.locator("main").inner_text()
    look(visit, "batch-decided-390-zh")
    accessible(visit)
    visit.open("/differences?about=conflict")
    of_key(visit.page, disputed).get_by_role("link", name="核定").click()
    decide(visit, "以门户为准", "门户登记在后")
    confirm(visit)
    assert yizhan(settings, "sync", "donghai").returncode == 0
    visit.open("/differences")
    visit.page.get_by_text("没有门户差异").wait_for()
    look(visit, "nothing-differs-390-zh")


def test_an_alert_is_closed_by_a_click(
    settings: Settings,
    service: ServedProcess,
    official: Partner,
    signed_in: Callable[..., Visit],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DONGHAI_APP_SECRET", "wrong")
        assert yizhan(settings, "sync", "donghai").returncode == 1
    visit = signed_in(viewport=PHONE)
    visit.open("/alerts")
    told = visit.page.locator("main").inner_text()
    assert "拉取中止" in told
    (alert,) = HTTP.get(f"{service.url}/v1/alerts", headers=official.bearer).json()["alerts"]
    assert "门户返回" in alert["detail"]
    assert "the portal answered" in alert["detail_en"]
    assert alert["detail"] in told
    english = signed_in(viewport=PHONE, language="en")
    english.open("/alerts")
    assert alert["detail_en"] in english.page.locator("main").inner_text()
    look(visit, "alerts-360-zh")
    accessible(visit)
    with visit.page.expect_download() as taken:
        visit.page.get_by_role("link", name="CSV").click()
    headings, line = taken.value.path().read_text("utf-8-sig").splitlines()
    assert headings == "告警,说明,对象,对接配置,次数,首次发现,最近一次,代码"
    assert line.endswith(",ALERT-001")
    visit.page.get_by_label("告警").select_option("ALERT-013")
    visit.page.get_by_text("没有符合条件的告警").wait_for()
    visit.open("/alerts?code=ALERT-001")
    visit.page.locator("tbody .pick-row").check()
    visit.page.get_by_role("button", name="已处理，关闭所选").click()
    visit.page.wait_for_url("**/alerts?closed")
    assert "没有告警" in visit.page.locator("main").inner_text()


def test_what_is_safe_is_repaired_by_a_click(
    settings: Settings, portal: RunningPortal, signed_in: Callable[..., Visit]
) -> None:
    key = portal.keys("agency")[5]
    portal.change("agency", key, address="改动后的地址 5 号")
    assert yizhan(settings, "reconcile", "run", "donghai", "--kind", "agency").returncode == 1
    visit = signed_in(language="en", viewport=DESK)
    visit.open("/reconciliations")
    look(visit, "reconciliations-1280-en")
    accessible(visit)
    visit.page.locator("tbody th a").first.click()
    look(visit, "reconciliation-1280-en")
    accessible(visit)
    visit.page.get_by_role("button", name="Repair what is safe or decided").click()
    visit.page.wait_for_url("**?repaired")
    assert "改动后的地址 5 号" in of_key(visit.page, key).inner_text()
    assert "Repaired" in of_key(visit.page, key).inner_text()
    assert visit.page.get_by_role("button", name="Repair").count() == 0
    look(visit, "repaired-1280-en")
    visit.page.get_by_role("button", name="Compare again").click()
    visit.page.wait_for_url(re.compile(r"/reconciliations/[-0-9a-f]+$"))
    assert "Both sides agree" in visit.page.locator("h1").inner_text()
    assert "Checks" in visit.page.locator("main").inner_text()
    look(visit, "compared-1280-en")


def test_no_column_is_lost_on_a_phone(
    settings: Settings, portal: RunningPortal, signed_in: Callable[..., Visit]
) -> None:
    portal.change("agency", portal.keys("agency")[7], legalPerson="卫示例")
    yizhan(settings, "reconcile", "run", "donghai", "--kind", "agency")
    for language in ("en", "zh-CN"):
        visit = signed_in(language=language, viewport=PHONE)
        visit.open("/reconciliations")
        newest = visit.page.locator("tbody th a").first.get_attribute("href") or ""
        for path in ("/reconciliations", "/reconciliations?connector=donghai", newest):
            assert visit.open(path) == 200
            for details in visit.page.locator("details").all():
                details.locator("summary").click()
            hidden = "all => all.map((one) => one.scrollWidth - one.clientWidth)"
            assert set(visit.page.eval_on_selector_all(".wide-table", hidden)) <= {0}, visit.page.url
            look(visit, f"reconciliation-360-{language}")
            if "connector" in path:
                expect(visit.page.locator(".figure canvas")).to_be_visible()
                look(visit, f"trend-360-{language}")
                accessible(visit)


def test_somebody_without_the_duty_is_refused_by_page_and_form(
    service: ServedProcess, signed_in: Callable[..., Visit], auditor: SomebodySignedIn
) -> None:
    visit = signed_in(auditor)
    for path in ("/differences", "/alerts", "/reconciliations"):
        assert visit.open(path) == 403
    own = {"Sec-Fetch-Site": "same-origin"}
    refused = HTTP.post(f"{service.url}/alerts", auth=auditor.auth, headers=own)
    assert refused.status_code == 403
    assert "text/html" in refused.headers["content-type"]


def test_a_form_of_another_site_is_refused(service: ServedProcess, person: SomebodySignedIn) -> None:
    for path in (
        "alerts",
        "differences/decision",
        "reconciliations/00000000-0000-7000-8000-000000000000/repair",
    ):
        refused = HTTP.post(f"{service.url}/{path}", auth=person.auth, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403


def test_who_has_not_signed_in_is_led_there_and_back(service: ServedProcess) -> None:
    for path in ("differences", "alerts", "reconciliations"):
        asked = HTTP.get(f"{service.url}/{path}?lang=en")
        assert (asked.status_code, asked.headers["location"]) == (303, f"/signin?to=%2F{path}%3Flang%3Den")
    own = {"Sec-Fetch-Site": "same-origin"}
    sent = HTTP.post(f"{service.url}/alerts", headers=own)
    assert (sent.status_code, "text/html" in sent.headers["content-type"]) == (401, True)
