"""Rosters and contracts as officials work through them: lists, filters, batches, one record with its people masked."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pandas
import PIL.Image
import psycopg
import pytest
from playwright.sync_api import Route, expect

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.operations.operations import Operations
from gateway.persons.duties import Duty
from gateway.store.database import Database
from schemas import samples
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import HTTP, Partner, ServedProcess, issue_partner
from tests.people import SomebodySignedIn, add_person

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_ROSTERS = 54
LOOKS = (("zh-CN", WIDE), ("en-US", PHONE))


@pytest.fixture(scope="module", autouse=True)
def official(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "000000")


@pytest.fixture(scope="module", autouse=True)
def operator(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "team", Role.OPERATOR, "000000")


@pytest.fixture(scope="module", autouse=True)
def officer(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    duties = {Duty.ROSTER_OFFICER, Duty.CONTRACT_OFFICER, Duty.QUALIFICATION_OFFICER, Duty.AUDITOR}
    return add_person(settings, "wang.fang", duties, "000000", name="王芳")


@pytest.fixture(scope="module", autouse=True)
def team(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(
        settings,
        "chen.gong",
        {*Duty} - {Duty.SYSTEM_ADMINISTRATOR, Duty.SECURITY_OFFICER, Duty.AGENCY_ADMINISTRATOR, Duty.AGENCY_CLERK},
        "000000",
    )


@pytest.fixture(scope="module", autouse=True)
def keeper(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    """The administrator of an agency whose own system is connected."""
    issue_partner(settings, "seaside", Role.PARTNER, "350203", uscc="91350203MA9990001W", connector="haiyan")
    return add_person(settings, "he.jing", {Duty.AGENCY_ADMINISTRATOR}, agency="seaside", name="何静")


@pytest.fixture(scope="module", autouse=True)
def inspector(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "zhao.lei", {Duty.INSPECTOR}, "000000", name="赵磊")


@pytest.fixture(scope="module")
def rosters(service: ServedProcess, partner: Partner) -> list[str]:
    """The numbers of rosters that wait for their audit: more than a page, one of them amended, one with a finding."""
    bodies = [samples.roster(index, travellers=2) for index in range(1, _ROSTERS + 1)]
    bodies[2]["travellers"][1]["document"]["expires_on"] = "2017-09-01"
    lines = b"\n".join(map(orjson.dumps, bodies))
    with httpx.Client(base_url=service.url, auth=partner.auth, timeout=60, trust_env=False) as client:
        pushed = client.post("/v1/rosters", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert pushed.json()["counts"]["accepted"] == _ROSTERS, pushed.text
        changed = samples.roster(2, travellers=2) | {"route_name": "泰国曼谷五日游"}
        client.post("/v1/rosters", json=changed, params={"amend": "true"}).raise_for_status()
    return [body["group_no"] for body in bodies]


@pytest.fixture(scope="module", autouse=True)
def sampled(settings: Settings, rosters: list[str]) -> None:
    """Minutes later: what came in has been counted."""

    async def sample() -> None:
        database = Database(str(settings.database.url), 2)
        assert await Operations(database).sample(Clock.now() + timedelta(minutes=7))
        await database.close()

    asyncio.run(sample())


@pytest.fixture
def signed_in(officer: SomebodySignedIn, rosters: list[str], new_visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def open_window(who: SomebodySignedIn = officer, **options: Any) -> Visit:
        return new_visit(who=who, **options)

    return open_window


@pytest.fixture(scope="module")
def agency_and_letters(service: ServedProcess, operator: Partner, partner: Partner) -> str:
    """The credit code of an agency that is filed; and two contracts that did not pass."""
    agency = {
        "uscc": "91110105MA00ABCD4R",
        "license_no": "L-SH-00321",
        "name": "上海示例旅行社有限公司",
        "legal_representative": "周示例",
        "division": "310115",
        "agency_type": "outbound",
        "outbound": True,
        "border": False,
        "status": "active",
    }
    broken = [samples.contract(index) | {"return_on": "2017-01-01"} for index in (71, 72)]
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        client.post("/v1/agencies", json=agency | {"status": "applied"}, headers=partner.bearer).raise_for_status()
        lines = b"\n".join(map(orjson.dumps, broken))
        kind = {"Content-Type": "application/x-ndjson"}
        pushed = client.post("/v1/contracts", content=lines, headers=kind | partner.bearer)
        assert pushed.json()["counts"]["rejected"] == 2, pushed.text
    return agency["uscc"]


@pytest.mark.parametrize(("viewport", "language"), [(WIDE, "zh-CN"), (PHONE, "en")], ids=["wide", "phone"])
def test_the_pages_of_records_read_well(
    signed_in: Callable[..., Visit],
    rosters: list[str],
    contracts: dict[str, dict[str, Any]],
    team: SomebodySignedIn,
    agency_and_letters: str,
    language: str,
    viewport: dict[str, int],
) -> None:
    visit = signed_in(team, language=language, viewport=viewport)
    for name, path in {
        "rosters": "/rosters?state=submitted&departs_until=2017-08-06",
        "roster": f"/rosters/{quote(rosters[1], safe='')}",
        "contracts": "/contracts",
        "contract": f"/contracts/{contracts['with_document']['code']}",
        "agencies": "/agencies",
        "agency": f"/agencies/{agency_and_letters}",
        "dead-letters": "/dead-letters?state=open",
        "audit": "/audit?actor=terminal",
    }.items():
        assert visit.open(path) == 200, path
        look(visit, f"{name}-{viewport['width']}-{language}")
        if viewport is WIDE or name in ("rosters", "roster"):
            accessible(visit)


def test_filter_order_and_page_stay_in_the_address(signed_in: Callable[..., Visit], rosters: list[str]) -> None:
    visit = signed_in(viewport=WIDE)
    page, first = visit.page, visit.page.locator("tbody th[scope=row]").first
    visit.open("/rosters")
    page.evaluate("window.isStill = true")
    page.get_by_label("状态").focus()
    page.get_by_label("状态").select_option("submitted")
    page.wait_for_url("**state=submitted**")
    page.get_by_role("link", name="出发").click()
    page.wait_for_url("**order=soonest**")
    expect(page.get_by_role("link", name="出发")).to_be_focused()
    expect(first).to_contain_text("TG-20170804")
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url("**page=2**")
    expect(page.locator("tbody tr")).to_have_count(_ROSTERS - 50)
    expect(page.get_by_role("link", name="待审验", exact=True)).to_have_attribute("aria-current", "page")
    assert page.evaluate("window.isStill"), "only the list was asked for"
    assert all(word in page.url for word in ("state=submitted", "order=soonest", "page=2"))
    page.get_by_text("保存为视图").click()
    page.get_by_label("视图名称").fill("先出发的")
    page.get_by_role("button", name="保存", exact=True).click()
    own = page.get_by_role("link", name="先出发的")
    expect(own).to_have_attribute("aria-current", "page")
    assert "page=" not in page.url
    visit.open("/rosters?number=nobody")
    expect(page.locator(".empty-state")).to_contain_text("没有符合条件的名单表")
    accessible(visit)
    own.click()
    page.wait_for_url("**order=soonest**")
    look(visit, "rosters-view-1440-zh")
    page.get_by_role("button", name="删除视图").click()
    expect(own).to_have_count(0)


@pytest.mark.parametrize(("viewport", "language"), [(WIDE, "zh-CN"), (PHONE, "en-US")], ids=["wide", "phone"])
def test_of_fifty_rosters_three_are_returned(
    signed_in: Callable[..., Visit],
    service: ServedProcess,
    partner: Partner,
    viewport: dict[str, int],
    language: str,
) -> None:
    """A page of rosters comes in; the officer leaves out three, audits the others together, and returns the three."""
    bodies = [samples.roster(viewport["width"] + index, travellers=2) for index in range(50)]
    lines = b"\n".join(map(orjson.dumps, bodies))
    ndjson = {"Content-Type": "application/x-ndjson"} | partner.bearer
    pushed = HTTP.post(f"{service.url}/v1/rosters", content=lines, headers=ndjson).json()
    assert pushed["counts"]["accepted"] == 50, pushed
    odd, others = [body["group_no"] for body in bodies[:3]], [body["group_no"] for body in bodies[3:]]
    visit = signed_in(viewport=viewport, language=language)
    page, said = visit.page, visit.said
    visit.open("/rosters?state=submitted&order=newest")
    page.get_by_label(said("选择本页全部", "Choose all of this page")).check()
    for number in odd:
        page.locator(f".pick-row[aria-label*='{number}']").uncheck()
    expect(page.locator("[data-chosen]")).to_have_text(" (47)")
    page.get_by_role("button", name=said("审验所选", "Audit what is chosen")).click()
    page.get_by_role("button", name=said("确认审验 47 份", "Audit 47")).click()
    expect(page.get_by_role("status")).to_contain_text(said("已审验 47 份名单表", "47 rosters audited"))
    accessible(visit)
    look(visit, f"fifty-{viewport['width']}-{language}")
    for number in odd:
        visit.open(f"/rosters/{quote(number, safe='')}")
        page.get_by_label(said("退回修改", "Return it")).check()
        page.get_by_label(said("理由", "Reason")).fill(said("护照有效期不足", "A passport expires too early"))
        page.get_by_role("button", name=said("提交", "Submit"), exact=True).click()
        page.get_by_role("button", name=said("确认退回", "Return it")).click()
        expect(page.locator("h1")).to_contain_text(said("已退回", "Returned"))
    told = said("理由：护照有效期不足", "Reason: A passport expires too early")
    expect(page.locator("main")).to_contain_text(told)
    look(visit, f"returned-{viewport['width']}-{language}")
    assert {state_of(service, partner, number) for number in others} == {"audited"}
    assert {state_of(service, partner, number) for number in odd} == {"returned"}


def test_rosters_are_audited_together_after_a_preview(
    signed_in: Callable[..., Visit], service: ServedProcess, partner: Partner, rosters: list[str]
) -> None:
    visit = signed_in(viewport=WIDE)
    page = visit.page
    visit.open("/rosters?state=submitted&order=oldest")
    for number in rosters[5:8]:
        page.get_by_label(f"选择 {number}").check()
    expect(page.locator("[data-chosen]")).to_have_text(" (3)")
    page.get_by_role("button", name="审验所选").click()
    expect(page.locator("main")).to_contain_text("将审验 3 份名单表，共 6 人")
    look(visit, "rosters-preview-1440-zh")
    accessible(visit)
    changed = samples.roster(8, travellers=2) | {"route_name": "另一条线路"}
    HTTP.post(f"{service.url}/v1/rosters?amend=true", json=changed, headers=partner.bearer).raise_for_status()
    page.get_by_role("button", name="确认审验 3 份").click()
    result = page.get_by_role("status")
    expect(result).to_contain_text("已审验 2 份名单表")
    expect(result).to_contain_text("1 份未审验")
    expect(page.locator("main")).to_contain_text("您查看之后已有变更")
    look(visit, "rosters-audited-1440-zh")
    accessible(visit)
    states = [state_of(service, partner, number) for number in rosters[5:8]]
    assert states == ["audited", "audited", "submitted"]


def state_of(service: ServedProcess, partner: Partner, number: str) -> str:
    return HTTP.get(f"{service.url}/v1/rosters/{quote(number, safe='')}", headers=partner.bearer).json()["state"]


def test_a_roster_is_returned_with_a_reason(
    signed_in: Callable[..., Visit], service: ServedProcess, partner: Partner, rosters: list[str]
) -> None:
    visit = signed_in(viewport=PHONE)
    page = visit.page
    visit.open(f"/rosters/{rosters[9]}")
    assert "陈测试" not in page.content()
    assert "E20000" not in page.content()
    submit = page.get_by_role("button", name="提交")
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("请选择审验通过或退回")
    page.get_by_label("退回修改").check()
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("退回时请写明理由")
    look(visit, "roster-mistake-390-zh")
    accessible(visit)
    page.get_by_role("alert").get_by_role("link").click()
    page.get_by_label("理由").fill("请致电 13800138000")
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("疑似证件号或手机号")
    expect(page.get_by_label("理由")).to_have_value("请致电 13800138000")
    page.get_by_label("理由").fill("第 2 位游客护照有效期不足")
    submit.click()
    expect(page.locator("h1")).to_have_text("提交前核对")
    look(visit, "roster-check-390-zh")
    accessible(visit)
    page.get_by_role("button", name="返回修改").click()
    expect(page.get_by_label("退回修改")).to_be_checked()
    page.get_by_label("理由").fill("第 2 位游客护照有效期不足，请更正")
    submit.click()
    assert state_of(service, partner, rosters[9]) == "submitted", "nothing counts before it was checked"
    page.get_by_role("button", name="确认退回").click()
    expect(page.get_by_role("status")).to_contain_text("已退回")
    expect(page.locator("h1")).to_contain_text("已退回")
    told = HTTP.get(f"{service.url}/v1/rosters/{rosters[9]}", headers=partner.bearer).json()
    assert (told["state"], told["state_reason"]) == ("returned", "第 2 位游客护照有效期不足，请更正")


def test_a_list_is_kept_as_a_file(
    service: ServedProcess, official: Partner, officer: SomebodySignedIn, rosters: list[str]
) -> None:
    asked = HTTP.get(f"{service.url}/rosters.csv?number={rosters[0]}&lang=zh", auth=officer.auth)
    heading, line = asked.content.decode("utf-8-sig").splitlines()
    assert heading.startswith("团队编号,类型,旅行社,统一社会信用代码")
    assert line.startswith(f"{rosters[0]},出境旅游团队")
    book = HTTP.get(f"{service.url}/contracts.xlsx", auth=officer.auth).content
    sheet = pandas.read_excel(io.BytesIO(book), engine="calamine", dtype=str)
    assert "合同编码" in sheet.columns
    entries = HTTP.get(f"{service.url}/v1/audit?newest_first=true&limit=1", headers=official.bearer).json()["entries"]
    assert (entries[0]["action"], entries[0]["object"]) == ("list.export", "contracts")


def test_dead_letters_are_tried_out_by_the_technical_team(
    signed_in: Callable[..., Visit],
    service: ServedProcess,
    team: SomebodySignedIn,
    official: Partner,
    officer: SomebodySignedIn,
    agency_and_letters: str,
) -> None:
    visit = signed_in(team, viewport=WIDE)
    page = visit.page
    visit.open("/dead-letters?state=open&code=CONTRACT-001")
    page.get_by_label("选择本页全部").check()
    page.get_by_role("button", name="试运行所选").click()
    expect(page.locator("main")).to_contain_text("2 条中 0 条将会通过")
    expect(page.get_by_role("link", name="CONTRACT-001").first).to_be_visible()
    look(visit, "replay-trial-1440-zh")
    accessible(visit)
    looking = signed_in(viewport=PHONE)
    looking.open("/dead-letters")
    expect(looking.page.locator("main input[type=checkbox]")).to_have_count(0)
    own = {"Sec-Fetch-Site": "same-origin"}
    assert HTTP.post(f"{service.url}/dead-letters", auth=officer.auth, headers=own).status_code == 403


@pytest.mark.parametrize(("viewport", "language"), [(WIDE, "zh-CN"), (PHONE, "en-US")], ids=["wide", "phone"])
def test_a_backlog_is_seen_and_cleared(
    signed_in: Callable[..., Visit],
    service: ServedProcess,
    partner: Partner,
    team: SomebodySignedIn,
    viewport: dict[str, int],
    language: str,
) -> None:
    """Contracts were refused for their numbers; the agency corrects them; whoever runs the platform takes them in."""
    bodies = [samples.contract(viewport["width"] + index) for index in range(3)]
    with httpx.Client(base_url=service.url, headers=partner.bearer, timeout=60, trust_env=False) as system:
        lines = b"\n".join(orjson.dumps(body | {"headcount": 99}) for body in bodies)
        ndjson = {"Content-Type": "application/x-ndjson"}
        pushed = system.post("/v1/contracts", content=lines, headers=ndjson).json()
        assert pushed["counts"]["rejected"] == 3, pushed
        visit = signed_in(team, viewport=viewport, language=language)
        page = visit.page
        visit.open("/operations")
        before = int(page.locator("#dead_letters td").first.inner_text())
        assert before >= 3
        for ordinal, body in enumerate(bodies, start=1):
            edit = f"/v1/submissions/{pushed['submission_id']}/dead-letters/{ordinal}/edit"
            system.post(edit, json={"set": {"/headcount": body["headcount"]}}).raise_for_status()
        page.locator("#dead_letters a").click()
        accessible(visit)
        for body in bodies:
            page.get_by_role("row").filter(has_text=body["business_no"]).get_by_role("checkbox").check()
        page.locator(".choose button").click()
        page.get_by_role("button", name=re.compile("重放将会通过的 3 条|Replay the 3 that would pass")).click()
        expect(page.locator("h1")).to_contain_text("3")
        expect(page.get_by_role("button", name=re.compile("重放|Replay"))).to_have_count(0)
        look(visit, f"backlog-cleared-{viewport['width']}-{language}")
        visit.open("/operations")
        expect(page.locator("#dead_letters td").first).to_have_text(str(before - 3))
        found = system.post("/v1/contracts/lookup", json={"business_no": [body["business_no"] for body in bodies]})
        assert len(found.json()["records"]) == 3


def test_the_menu_shows_what_may_be_opened_and_where_one_is(
    signed_in: Callable[..., Visit], rosters: list[str], team: SomebodySignedIn
) -> None:
    visit = signed_in(viewport=PHONE)
    page = visit.page
    visit.open("/alerts")
    assert visit.open("/nowhere") == 404
    look(visit, "nowhere-390-zh")
    menu = page.get_by_role("navigation", name="业务")
    expect(menu).to_be_hidden()
    page.get_by_text("菜单", exact=True).click()
    expect(menu).to_be_visible()
    expect(page.get_by_role("button", name="退出")).to_be_visible()
    expect(menu.get_by_role("link", name="对接配置")).to_have_count(0)
    look(visit, "drawer-390-zh")
    accessible(visit)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    assert visit.open("/connectors") == 403
    expect(page.locator("nav.side a")).not_to_have_count(0)
    visit.open("/desk")
    expect(page.locator(".tiles").get_by_role("link", name="名单表")).to_contain_text("最早的已等")
    accessible(visit)
    look(visit, "desk-officer-390-zh")
    visit.open(f"/rosters/{rosters[0]}")
    here = page.locator("nav.side a[aria-current=page]")
    expect(here).to_contain_text("名单表")
    expect(here.locator(".waiting")).not_to_be_empty()
    wide = signed_in(team, viewport=WIDE)
    wide.open("/alerts")
    expect(wide.page.get_by_role("link", name="对接配置")).to_be_visible()
    wide.page.keyboard.press("Tab")
    expect(wide.page.get_by_role("link", name="跳到正文")).to_be_focused()
    wide.page.emulate_media(media="print")
    expect(wide.page.locator("nav.side")).to_be_hidden()
    expect(wide.page.locator("h1")).to_be_visible()


def test_the_console_is_dark_where_that_is_wanted(signed_in: Callable[..., Visit], rosters: list[str]) -> None:
    visit = signed_in(viewport=WIDE)
    page = visit.page
    visit.open(f"/rosters/{rosters[2]}")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("link", name="浅色").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("link", name="深色").click()
    visit.open("/rosters?departs_until=2017-08-07")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    look(visit, "rosters-dark-1440-zh")
    accessible(visit)
    visit.open(f"/rosters/{rosters[2]}")
    look(visit, "roster-dark-1440-zh")
    accessible(visit)


HOURS_AGO = """
    INSERT INTO queue_sample (at, queue, depth, oldest_seconds)
    SELECT date_trunc('hour', now()) - make_interval(hours => h), 'rosters', h, 60 FROM generate_series(1, 3) h;
    INSERT INTO traffic_sample (at, channel, submissions, accepted, rejected)
    SELECT date_trunc('hour', now()) - make_interval(hours => h), 'rest', h, h, 1 FROM generate_series(1, 3) h;
