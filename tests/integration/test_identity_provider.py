"""Signing in at a province's own identity provider, a real one beside the service that misbehaves on demand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.base.settings import HttpSettings, OidcSettings, PersonSettings, Settings
from gateway.persons.duties import Duty
from tests.conftest import HTTP, free_port, issue_partner, running
from tests.people import add_person

PROVIDER = Path(__file__).parents[1] / "partners" / "identity_provider.py"
CLIENT, SECRET = "yizhan", "test only secret"


class Provider:
    """The program, and its control door."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", PROVIDER, CLIENT, SECRET]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.issuer = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def signs_in(self, login: object, fault: str = "", **more: Any) -> None:
        user = {"preferred_username": login, **more}
        HTTP.post(f"{self.issuer}/control", json={"user": user, "fault": fault}).raise_for_status()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    started = Provider()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def settings(settings: Settings, provider: Provider) -> Settings:
    """Of a service without TLS, called by its real address, for the people of one province."""
    oidc = OidcSettings(
        issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, title="闽政通", division="350000"
    )
    return settings.model_copy(
        update={
            "http": HttpSettings(public_url="http://hub.example.test"),
            "persons": PersonSettings(second_factor="required", oidc=oidc),
        }
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def people(settings: Settings, client: httpx.Client) -> None:
    add_person(settings, "zhang.wei", {Duty.INSPECTOR}, "350200")
    add_person(settings, "li.na", {Duty.INSPECTOR}, "440300")
    issue_partner(settings, "seaside", uscc="91350203MA9990001W")
    add_person(settings, "he.jing", {Duty.AGENCY_CLERK}, agency="seaside")


@pytest.fixture
def browser(client: httpx.Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=client.base_url, trust_env=False, timeout=60) as opened:
        yield opened


def went(browser: httpx.Client, to: str = "/rosters") -> httpx.Response:
    """What the service answers to somebody who has been to the provider and back."""
    departed = browser.get("/signin/provider", params={"to": to})
    assert departed.status_code == 303, departed.text
    back = HTTP.get(departed.headers["location"])
    assert back.status_code == 302, back.text
    return browser.get(httpx.URL(back.headers["location"]).raw_path.decode())


def test_who_has_proved_both_there_is_signed_in(browser: httpx.Client, provider: Provider) -> None:
    assert "闽政通" in browser.get("/signin?lang=zh").text
    provider.signs_in("Zhang.Wei", amr=["pwd", "mfa"])
    arrived = went(browser)
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/rosters")
    assert browser.get("/desk").status_code == 200
    provider.signs_in("zhang.wei", amr=["mfa"])
    assert went(browser, "//elsewhere.example/").headers["location"] == "/desk", "nowhere but here"


@pytest.mark.parametrize("amr", [["pwd"], [], None])
def test_who_has_proved_one_thing_there_proves_the_second_here(
    browser: httpx.Client, provider: Provider, amr: object
) -> None:
    provider.signs_in("zhang.wei", amr=amr)
    assert went(browser).headers["location"].startswith("/signin/second")
    assert browser.get("/desk").status_code == 303


@pytest.mark.parametrize("login", ["li.na", "he.jing", "nobody", "", None, 7, "zhang.wei\u0000"])
def test_who_has_no_account_of_the_province_is_not(browser: httpx.Client, provider: Provider, login: object) -> None:
    provider.signs_in(login, amr=["mfa"])
    assert went(browser).status_code == 401
    assert browser.get("/desk").status_code == 303


FAULTS = ("audience", "nonce", "expired", "forged", "unsigned", "symmetric", "headless", "state")


@pytest.mark.parametrize("amr", ["no-mfa", {"mfa": False}])
def test_what_is_no_list_of_factors_proves_none(browser: httpx.Client, provider: Provider, amr: object) -> None:
    provider.signs_in("zhang.wei", amr=amr)
    assert went(browser).status_code == 401


@pytest.mark.parametrize("fault", FAULTS)
def test_what_proves_nothing_signs_nobody_in(browser: httpx.Client, provider: Provider, fault: str) -> None:
    provider.signs_in("zhang.wei", fault, amr=["mfa"])
    assert went(browser).status_code == 401
    assert browser.get("/desk").status_code == 303


def test_nobody_arrives_in_anothers_place(browser: httpx.Client, client: httpx.Client, provider: Provider) -> None:
    provider.signs_in("zhang.wei", amr=["mfa"])
    departed = browser.get("/signin/provider")
    back = HTTP.get(departed.headers["location"]).headers["location"]
    place = httpx.URL(back).raw_path.decode()
    assert client.get(place).status_code == 401, "a browser that has not left"
    assert browser.get(place).status_code == 303
    assert browser.get(place).status_code == 401, "a code is good once"


def test_new_keys_of_the_provider_are_learned(browser: httpx.Client, provider: Provider) -> None:
    provider.signs_in("zhang.wei", amr=["mfa"])
    assert went(browser).status_code == 303
    provider.signs_in("zhang.wei", "rotated", amr=["mfa"])
    assert went(browser).status_code == 303


def test_a_provider_that_is_away_is_told(settings: Settings, provider: Provider) -> None:
    oidc = settings.persons.oidc
    assert oidc is not None
    nowhere = oidc.model_copy(update={"issuer": f"http://127.0.0.1:{free_port()}"})
    away = settings.model_copy(update={"persons": PersonSettings(oidc=nowhere)})
    provider.signs_in("zhang.wei", "name")
    renamed = settings.model_copy()
    for each in (away, renamed):
        with running(each) as client:
            answer = client.get("/signin/provider")
            assert answer.status_code == 502
            assert "/signin" in answer.text
    provider.signs_in("zhang.wei")


def test_without_a_provider_there_is_none(settings: Settings) -> None:
    with running(settings.model_copy(update={"persons": PersonSettings()})) as client:
        assert client.get("/signin/provider").status_code == 404
        assert "/signin/provider" not in client.get("/signin").text
