"""People with accounts: opened, given duties, signed in, locked out, suspended; by page, API and terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import text

from gateway.access.accounts import Role
from gateway.base.settings import HttpSettings, Settings
from gateway.persons.duties import Duty
from gateway.store.database import Database
from tests.conftest import Partner, running
from tests.people import PASSWORD, Session, SomebodySignedIn, add_person
from tests.processes import yizhan

OWN = {"Sec-Fetch-Site": "same-origin"}
FACTS = {"name": "陈晨", "phone": "0592-1234567"}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"http": HttpSettings(public_url="http://hub.example.test")})


@pytest.fixture(scope="module")
def operator(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("team", Role.OPERATOR, "000000")


@pytest.fixture(scope="module")
def province(settings: Settings) -> SomebodySignedIn:
    return add_person(settings, "lin.xiao", {Duty.SYSTEM_ADMINISTRATOR}, "350000")


@pytest.fixture
def browser(client: httpx.Client) -> Any:
    """A browser of its own, that keeps cookies."""
    with httpx.Client(base_url=client.base_url, headers=OWN, timeout=60, trust_env=False) as opened:
        yield opened


def opened(client: httpx.Client, operator: Partner, login: str, *duties: Duty, office: str = "350200") -> str:
    """The code of a new account."""
    asked = {"office": office, "login": login, "duties": [*duties], **FACTS}
    answer = client.post("/v1/persons", json=asked, auth=operator.auth)
    assert answer.status_code == 201, answer.text
    return answer.json()["code"]


def activated(browser: httpx.Client, code: str, password: str = PASSWORD) -> httpx.Response:
    return browser.post(f"/activate/{code}", data={"password": password, "again": password})


def secret_of(page: httpx.Response) -> tuple[str, str]:
    """The authenticator that a page offers: its key, and what goes back with a code."""
    found = re.search(r'id="secret">([A-Z2-7]{32})<', page.text), re.search(r'name="sealed" value="([^"]+)"', page.text)
    assert found[0] is not None
    assert found[1] is not None
    return found[0][1], found[1][1]


def with_authenticator(browser: httpx.Client) -> str:
    """The code by which an authenticator was added."""
    secret, sealed = secret_of(browser.get("/me/second-factor"))
    code = pyotp.TOTP(secret).now()
    added = browser.post("/me/second-factor/authenticator", data={"sealed": sealed, "code": code, "to": "/desk"})
    assert added.status_code == 200, added.text
    return code


def signed_in(browser: httpx.Client, login: str, password: str = PASSWORD) -> httpx.Response:
    return browser.post("/signin", data={"login": login, "password": password, "to": "/me"})


def test_without_a_second_factor_there_is_nothing_but_to_add_one(
    client: httpx.Client, browser: httpx.Client, operator: Partner
) -> None:
    answer = activated(browser, opened(client, operator, "chen.chen", Duty.ROSTER_OFFICER))
    assert answer.headers["location"].startswith("/signin/second")
    for path in ("/desk", "/me", "/accounts"):
        assert browser.get(path).headers["location"].startswith("/signin/second?to=")
    with_authenticator(browser)
    assert browser.get("/desk").status_code == 200


def test_a_token_of_half_a_session_is_worth_nothing_once_it_is_whole(
    client: httpx.Client, browser: httpx.Client, operator: Partner
) -> None:
    activated(browser, opened(client, operator, "half", Duty.ROSTER_OFFICER))
    before = browser.cookies["yizhan-session"]
    with_authenticator(browser)
    assert browser.cookies["yizhan-session"] != before
    assert client.get("/desk", auth=Session(before)).status_code == 303


def test_a_code_opens_an_account_once_and_a_reset_ends_what_was(
    client: httpx.Client, browser: httpx.Client, operator: Partner
) -> None:
    code = opened(client, operator, "once", Duty.INSPECTOR)
    activated(browser, code)
    with_authenticator(browser)
    assert activated(browser, code).status_code == 410
    reset = client.post("/v1/persons/once/reset", auth=operator.auth).json()["code"]
    assert browser.get("/desk").status_code == 200, "nobody is locked out by a code that is not used"
    answer = activated(browser, reset, "another horse 驿站 battery")
    assert answer.headers["location"].startswith("/signin/second")
    assert browser.get("/me/second-factor").status_code == 200, "the authenticator of before is forgotten"
    assert signed_in(browser, "once").status_code == 401


@pytest.mark.parametrize("login", ["locked.out", "nobody.is.called.so"])
def test_who_fails_too_often_waits_whether_or_not_somebody_is_called_so(
    client: httpx.Client, browser: httpx.Client, operator: Partner, login: str
) -> None:
    if login == "locked.out":
        activated(browser, opened(client, operator, login, Duty.INSPECTOR))
    told = [signed_in(browser, login, "wrong").status_code for _ in range(5)]
    assert told == [401] * 5
    answer = signed_in(browser, login)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 15


def test_many_attempts_at_once_are_not_more_than_one_after_another(client: httpx.Client, operator: Partner) -> None:
    async def attempt() -> list[int]:
        async with httpx.AsyncClient(base_url=client.base_url, headers=OWN, timeout=60, trust_env=False) as many:
            asked = [many.post("/signin", data={"login": "crowd", "password": str(n)}) for n in range(12)]
            return [each.status_code for each in await asyncio.gather(*asked)]

    told = asyncio.run(attempt())
    assert told.count(401) <= 5
    assert set(told) <= {401, 429, 503}


def test_an_authenticator_code_is_good_once(client: httpx.Client, browser: httpx.Client, operator: Partner) -> None:
    activated(browser, opened(client, operator, "twice", Duty.INSPECTOR))
    code = with_authenticator(browser)
    assert signed_in(browser, "twice").status_code == 303
    assert browser.post("/signin/second", data={"code": code}).status_code == 401


@pytest.mark.parametrize(
    ("office", "duties", "code"),
    [
        ("350200", [Duty.SYSTEM_ADMINISTRATOR, Duty.AUDITOR], "PERSON-001"),
        ("350200", [Duty.AUDITOR, Duty.SECURITY_OFFICER, Duty.INSPECTOR], "PERSON-001"),
        ("350200", [Duty.AGENCY_CLERK], "PERSON-001"),
        ("350200", [], "PERSON-001"),
        ("999999", [Duty.INSPECTOR], "PERSON-001"),
        ("350200", ["emperor"], "REQUEST-001"),
        ("91350100M000100Y43", [Duty.AGENCY_CLERK], "REQUEST-003"),
    ],
)
def test_what_cannot_stand_is_refused(
    client: httpx.Client, operator: Partner, office: str, duties: list[str], code: str
) -> None:
    asked = {"office": office, "login": "never", "duties": duties, **FACTS}
    assert client.post("/v1/persons", json=asked, auth=operator.auth).json()["code"] == code


@pytest.mark.parametrize(("division", "most"), [("330000", 2), ("330100", 1), ("330102", 1)])
def test_a_level_has_so_many_administrators_also_when_two_ask_at_once(
    client: httpx.Client, operator: Partner, division: str, most: int
) -> None:
    async def ask() -> list[int]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=60, trust_env=False) as many:
            asked = [
                many.post(
                    "/v1/persons",
                    json={"office": division, "login": f"a{division}-{n}", "duties": ["system_administrator"], **FACTS},
                    headers=operator.bearer | {"X-Forwarded-Proto": "https"},
                )
                for n in range(5)
            ]
            return [each.status_code for each in await asyncio.gather(*asked)]

    assert sorted(asyncio.run(ask())) == [201] * most + [409] * (5 - most)


@pytest.mark.parametrize(
    ("office", "duty", "status"),
    [
        ("", Duty.INSPECTOR, 200),
        ("350500", Duty.SYSTEM_ADMINISTRATOR, 200),
        ("350500", Duty.INSPECTOR, 403),
        ("350502", Duty.SYSTEM_ADMINISTRATOR, 403),
        ("330200", Duty.SYSTEM_ADMINISTRATOR, 403),
        ("000000", Duty.SYSTEM_ADMINISTRATOR, 403),
    ],
)
def test_each_level_has_its_own_people_and_the_administrators_below(
    client: httpx.Client, province: SomebodySignedIn, office: str, duty: Duty, status: int
) -> None:
    form = {"office": office, "login": f"p.{office or 'own'}.{duty.value[:3]}", "duty": duty.value, **FACTS}
    answer = client.post("/accounts/new", data=form, auth=province.auth, headers=OWN)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert re.search(r'id="code">([0-9A-Z]{4}-){3}[0-9A-Z]{4}<', answer.text)


def test_nobody_changes_their_own_account_and_a_hand_over_keeps_the_number(
    settings: Settings, client: httpx.Client
) -> None:
    old = add_person(settings, "old.hand", {Duty.SYSTEM_ADMINISTRATOR, Duty.INSPECTOR}, "350400")
    new = add_person(settings, "new.hand", {Duty.AUDITOR}, "350400")
    own = client.post(f"/accounts/{old.login}/duties", data={"duty": "auditor"}, auth=old.auth, headers=OWN)
    assert own.status_code == 403
    second = {"office": "", "login": "third.hand", "duty": "system_administrator", **FACTS}
    assert client.post("/accounts/new", data=second, auth=old.auth, headers=OWN).status_code == 409
    assert client.post("/accounts/nobody/hand-over", auth=old.auth, headers=OWN).status_code == 404
    handed = client.post(f"/accounts/{new.login}/hand-over", auth=old.auth, headers=OWN)
    assert handed.status_code == 303
    assert client.get("/accounts", auth=old.auth).status_code == 403
    assert client.get("/accounts", auth=new.auth).status_code == 200
    page = client.get(f"/accounts/{old.login}?lang=en", auth=new.auth).text
    assert "Inspector" in page


def test_two_administrators_hand_nothing_over_to_each_other_and_do_not_wait(
    settings: Settings, client: httpx.Client
) -> None:
    one = add_person(settings, "one.of.two", {Duty.SYSTEM_ADMINISTRATOR}, "340000")
    two = add_person(settings, "two.of.two", {Duty.SYSTEM_ADMINISTRATOR}, "340000")

    async def each_to_the_other() -> list[int]:
        async with httpx.AsyncClient(base_url=client.base_url, headers=OWN, timeout=60, trust_env=False) as many:
            asked = [
                many.post(f"/accounts/{to.login}/hand-over", auth=by.auth) for by, to in [(one, two), (two, one)] * 5
            ]
            return [each.status_code for each in await asyncio.gather(*asked)]

    assert asyncio.run(each_to_the_other()) == [409] * 10
    assert all(client.get("/accounts", auth=each.auth).status_code == 200 for each in (one, two))


def test_a_suspended_account_is_signed_out_at_once_and_comes_back(
    settings: Settings, client: httpx.Client, operator: Partner
) -> None:
    person = add_person(settings, "on.leave", {Duty.INSPECTOR}, "350200")
    assert client.get("/desk", auth=person.auth).status_code == 200
    move = {"state": "suspended", "reason": "休假"}
    assert client.post("/v1/persons/on.leave/state", json=move, auth=operator.auth).status_code == 200
    assert client.get("/desk", auth=person.auth).status_code == 303
    with httpx.Client(base_url=client.base_url, headers=OWN, trust_env=False) as other:
        assert signed_in(other, "on.leave").status_code == 401
    move = {"state": "active", "reason": "返岗"}
    assert client.post("/v1/persons/on.leave/state", json=move, auth=operator.auth).status_code == 200
    told = client.get("/v1/audit", params={"object": "on.leave"}, auth=operator.auth).json()["entries"]
    actions = [each["action"] for each in told]
    assert actions[-3:] == ["person.suspended", "person.sign_in_failed", "person.active"]


def test_a_city_sees_its_own_people_and_not_its_neighbours(settings: Settings, client: httpx.Client) -> None:
    here = add_person(settings, "here", {Duty.SYSTEM_ADMINISTRATOR}, "350600")
    add_person(settings, "there", {Duty.SYSTEM_ADMINISTRATOR}, "350700", name="何处")
    page = client.get("/administrators?lang=zh", auth=here.auth).text
    assert "何处" not in page
    assert client.get("/accounts/there", auth=here.auth).status_code == 404
    assert client.post("/accounts/there/reset", auth=here.auth, headers=OWN).status_code == 404
    exported = client.get("/administrators.csv", auth=here.auth).text
    assert "何处" not in exported
    assert "here" in exported


def test_nothing_of_a_person_stands_in_clear(settings: Settings, client: httpx.Client, operator: Partner) -> None:
    opened(client, operator, "sealed", Duty.INSPECTOR)
    shown = client.get("/v1/persons/sealed", auth=operator.auth).json()
    assert (shown["name"], shown["phone"]) == (FACTS["name"], FACTS["phone"])
    everything = asyncio.run(_stored(settings))
    assert "sealed" in everything
    assert not [value for value in FACTS.values() if value in everything]


async def _stored(settings: Settings) -> str:
    """The tables that know of people, and the audit log, as an administrator of the database reads them."""
    assert settings.database.url is not None
    database = Database(settings.database.url, 2)
    tables = ("person", "person_link", "person_session", "person_passkey", "audit")
    try:
        async with database.writing() as connection:
            found = [
                (await connection.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t"))).scalars().all()  # noqa: S608
                for table in tables
            ]
    finally:
        await database.close()
    return "\n".join(line for lines in found for line in lines)


def test_a_session_ends_by_itself_and_by_the_persons_word(settings: Settings, client: httpx.Client) -> None:
    person = add_person(settings, "leaves", {Duty.INSPECTOR}, "350200")
    assert client.post("/signout", auth=person.auth).status_code == 403, "a form of another site"
    assert client.post("/signout", auth=person.auth, headers=OWN).status_code == 303
    assert client.get("/desk", auth=person.auth).status_code == 303


def test_an_administrator_sees_and_ends_where_somebody_is_signed_in(settings: Settings, client: httpx.Client) -> None:
    boss = add_person(settings, "boss", {Duty.SYSTEM_ADMINISTRATOR}, "350800", name="陈立")
    person = add_person(settings, "lost.phone", {Duty.INSPECTOR}, "350800")
    stranger = add_person(settings, "stranger", {Duty.SYSTEM_ADMINISTRATOR}, "350900")
    assert client.get("/desk", auth=person.auth).status_code == 200
    page = client.get("/accounts/lost.phone?lang=en", auth=boss.auth).text
    assert "Sign this person out everywhere" in page
    assert client.post("/accounts/lost.phone/sign-out", auth=stranger.auth, headers=OWN).status_code == 404
    assert client.get("/desk", auth=person.auth).status_code == 200
    assert client.post("/accounts/lost.phone/sign-out", auth=boss.auth, headers=OWN).status_code == 303
    assert client.get("/desk", auth=person.auth).status_code == 303
    page = client.get("/accounts/lost.phone?lang=en", auth=boss.auth).text
    assert "Sign this person out everywhere" not in page


def test_the_first_administrator_comes_from_the_terminal_once(settings: Settings) -> None:
    facts = ("--name", "周一", "--phone", "010-12345678", "--division", "110000")
    assert yizhan(settings, "admin", "create", "first.one", *facts).returncode == 0
    again = yizhan(settings, "admin", "create", "second.one", *facts)
    assert (again.returncode, "yizhan admin reset" in again.stderr) == (1, True)
    assert "激活码" in yizhan(settings, "admin", "reset", "first.one").stdout
    assert "first.one" in yizhan(settings, "admin", "list").stdout
    assert yizhan(settings, "admin", "reset", "nobody").returncode == 1


def test_over_tls_the_cookie_is_the_hosts_alone(settings: Settings, new_partner: Callable[..., Partner]) -> None:
    own = settings.model_dump(exclude={"http"})
    behind_tls = Settings(**own, http=HttpSettings(public_url="https://hub.example.test"))
    with running(behind_tls) as other:
        code = opened(other, new_partner("tls-team", Role.OPERATOR, "000000"), "tls", Duty.INSPECTOR)
        answer = other.post(f"/activate/{code}", data={"password": PASSWORD, "again": PASSWORD}, headers=OWN)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-yizhan=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_an_idle_session_is_over(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    person = add_person(settings, "idle", {Duty.INSPECTOR}, "350200")
    short = settings.model_copy(update={"persons": settings.persons.model_copy(update={"idle_minutes": 1})})
    with running(short) as other:
        assert other.get("/desk", auth=person.auth).status_code == 200
        asyncio.run(_make_older(short))
        assert other.get("/desk", auth=person.auth).status_code == 303


async def _make_older(settings: Settings) -> None:
    assert settings.database.url is not None
    database = Database(settings.database.url, 2)
    try:
        async with database.writing() as connection:
            await connection.execute(text("UPDATE person_session SET seen_at = seen_at - interval '2 minutes'"))
    finally:
        await database.close()


def test_the_seal_of_an_authority_that_has_people_is_one_for_audits(
    settings: Settings, client: httpx.Client, operator: Partner
) -> None:
    add_person(settings, "of.jiangxi", {Duty.ROSTER_OFFICER}, "360000")
    applied = client.post("/v1/seals", json={"partner": "bureau-360000"}, auth=operator.auth)
    assert (applied.status_code, applied.json()["kind"]) == (201, "audit")
