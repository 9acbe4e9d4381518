"""An agency without a system: a clerk imports a sheet with a mistake, sees it at its cell, and corrects it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pandas
import pytest
from playwright.sync_api import Page, expect

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from schemas import samples
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import HTTP, Partner, ServedProcess, issue_partner
from tests.people import SomebodySignedIn, add_person
from tests.templates import filled

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def partner(settings: Settings, service: ServedProcess) -> Partner:
    """An agency, which has a credential as well."""
    return issue_partner(settings, "minnan", division="350200", uscc="91350100M000100Y43")


@pytest.fixture(scope="module", autouse=True)
def clerk(settings: Settings, service: ServedProcess, partner: Partner) -> SomebodySignedIn:
    return add_person(settings, "wu.min", {Duty.AGENCY_CLERK}, agency=partner.name, name="吴敏")


@pytest.fixture(scope="module", autouse=True)
def stranger(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "lin.xiao", {Duty.ROSTER_OFFICER}, "000000")


@pytest.fixture(scope="module", autouse=True)
def auditor(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "000000")


@pytest.fixture
def desk(clerk: SomebodySignedIn, new_visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def open_window(**options: Any) -> Visit:
        return new_visit(who=clerk, **options)

    return open_window


def rosters(*numbers: int, bad: int | None = None) -> bytes:
    """A filled template; the passport of somebody in `bad` is no passport."""
    bodies = [samples.roster(number, travellers=2) for number in numbers]
    for number, body in zip(numbers, bodies, strict=True):
        if number == bad:
            body["travellers"][1]["document"]["number"] = "E1"
    return filled("roster.v1", bodies)


def choose(page: Page, sheet: bytes, folder: Path, *, kind: str = "roster", name: str = "八月名单.xlsx") -> None:
    path = folder / name
    path.write_bytes(sheet)
    page.locator(f"input[name=kind][value={kind}]").check()
    page.locator("#sheet").set_input_files(path)
    page.locator("main form button").first.click()


def states(service: ServedProcess, partner: Partner, *numbers: int) -> list[int]:
    return [
        HTTP.get(f"{service.url}/v1/rosters/{samples.roster(number)['group_no']}", headers=partner.bearer).status_code
        for number in numbers
    ]


def test_a_clerk_imports_a_bad_sheet_and_corrects_it(
    desk: Callable[..., Visit], service: ServedProcess, partner: Partner, auditor: Partner, tmp_path: Path
) -> None:
    visit = desk(viewport=WIDE)
    page = visit.page
    visit.open("/import")
    look(visit, "import-1440-zh")
    accessible(visit)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择表格的种类")
    accessible(visit)
    choose(page, rosters(501, 502, bad=502), tmp_path)
    expect(page.get_by_role("status")).to_contain_text("1 条须更正")
    expect(page.locator("main")).to_contain_text("旅游者!T7")
    expect(page.locator("td.found.error")).to_contain_text("E1")
    look(visit, "import-preview-1440-zh")
    accessible(visit)
    assert states(service, partner, 501, 502) == [404, 404], "a preview stores nothing"
    with page.expect_download() as fetched:
        page.get_by_role("button", name="下载标注原因的表格").click()
    book = pandas.read_excel(io.BytesIO(Path(fetched.value.path()).read_bytes()), engine="calamine", dtype=str)
    assert "E1" in book.to_string()
    assert "旅游者!T7" in book.to_string()
    page.get_by_role("button", name="只报送通过的 1 条").click()
    page.wait_for_url("**/submissions/**handed_in")
    expect(page.get_by_role("status")).to_contain_text("受理 1 条")
    look(visit, "handed-in-1440-zh")
    accessible(visit)
    assert states(service, partner, 501, 502) == [200, 404]
    page.get_by_role("link", name=samples.roster(502)["group_no"]).click()
    field = page.get_by_label("证件号码 旅游者 第 2 行")
    expect(field).to_have_value("E1")
    look(visit, "rejected-record-1440-zh")
    accessible(visit)
    field.fill("E2")
    page.get_by_role("button", name="更正并报送").click()
    expect(page.get_by_role("alert")).to_contain_text("仍未通过")
    expect(field).to_have_value("E2")
    accessible(visit)
    field.fill("E20001234")
    page.get_by_role("button", name="更正并报送").click()
    expect(page.get_by_role("status")).to_contain_text("已更正并报送")
    expect(page.get_by_text("已更正", exact=True)).to_be_visible()
    assert states(service, partner, 501, 502) == [200, 200]
    entries = HTTP.get(f"{service.url}/v1/audit?newest_first=true&limit=20", headers=auditor.bearer).json()["entries"]
    did = {entry["action"]: entry["actor"] for entry in entries}
    assert did["submission.hand_in"] == f"{partner.name}/wu.min"
    assert did["dead_letter.edit"] == f"{partner.name}/wu.min"


def test_the_same_on_a_phone_in_english(
    desk: Callable[..., Visit], service: ServedProcess, partner: Partner, tmp_path: Path
) -> None:
    visit = desk(viewport=PHONE, language="en")
    page = visit.page
    visit.open("/import")
    look(visit, "import-390-en")
    choose(page, rosters(511, 512, bad=512), tmp_path, name="august.xlsx")
    expect(page.get_by_role("status")).to_contain_text("1 to correct")
    look(visit, "import-preview-390-en")
    accessible(visit)
    choose_again = page.get_by_role("link", name="Correct it and upload again")
    choose_again.click()
    good = rosters(511, 512)
    choose(page, good, tmp_path, name="august.xlsx")
    page.get_by_role("button", name="Hand in 2").click()
    expect(page.get_by_role("status")).to_contain_text("2 taken")
    look(visit, "handed-in-390-en")
    accessible(visit)
    visit.open("/import")
    choose(page, good, tmp_path, name="august.xlsx")
    expect(page.get_by_role("status")).to_contain_text("was handed in before")
    page.get_by_role("button", name="Hand in 2").click()
    page.wait_for_url("**/submissions/**again")
    expect(page.get_by_role("status")).to_contain_text("was handed in before")
    visit.open("/submissions")
    expect(page.locator("tbody")).to_contain_text("august.xlsx")
    look(visit, "submissions-390-en")
    accessible(visit)


def test_a_contract_has_its_code_and_qr_and_a_returned_roster_its_reason(
    desk: Callable[..., Visit], service: ServedProcess, partner: Partner, auditor: Partner, tmp_path: Path
) -> None:
    visit = desk(viewport=WIDE)
    page = visit.page
    visit.open("/import")
    choose(page, filled("contract.v1", [samples.contract(521)]), tmp_path, kind="contract", name="合同.xlsx")
    page.get_by_role("button", name="报送 1 条").click()
    page.wait_for_url("**/submissions/**handed_in")
    expect(page.get_by_role("img", name="的二维码")).to_have_js_property("complete", value=True)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载签名回执").click()
    assert Path(fetched.value.path()).read_bytes().count(b".") == 2, "a compact JWS"
    look(visit, "handed-in-contract-1440-zh")
    pushed = HTTP.post(f"{service.url}/v1/rosters", json=samples.roster(522), headers=partner.bearer)
    number = samples.roster(522)["group_no"]
    assert pushed.is_success
    returned = {"state": "returned", "reason": "第 2 位游客的护照有效期不足"}
    HTTP.post(f"{service.url}/v1/rosters/{number}/state", json=returned, headers=auditor.bearer).raise_for_status()
    visit.open("/submissions")
    expect(page.get_by_role("row", name=number)).to_contain_text("护照有效期不足")
    look(visit, "submissions-1440-zh")
    accessible(visit)
    visit.open("/submissions?kind=contract")
    expect(page.get_by_role("row", name=number)).to_have_count(0)
    expect(page.locator("#listing tbody tr")).not_to_have_count(0)
    visit.open("/submissions?lang=zh")
    expect(page.get_by_role("row", name=number)).to_contain_text("护照有效期不足")
    sheet = filled("roster.v1", [samples.roster(522) | {"route_name": "泰国曼谷五日游"}, samples.roster(523)])
    visit.open("/import")
    choose(page, sheet, tmp_path)
    expect(page.locator("main")).to_contain_text("编号已报送过，内容不同")
    accessible(visit)
    page.get_by_role("button", name="只报送通过的 1 条").click()
    expect(page.get_by_role("heading", name="未受理的记录")).to_be_visible()
    accessible(visit)
    visit.open("/import")
    choose(page, sheet, tmp_path)
    page.get_by_role("button", name="作为更正重新核对").click()
    page.get_by_role("button", name="报送 2 条").click()
    expect(page.get_by_role("status")).to_contain_text("受理 2 条")


def test_what_cannot_be_read_is_told_and_nobody_else_may_look(
    service: ServedProcess, clerk: SomebodySignedIn, stranger: SomebodySignedIn, partner: Partner
) -> None:
    with clerk.client(service.url) as client:
        form: dict[str, Any] = {"files": {"sheet": ("a.xlsx", b"PK\x03\x04 no workbook")}, "data": {"kind": "roster"}}
        refused = client.post("/import/preview?lang=zh", **form)
        assert refused.status_code == 400
        assert "无法读取" in refused.text
        large = client.post("/import/preview?lang=zh", files={"sheet": b"0" * 4_300_000}, data={"kind": "roster"})
        assert (large.status_code, "不超过 4 MB" in large.text) == (400, True)
        own = HTTP.get(f"{service.url}/v1/submissions?limit=1", headers=partner.bearer).json()
        before = {"limit": "1", "before": own["next"]}
        earlier = HTTP.get(f"{service.url}/v1/submissions", params=before, headers=partner.bearer).json()
        assert earlier["submissions"][0]["received_at"] <= own["submissions"][0]["received_at"]
        assert earlier["submissions"] != own["submissions"]
        address = f"/submissions/{own['submissions'][0]['submission_id']}"
        assert client.get(address).status_code == 200
    with stranger.client(service.url) as other:
        assert [other.get(path).status_code for path in ("/import", "/submissions", address)] == [403] * 3
    assert httpx.post(f"{service.url}/import", cookies=clerk.cookies, trust_env=False).status_code == 403


def test_a_row_without_a_record_is_corrected_in_the_sheet(
    service: ServedProcess, clerk: SomebodySignedIn, partner: Partner
) -> None:
    sheet = filled("roster.v1", [samples.roster(541)], 旅游者=[["TG-ELSEWHERE", 1, "李示例"]])
    with clerk.client(service.url) as client:
        handed_in = client.post("/import", files={"sheet": ("a.xlsx", sheet)}, data={"kind": "roster"})
        here = handed_in.headers["location"].partition("?")[0]
        shown = client.get(f"{here}/letters/2?lang=zh")
        assert (shown.status_code, "这一行不属于任何记录" in shown.text) == (200, True)
        assert client.post(f"{here}/letters/2", data={"v:/name": "李示例"}).status_code == 400
        assert client.get(f"{here}/letters/1").status_code == 404, "what was taken is no dead letter"
        assert client.get(f"{here}/rejected.xlsx").content.startswith(b"PK")


def test_a_trial_gives_the_rejects_as_a_sheet(service: ServedProcess, partner: Partner) -> None:
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    body = rosters(531, 532, bad=532)
    asked = {**partner.bearer, "Content-Type": sheet, "Accept": sheet}
    answer = HTTP.post(f"{service.url}/v1/rosters?dry_run=true", content=body, headers=asked)
    book = pandas.read_excel(io.BytesIO(answer.content), engine="calamine", dtype=str)
    assert "旅游者!T7" in book.to_string()
    assert states(service, partner, 531) == [404]


def test_a_large_document_shows_how_far_it_is_and_then_its_result(
    service: ServedProcess, partner: Partner, desk: Callable[..., Visit]
) -> None:
    lines = b"\n".join(orjson.dumps(samples.contract(number)) for number in range(1000, 4000))
    headers = {**partner.bearer, "Content-Type": "application/x-ndjson", "Prefer": "respond-async"}
    answer = HTTP.post(f"{service.url}/v1/contracts", content=lines, headers=headers)
    assert answer.status_code == 202, answer.text
    visit = desk(viewport=WIDE)
    visit.open(f"/submissions/{answer.json()['submission_id']}")
    visit.picture("submission-under-way-zh-CN-1440")
    expect(visit.page.locator("main")).to_contain_text("共 3000，受理 3000", timeout=60_000)
    accessible(visit)
