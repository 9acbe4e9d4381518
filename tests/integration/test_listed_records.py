"""Lists of records by criteria, and how much waits: over HTTP, each caller in its own sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, issue_partner


@pytest.fixture(scope="module")
def rosters(client: httpx.Client, partner: Partner) -> list[str]:
    """Four that were sent one after the other: of Beijing (even) and Shanghai (odd); the third departs last."""
    bodies = [samples.roster(index, travellers=1) for index in (401, 402, 403, 404)]
    bodies[2] |= {"exit_date": "2018-01-02", "entry_date": "2018-01-07"}
    for body in bodies:
        client.post("/v1/rosters", content=orjson.dumps(body), auth=partner.auth).raise_for_status()
    return [body["group_no"] for body in bodies]


@pytest.fixture(scope="module")
def official(settings: Settings, client: httpx.Client) -> Partner:
    """Of Beijing."""
    return issue_partner(settings, "beijing", Role.OFFICIAL, "110000")


def listed(client: httpx.Client, who: Partner, **criteria: Any) -> list[str]:
    answer = client.get("/v1/records", params={"kind": "roster"} | criteria, auth=who.auth)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] >= len(answer.json()["records"])
    return [record["key"] for record in answer.json()["records"]]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"order": "newest"}, [3, 2, 1, 0]),
        ({"order": "latest", "limit": 1}, [2]),
        ({"offset": 2, "limit": 1}, [2]),
        ({"agency": "上海示例"}, [0, 2]),
        ({"agency": "91350100M000100Y43"}, [1, 3]),
        ({"departs_from": "2018-01-02"}, [2]),
        ({"departs_until": "2018-01-01"}, [0, 1, 3]),
        ({"state": "audited"}, []),
        ({"subkind": "domestic"}, []),
        ({"agency": "%"}, []),
    ],
)
def test_a_list_holds_what_meets_every_criterion(
    client: httpx.Client, partner: Partner, rosters: list[str], criteria: dict[str, Any], expected: list[int]
) -> None:
    assert listed(client, partner, **criteria) == [rosters[at] for at in expected]


def test_a_record_is_found_by_its_number_as_people_write_it(
    client: httpx.Client, partner: Partner, rosters: list[str]
) -> None:
    assert listed(client, partner, number=f" {rosters[1]}") == [rosters[1]]
    code = client.post("/v1/contracts", json=samples.contract(411), auth=partner.auth).json()["records"][0]
    found = listed(client, partner, kind="contract", number=code["code_printed"].lower())
    assert found == [samples.contract(411)["business_no"]]


def test_nobody_is_listed_or_counted_what_is_out_of_sight(
    client: httpx.Client, official: Partner, new_partner: Callable[..., Partner], rosters: list[str]
) -> None:
    assert listed(client, official) == [rosters[1], rosters[3]]
    told = client.get("/v1/waiting", auth=official.auth).json()
    assert told.pop("oldest").keys() == {"rosters"}
    assert (told.pop("rosters"), told.pop("due")) == (2, {})
    assert set(told.values()) == {0}
    assert {"pledges", "filings", "guides", "leaders", "differences", "alerts", "dead_letters"} < told.keys()
    stranger = new_partner(name="stranger")
    assert listed(client, stranger) == []
    assert client.get("/v1/waiting", auth=stranger.auth).json()["rosters"] == 0
    for address in ("/v1/records?kind=roster", "/v1/waiting"):
        assert client.get(address).status_code == 401


@pytest.mark.parametrize(
    "strange", [{"kind": "nothing"}, {"state": "void"}, {"order": "x"}, {"departs_from": "soon"}, {"offset": "-1"}]
)
def test_a_list_that_means_nothing_is_refused(client: httpx.Client, partner: Partner, strange: dict[str, str]) -> None:
    answer = client.get("/v1/records", params={"kind": "roster"} | strange, auth=partner.auth)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def test_a_letter_waits_until_its_number_is_stored(client: httpx.Client, partner: Partner) -> None:
    def waiting() -> int:
        return client.get("/v1/waiting", auth=partner.auth).json()["dead_letters"]

    before = waiting()
    body = samples.contract(412)
    lines = orjson.dumps(body | {"return_on": "2017-01-01"})
    kind = {"Content-Type": "application/x-ndjson"}
    assert client.post("/v1/contracts", content=lines, headers=kind, auth=partner.auth).json()["counts"]["rejected"]
    assert waiting() == before + 1
    client.post("/v1/contracts", json=body, auth=partner.auth).raise_for_status()
    assert waiting() == before


def test_the_log_is_read_from_its_end(client: httpx.Client, partner: Partner, rosters: list[str]) -> None:
    code = client.post("/v1/contracts", json=samples.contract(413), auth=partner.auth).json()["records"][0]["code"]
    for state in ("signed", "void"):
        client.post(f"/v1/contracts/{code}/state", json={"state": state}, auth=partner.auth).raise_for_status()
    asked = {"newest_first": "true", "limit": 1, "object": code}
    first = client.get("/v1/audit", params=asked, auth=partner.auth).json()
    then = client.get("/v1/audit", params=asked | {"after": first["next"]}, auth=partner.auth).json()
    assert [page["entries"][0]["action"] for page in (first, then)] == ["contract.void", "contract.signed"]
