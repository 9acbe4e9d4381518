"""How the exchange is doing: queues with their age, traffic by the hour, gauges, and the dashboard that shows them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.operations.operations import KEPT, Operations
from gateway.store.database import Database
from schemas import samples
from tests.conftest import Partner, issue_partner

_DASHBOARD = Path(__file__).parents[2] / "docs" / "howto" / "grafana-dashboard.json"
_SUFFIX = re.compile(r"_(bucket|total|created|sum|count)$")


@pytest.fixture(scope="module")
def official(settings: Settings, client: httpx.Client) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "350200")


@pytest.fixture(scope="module")
def pushed(client: httpx.Client, partner: Partner) -> datetime:
    """When two rosters were accepted and a contract was not."""
    for index in (1, 2):
        client.post("/v1/rosters", json=samples.roster(index), auth=partner.auth).raise_for_status()
    bad = samples.contract(1) | {"return_on": "2017-02-30"}
    assert client.post("/v1/contracts", json=bad, auth=partner.auth).status_code == 422
    return Clock.now()


def sampled(settings: Settings, moments: Iterable[datetime]) -> list[bool]:
    """Whether a sample was taken, by a process of its own each."""

    async def sample() -> list[bool]:
        database = Database(str(settings.database.url), 2)
        try:
            return [await Operations(database).sample(moment) for moment in moments]
        finally:
            await database.close()

    return asyncio.run(sample())


def overview(client: httpx.Client, who: Partner) -> dict[str, Any]:
    answer = client.get("/v1/operations", auth=who.auth)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_waits_is_told_with_its_age(client: httpx.Client, official: Partner, pushed: datetime) -> None:
    queues = {each["queue"]: each for each in overview(client, official)["queues"]}
    assert queues["rosters"]["depth"] == 2
    assert queues["dead_letters"]["depth"] == 1
    assert datetime.fromisoformat(queues["rosters"]["since"]) <= pushed
    assert queues["webhook"] == {"queue": "webhook", "depth": 0, "since": None, "is_late": False}
    lines = client.get("/metrics").text.splitlines()
    assert 'yizhan_queue_depth{queue="rosters"} 2.0' in lines
    assert "yizhan_database_up 1.0" in lines


def test_every_record_counts_once_in_the_traffic(
    settings: Settings, client: httpx.Client, official: Partner, pushed: datetime
) -> None:
    later = pushed + timedelta(minutes=7)
    assert sampled(settings, [later, later, later + timedelta(minutes=6)]) == [True] * 3
    traffic = overview(client, official)["traffic"]
    assert {each["channel"] for each in traffic} == {"rest"}
    sums = {name: sum(each[name] for each in traffic) for name in ("submissions", "accepted", "rejected")}
    assert sums == {"submissions": 3, "accepted": 2, "rejected": 1}
    depths = [each["at"] for each in overview(client, official)["depths"] if each["queue"] == "rosters"]
    assert len(depths) == len(set(depths)) >= 2, "a moment is written once"
    sampled(settings, [later + KEPT + timedelta(days=1)])
    assert overview(client, official)["traffic"] == [], "and forgotten in the end"


def test_only_who_operates_is_told(client: httpx.Client, partner: Partner) -> None:
    assert client.get("/v1/operations", auth=partner.auth).status_code == 403


def test_the_dashboard_asks_for_what_there_is(client: httpx.Client, official: Partner, pushed: datetime) -> None:
    given = {_SUFFIX.sub("", name) for name in re.findall(r"^# TYPE (\w+)", client.get("/metrics").text, re.M)}
    panels = json.loads(_DASHBOARD.read_text("utf-8"))["panels"]
    asked = {
        _SUFFIX.sub("", name)
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"\byizhan_\w+", target["expr"])
    }
    assert len(asked) > 8
    assert asked <= given
