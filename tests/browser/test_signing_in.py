"""Signing in as people do: an invitation, a second factor, a passkey, a colleague appointed, an account handed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pyotp
import pytest
from playwright.sync_api import Page, expect
from psycopg.sql import SQL, Identifier

from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from tests.browser.conftest import Visit, accessible, look
from tests.conftest import ServedProcess, until
from tests.people import PASSWORD, SomebodySignedIn, add_person
from tests.processes import yizhan

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = [(WIDE, "zh-CN", "1440-zh"), (NARROW, "en", "390-en")]


@pytest.fixture(scope="module", autouse=True)
def service(settings: Settings) -> Iterator[ServedProcess]:
    """A service that has a name: browsers make no passkeys for a number."""
    served = ServedProcess(settings, alone=True, host="localhost")
    served.start()
    try:
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="module")
def contracts() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module", autouse=True)
def code(settings: Settings, service: ServedProcess) -> str:
    """What the terminal tells the first administrator of a province."""
    told = yizhan(settings, "admin", "create", "lin.xiao", "--name", "林晓", "--phone", "0591-87654321",
                  "--division", "350000")  # fmt: skip
    assert told.returncode == 0, told.stderr
    found = re.search(r"code: +(\S+)", told.stdout)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module", autouse=True)
def officer(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "wang.fang", {Duty.ROSTER_OFFICER}, "350000", name="王芳")


@pytest.fixture(scope="module", autouse=True)
def city(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "zhao.min", {Duty.SYSTEM_ADMINISTRATOR}, "350100", name="赵敏")


@pytest.fixture(scope="module", autouse=True)
def elsewhere(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "zhou.jie", {Duty.SYSTEM_ADMINISTRATOR}, "350300", name="周杰")


@pytest.fixture(scope="module", autouse=True)
def successor(settings: Settings, elsewhere: SomebodySignedIn) -> SomebodySignedIn:
    """A colleague of the same office, who administers nothing yet."""
    return add_person(settings, "xu.hui", {Duty.CONTRACT_OFFICER}, "350300", name="徐慧")


@pytest.fixture(scope="module", autouse=True)
def neighbour(settings: Settings, service: ServedProcess) -> SomebodySignedIn:
    return add_person(settings, "luo.an", {Duty.SYSTEM_ADMINISTRATOR}, "360000", name="罗安")


def _authenticator(page: Page) -> str:
    """Add the authenticator that the page offers, as a phone would; the code that it was added by."""
    code = pyotp.TOTP(page.locator("#secret").inner_text()).now()
    page.get_by_label("6 位数字").fill(code)
    page.get_by_role("button", name="添加验证器").click()
    return code


def test_the_first_administrator_sets_up_a_city(new_visit: Callable[..., Visit], code: str) -> None:
    visit = new_visit(viewport=WIDE)
    page = visit.page
    visit.open("/activate")
    look(visit, "activate-code-1440-zh")
    page.get_by_label("激活码").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="继续").click()
    page.get_by_label("新密码").fill("password1234")
    page.get_by_label("再输入一次").fill("password1234")
    page.get_by_role("button", name="设置密码").click()
    expect(page.get_by_role("alert")).to_contain_text("密码过于简单")
    look(visit, "activate-1440-zh")
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再输入一次").fill(PASSWORD)
    page.get_by_role("button", name="设置密码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("添加二次验证")
    look(visit, "add-factor-1440-zh")
    used = _authenticator(page)
    expect(page.locator("#codes li")).to_have_count(10)
    look(visit, "recovery-codes-1440-zh")
    recovery = page.locator("#codes li").first.inner_text()
    page.get_by_role("link", name="已保存，继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("林晓，您好")
    look(visit, "desk-1440-zh")

    page.get_by_role("navigation", name="业务").get_by_role("link", name="机构与账号").click()
    look(visit, "accounts-1440-zh")
    page.get_by_role("row", name=re.compile("厦门市")).get_by_role("link", name="委派").click()
    page.get_by_label("姓名").fill("陈晨")
    page.get_by_label("联系电话").fill("不详")
    page.get_by_label("登录名").fill("chen.chen")
    page.get_by_role("button", name="开通并生成激活码").click()
    expect(page.get_by_role("alert")).to_contain_text("联系电话")
    look(visit, "account-mistake-1440-zh")
    page.get_by_label("联系电话").fill("0592-1234567")
    page.get_by_role("button", name="开通并生成激活码").click()
    expect(page.locator("#code")).to_have_text(re.compile(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}"))
    look(visit, "account-code-1440-zh")
    visit.open("/accounts")
    expect(page.get_by_role("row", name=re.compile("厦门市"))).to_contain_text("1 / 1")
    visit.open("/administrators")
    expect(page.locator("main")).to_contain_text("0592-1234567")
    look(visit, "administrators-1440-zh")

    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    assert visit.open("/accounts") == 200
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_label("登录名").fill("lin.xiao")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("登录信息不正确")
    look(visit, "signin-1440-zh")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_label("验证器上的 6 位数字，或恢复码").fill(used)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("alert")).to_be_visible()  # a code is good once: this one added the authenticator
    look(visit, "second-1440-zh")
    page.get_by_label("验证器上的 6 位数字，或恢复码").fill(recovery)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("机构与账号")


def test_a_passkey_is_added_and_signs_in_alone(
    new_visit: Callable[..., Visit], city: SomebodySignedIn, service: ServedProcess
) -> None:
    visit = new_visit(viewport=NARROW, language="en", who=city)
    page = visit.page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    visit.open("/me/second-factor")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them, go on").click()
    expect(page.locator("#factors")).to_contain_text("Office computer")
    look(visit, "me-390-en")
    page.locator("main").get_by_role("button", name="Sign out", exact=True).last.click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Good day, 赵敏")
    look(visit, "desk-390-en")


@pytest.mark.parametrize(("viewport", "language", "name"), LOOKS)
def test_the_pages_of_an_office(
    new_visit: Callable[..., Visit],
    elsewhere: SomebodySignedIn,
    viewport: dict[str, int],
    language: str,
    name: str,
) -> None:
    visit = new_visit(viewport=viewport, language=language, who=elsewhere)
    for path in ("/accounts", "/accounts/new", "/accounts/new?office=350302", f"/accounts/{elsewhere.login}", "/me"):
        assert visit.open(path) == 200
        assert visit.page.url.endswith(path)
        if visit.page.locator("details:has(.matrix)").count():
            visit.page.locator("details:has(.matrix)").evaluate("each => (each.open = true)")
        accessible(visit)
        look(visit, f"office{path.replace('/', '-').replace('?', '-')}-{name}")


def test_a_city_is_set_up_by_phone(new_visit: Callable[..., Visit], neighbour: SomebodySignedIn) -> None:
    visit = new_visit(viewport=NARROW, language="en", who=neighbour)
    page = visit.page
    visit.open("/accounts")
    page.get_by_role("link", name="Appoint").first.click()
    page.get_by_label("Name").fill("何平")
    page.get_by_label("Phone").fill("0791-1234567")
    page.get_by_label("Login").fill("he.ping")
    page.get_by_role("button", name="Open it and make a code").click()
    code = page.locator("#code").inner_text()
    accessible(visit)
    look(visit, "account-code-390-en")
    coming = new_visit(viewport=NARROW, language="en")
    coming.open("/activate")
    coming.page.get_by_label("Your code").fill(code)
    coming.page.locator("form button").last.click()
    coming.page.get_by_label("New password").fill(PASSWORD)
    coming.page.get_by_label("Once more").fill(PASSWORD)
    coming.page.get_by_role("button", name="Set the password").click()
    secret = coming.page.locator("#secret").inner_text()
    look(coming, "add-factor-390-en")
    accessible(coming)
    coming.page.get_by_label("Six digits").fill(pyotp.TOTP(secret).now())
    coming.page.get_by_role("button", name="Add the authenticator").click()
    expect(coming.page.locator("#codes li")).to_have_count(10)
    coming.page.get_by_role("link", name="I have kept them, go on").click()
    expect(coming.page.get_by_role("heading", level=1)).to_have_text("Good day, 何平")
    accessible(coming)


def test_an_administrator_hands_the_office_over(
    new_visit: Callable[..., Visit], elsewhere: SomebodySignedIn, successor: SomebodySignedIn
) -> None:
    leaving = new_visit(viewport=WIDE, who=elsewhere)
    leaving.open(f"/accounts/{successor.login}")
    accessible(leaving)
    look(leaving, "hand-over-1440-zh")
    leaving.page.get_by_role("button", name="移交给 徐慧").click()
    expect(leaving.page.locator("h1")).to_have_text("我的账号")
    assert leaving.open("/accounts") == 403
    coming = new_visit(viewport=NARROW, language="en", who=successor)
    assert coming.open("/accounts") == 200
    coming.open("/administrators")
    expect(coming.page.locator("main")).to_contain_text("徐慧")
    expect(coming.page.locator("main")).not_to_contain_text("周杰")
    accessible(coming)
    look(coming, "handed-over-390-en")


@pytest.mark.parametrize(("viewport", "language", "name"), LOOKS)
def test_the_status_page_stays_while_the_database_is_away(
    new_visit: Callable[..., Visit],
    settings: Settings,
    city: SomebodySignedIn,
    viewport: dict[str, int],
    language: str,
    name: str,
) -> None:
    visit = new_visit(viewport=viewport, language=language, who=city)
    assert visit.open("/status") == 200
    with _database_away(settings):
        assert visit.open("/status") == 503
        accessible(visit)
        look(visit, f"status-away-{name}")
        assert visit.open("/desk") == 503
        accessible(visit)
        look(visit, f"desk-away-{name}")
        visit.complaints = [one for one in visit.complaints if "status of 503" not in one]
    until(lambda: visit.open("/status") == 200, "the status page says that it is back")
    assert visit.open("/desk") == 200


@contextmanager
def _database_away(settings: Settings) -> Iterator[None]:
    """Nobody may connect to the database of the service, and whoever was connected is not any more."""
    address = urlsplit(str(settings.database.url))
    name = Identifier(address.path.lstrip("/"))
    allow = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(address._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(allow.format(name, SQL("false")))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [address.path.lstrip("/")]
        )
        try:
            yield
        finally:
            connection.execute(allow.format(name, SQL("true")))
