"""Model contracts as people work on them: a province uploads one, a template is made of it, it is published."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import ServedProcess
from tests.people import SomebodySignedIn, add_person
from tests.word import making

pytestmark = pytest.mark.needs("libreoffice")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture(scope="module", autouse=True)
def province(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "fan.ben", {Duty.TEMPLATE_OFFICER}, "350000", name="范本")


@pytest.fixture(scope="module", autouse=True)
def technician(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "ji.shu", {Duty.TECHNICAL_TEAM}, "350000", name="季书")


def upload(visit: Visit, name: str, title: str, content: bytes | None = None) -> None:
    page = visit.page
    visit.open("/templates/new")
    page.locator("#title").fill(title)
    page.locator("#contract_type").select_option("domestic")
    kept = making.made(name).content if content is None else content
    page.locator("#document").set_input_files({"name": f"{name}.docx", "mimeType": _DOCX, "buffer": kept})
    page.locator("form.entry button").click()


def test_a_province_has_its_contract_made_a_template(
    new_visit: Callable[..., Visit], province: SomebodySignedIn, technician: SomebodySignedIn
) -> None:
    officer, team = new_visit(viewport=WIDE, who=province), new_visit(viewport=WIDE, who=technician)
    phone, english = (new_visit(viewport=NARROW, language="en", who=who) for who in (province, technician))
    upload(officer, "guonei", "福建省团队境内旅游合同")
    expect(officer.page.locator("h1")).to_contain_text("待处理")
    where = urlsplit(officer.page.url).path
    seen(officer, phone, where, "template-uploaded")

    team.open("/templates")
    team.page.get_by_role("link", name="福建省团队境内旅游合同").click()
    clicks = Clicks(team.page)
    clicks.on("开始模板化处理")
    seen(team, english, f"{where}/bench", "template-bench")
    meanings = making.made("guonei").meanings
    for number, meaning in enumerate(meanings, 1):
        choice = team.page.locator(f"#m-{number}")
        if choice.input_value() != meaning:
            clicks.choose(choice, meaning)
    clicks.on("保存并提交样张")
    expect(team.page.locator("h1")).to_contain_text("待审核")
    assert clicks.count <= 12

    officer.open(where)
    expect(officer.page.locator(".sheets img").first).not_to_have_js_property("naturalWidth", 0)
    seen(officer, phone, where, "template-review")
    officer.page.get_by_role("button", name="发布").click()
    expect(officer.page.locator("h1")).to_contain_text("已发布")
    seen(officer, phone, where, "template-published")
    seen(officer, phone, "/templates", "template-list")


class Clicks:
    """Counts what somebody does once the draft is there."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.count = 0

    def on(self, name: str) -> None:
        self._page.get_by_role("button", name=name, exact=True).click()
        self.count += 1

    def choose(self, choice, meaning: str) -> None:
        if choice.locator(f"option[value='{meaning}']").count():
            choice.select_option(meaning)
        else:
            choice.select_option("other")
            choice.locator("xpath=following-sibling::input").fill(meaning)
        self.count += 1


def seen(wide: Visit, narrow: Visit, where: str, name: str) -> None:
    """Both look at a page, and axe does."""
    for visit, size in ((wide, "1440-zh"), (narrow, "390-en")):
        visit.open(where)
        for picture in visit.page.locator(".sheets img").all()[:2]:
            expect(picture).not_to_have_js_property("naturalWidth", 0)
        look(visit, f"{name}-{size}")
        accessible(visit)


def test_a_document_that_could_do_harm_is_refused_with_its_reason(
    new_visit: Callable[..., Visit], province: SomebodySignedIn
) -> None:
    wide, narrow = new_visit(viewport=WIDE, who=province), new_visit(viewport=NARROW, language="en", who=province)
    for visit, words in ((wide, "模板标记"), (narrow, "mark of a template")):
        upload(visit, "x", "试", making.made_of("旅行社：[[u:agency.name]] {{ 7*7 }}").content)
        expect(visit.page.get_by_role("alert")).to_contain_text(words)
        expect(visit.page.locator("#title")).to_have_value("试")
        look(visit, f"template-refused-{visit.page.viewport_size['width']}")
        accessible(visit)