"""
"""As the service samples itself every few minutes."""


def test_operations_show_what_waits_and_what_came(
    team: SomebodySignedIn, signed_in: Callable[..., Visit], settings: Settings
) -> None:
    with psycopg.connect(str(settings.database.url)) as connection:
        connection.execute(HOURS_AGO)
    for language, size in LOOKS:
        visit = signed_in(team, language=language, viewport=size)
        visit.open("/operations")
        expect(visit.page.locator("#rosters td").first).to_have_text(re.compile(r"[1-9]\d"))
        expect(visit.page.locator("[data-figure] canvas")).to_have_count(2)
        accessible(visit)
        look(visit, f"operations-{language}-{size['width']}")


_SUMMER = "since=2017-07-01&until=2017-12-31"


_REPORTED = """
    SELECT count(*) FROM record WHERE kind = 'roster' AND state <> 'returned'
      AND depart_on BETWEEN '2017-07-01' AND '2017-12-31'
"""
"""What the tests of this file have left by now."""


def test_a_statistician_reads_drills_down_and_publishes(
    team: SomebodySignedIn, signed_in: Callable[..., Visit], settings: Settings
) -> None:
    for language, size in LOOKS:
        visit = signed_in(team, language=language, viewport=size)
        page = visit.page
        for name, path, canvases in (
            ("overview", f"/statistics?{_SUMMER}", 2),
            ("trade", f"/statistics/trade?{_SUMMER}", 1),
            ("rates", f"/statistics/rates?{_SUMMER}", 0),
            ("ranking", "/statistics/ranking?year=2017", 0),
        ):
            visit.open(path)
            expect(page.locator("[data-figure] canvas")).to_have_count(canvases)
            accessible(visit)
            look(visit, f"statistics-{name}-{language}-{size['width']}")
    visit.open(f"/statistics?{_SUMMER}")
    with psycopg.connect(str(settings.database.url)) as connection:
        (reported,) = connection.execute(_REPORTED).fetchone() or (0,)
    expect(page.locator("#totals td").first).to_have_text(str(reported))
    page.get_by_role("link", name="北京市").click()
    expect(page.locator("h1")).to_contain_text("北京市")
    page.get_by_role("link", name="东城区").or_(page.get_by_role("link", name="朝阳区")).first.click()
    expect(page.locator("#parts h2")).to_have_text("By agency")
    visit.open(f"/statistics/trade?{_SUMMER}")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#changes")).to_contain_text("Nothing is otherwise now")
    accessible(visit)
    look(visit, "statistics-publication")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Excel").click()
    sheet = pandas.read_excel(taken.value.path(), engine="calamine", dtype=str)
    (thailand,) = sheet[sheet.iloc[:, 1] == "TH"].to_numpy().tolist()
    assert int(thailand[3]) >= _ROSTERS
    assert int(thailand[4]) >= 2 * int(thailand[3])


def test_an_agency_reports_on_its_year_beside_its_figures(
    keeper: SomebodySignedIn, signed_in: Callable[..., Visit]
) -> None:
    for language, size in LOOKS:
        visit = signed_in(keeper, language=language, viewport=size)
        page = visit.page
        visit.open("/own-statistics?year=2017")
        page.fill("#expected_groups", "about ten")
        page.locator("#report button").click()
        expect(page.get_by_role("alert")).to_contain_text(visit.said("整数", "whole"))
        page.fill("#expected_groups", "120")
        page.fill("#revenue", "1,250,000.50")
        page.locator("#report button").click()
        expect(page.locator("#totals tbody tr").first).to_contain_text("0 / 120")
        expect(page.locator("#revenue")).to_have_value("1250000.50")
        accessible(visit)
        look(visit, f"own-statistics-{language}-{size['width']}")


def test_the_team_sees_partners_and_issues_what_they_sign_in_with(
    service: ServedProcess, team: SomebodySignedIn, signed_in: Callable[..., Visit]
) -> None:
    for language, size in LOOKS:
        visit = signed_in(team, language=language, viewport=size)
        visit.open("/partners?q=seaside")
        expect(visit.page.locator("tbody tr")).to_have_count(1)
        accessible(visit)
        look(visit, f"partners-{language}-{size['width']}")
        visit.page.click("tbody th a")
        accessible(visit)
        look(visit, f"partner-{language}-{size['width']}")
    page = visit.page
    page.select_option("#connector", "haiyan")
    page.get_by_role("button", name="Issue").click()
    bearer = f"{page.locator('#key-id').inner_text()}.{page.locator('#secret').inner_text()}"
    look(visit, "credential-en-US-390")
    answer = HTTP.get(f"{service.url}/v1/connectors", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 200


def test_an_agency_rotates_its_key_and_looks_at_its_deliveries(
    service: ServedProcess, keeper: SomebodySignedIn, signed_in: Callable[..., Visit]
) -> None:
    visit = signed_in(keeper, viewport=WIDE)
    page = visit.page
    visit.open("/keys")
    before = page.locator("tbody tr").count()
    page.locator("summary").first.click()
    accessible(visit)
    look(visit, "keys-zh-CN-1440")
    page.get_by_role("button", name="轮换", exact=True).first.click()
    key, secret = page.locator("#key-id").inner_text(), page.locator("#secret").inner_text()
    accessible(visit)
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {key}.{secret}"}) as system:
        added = system.post("/v1/targets", json={"url": "https://93.184.216.34/hook", "events": ["roster.state"]})
    assert added.status_code == 201, added.text
    page.get_by_role("link", name="完成").click()
    expect(page.locator("tbody tr")).to_have_count(before + 1)
    visit.open("/deliveries")
    accessible(visit)
    look(visit, "deliveries-zh-CN-1440")
    page.click("tbody th a")
    expect(page.locator(".empty-state")).to_be_visible()
    accessible(visit)
    look(visit, "delivery-log-zh-CN-1440")
    phone = signed_in(keeper, language="en-US", viewport=PHONE)
    for path in ("/keys", "/deliveries"):
        phone.open(path)
        accessible(phone)
        look(phone, f"{path.strip('/')}-en-US-390")


def test_an_inspector_checks_a_contract_on_a_bad_network(
    contracts: dict[str, dict[str, Any]], inspector: SomebodySignedIn, signed_in: Callable[..., Visit], tmp_path: Path
) -> None:
    contract = contracts["signed"]
    scene, view = PIL.Image.new("RGB", (1500, 2000), "#b8a88c"), tmp_path / "scene.jpg"
    scene.paste(PIL.Image.open(io.BytesIO(contract["image"])).convert("RGB").resize((700, 700)), (400, 600))
    scene.save(view)
    visit = signed_in(inspector, viewport=PHONE)
    page = visit.page
    visit.open("/inspect")
    accessible(visit)
    look(visit, "inspect-zh-CN-390")
    page.set_input_files("#photo", view)
    expect(page.get_by_role("heading", name=contract["printed"])).to_be_visible()
    accessible(visit)
    look(visit, "check-zh-CN-390")
    page.get_by_label("与登记不符").check()
    page.fill("#note", "车上 30 人")
    page.set_input_files("#photos", [view, view])
    page.context.set_offline(True)
    visit.is_offline = True
    page.get_by_role("button", name="提交").click()
    expect(page.locator("[data-waiting]")).to_contain_text("1")
    look(visit, "check-waiting-zh-CN-390")
    page.context.set_offline(False)
    expect(page.locator("[data-waiting]")).to_be_hidden()
    visit.open("/inspect/checks?mine=yes")
    expect(page.locator("tbody tr")).to_have_count(1)
    accessible(visit)
    look(visit, "checks-zh-CN-390")
    page.click("tbody th a")
    expect(page.locator(".photos img")).to_have_count(2)
    accessible(visit)
    look(visit, "check-made-zh-CN-390")


def test_a_check_whose_answer_is_lost_is_stored_once(
    contracts: dict[str, dict[str, Any]], inspector: SomebodySignedIn, signed_in: Callable[..., Visit]
) -> None:
    visit = signed_in(inspector, language="en-US", viewport=WIDE)
    page, lost = visit.page, []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            headers = {**route.request.all_headers(), "sec-fetch-site": "same-origin"}
            lost.append(route.fetch(max_redirects=0, headers=headers).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/inspect/of/**", lose)
    visit.is_offline = True
    visit.open(f"/inspect/of/{contracts['void']['code']}")
    accessible(visit)
    look(visit, "check-en-US-1440")
    page.get_by_label("As registered", exact=True).check()
    page.get_by_role("button", name="Record it").click()
    expect(page.locator("[data-waiting]")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    assert lost == [303]
    visit.open(f"/inspect/of/{contracts['void']['code']}")
    expect(page.locator(".timeline .tag.good")).to_have_count(1)
