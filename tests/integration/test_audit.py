"""The audit log is read by whom it concerns: by actor, object and time, over HTTP and at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner
from tests.processes import yizhan


def entries(client: httpx.Client, who: Partner, **sought: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/audit", params=sought, auth=who.auth)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["actor"].split("/")[0], row["action"], row["object"]) for row in found]


@pytest.fixture(scope="module")
def signed(client: httpx.Client, partner: Partner) -> str:
    """A contract that its agency has signed."""
    body = samples.contract(1)
    code = client.post("/v1/contracts", json=body, auth=partner.auth).json()["records"][0]["code"]
    moved = client.post(f"/v1/contracts/{code}/state", json={"state": "signed"}, auth=partner.auth)
    assert moved.status_code == 200
    return code


@pytest.fixture(scope="module")
def looked(client: httpx.Client, signed: str, new_partner: Callable[..., Partner]) -> Partner:
    """An official of the whole country, who has looked at it."""
    country = new_partner("ministry", role=Role.OFFICIAL, division="000000")
    assert client.get(f"/v1/contracts/{signed}", auth=country.auth).status_code == 200
    return country


def test_a_partner_sees_its_own_acts_alone(
    client: httpx.Client, partner: Partner, signed: str, looked: Partner, new_partner: Callable[..., Partner]
) -> None:
    assert told(entries(client, partner)) == [("acme", "contract.signed", signed)]
    assert entries(client, new_partner("elsewhere", division="350203")) == []


@pytest.mark.parametrize(
    ("division", "sees"), [("{own}", True), ("{province}", True), ("000000", True), ("650000", False)]
)
def test_an_authority_sees_what_concerns_its_division(
    client: httpx.Client,
    signed: str,
    looked: Partner,
    new_partner: Callable[..., Partner],
    *,
    division: str,
    sees: bool,
) -> None:
    lies_in = client.get(f"/v1/contracts/{signed}", auth=looked.auth).json()["division"]
    division = division.format(own=lies_in, province=f"{lies_in[:2]}0000")
    official = new_partner(f"authority-{division}", role=Role.OFFICIAL, division=division)
    found = told(entries(client, official, object=signed))
    assert found[:2] == ([("acme", "contract.signed", signed), ("ministry", "contract.view", signed)] if sees else [])


def test_entries_are_found_by_actor_object_and_time(
    client: httpx.Client, partner: Partner, signed: str, looked: Partner
) -> None:
    whole = entries(client, looked)
    (signing,) = entries(client, looked, actor=partner.name)
    assert signing in whole
    assert entries(client, looked, actor=signing["actor"]) == [signing]
    assert entries(client, looked, actor="acm") == []
    assert entries(client, looked, object=signed, until=signing["at"]) == []
    assert entries(client, looked, object=signed, since=signing["at"])[0] == signing
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert entries(client, looked, since=tomorrow) == []
    assert set(signing) == {"position", "at", "actor", "action", "object", "division", "detail"}


def test_entries_come_by_the_page(client: httpx.Client, looked: Partner) -> None:
    whole, paged, after = entries(client, looked), [], "0"
    while after is not None:
        page = client.get("/v1/audit", params={"limit": 1, "after": after}, auth=looked.auth).json()
        paged += page["entries"]
        after = page["next"]
    assert paged[: len(whole)] == whole
    assert len(whole) >= 2


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "yesterday"},
        {"until": "0001-01-01T00:00:00+14:00"},
        {"since": "2026-13-01"},
        {"limit": "0"},
        {"after": "-1"},
        {"by": "acme"},
    ],
)
def test_what_is_not_understood_is_refused(client: httpx.Client, looked: Partner, asked: dict[str, str]) -> None:
    answer = client.get("/v1/audit", params=asked, auth=looked.auth)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def test_a_stranger_sees_nothing(client: httpx.Client) -> None:
    assert client.get("/v1/audit").status_code == 401


def test_an_entry_with_a_null_character_is_no_entry(client: httpx.Client, looked: Partner) -> None:
    assert entries(client, looked, object="\0") == []


def test_the_terminal_lists_the_same(client: httpx.Client, settings: Settings, signed: str, looked: Partner) -> None:
    shown = yizhan(settings, "audit", "list", "--object", signed, "--actor", "acme").stdout
    assert "contract.signed" in shown
    assert "contract.view" not in shown


def test_the_country_sees_what_was_done_at_the_terminal(client: httpx.Client, looked: Partner) -> None:
    assert ("terminal", "credential.issue") in {each[:2] for each in told(entries(client, looked))}
