"""**Every kind that moves here lives the same life.** Pushed, answered again, found, moved; a new one is tested too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from gateway.access.accounts import Role
from gateway.access.powers import Power
from gateway.doors.lookup import key_parameter
from gateway.ledger.kinds import BEHAVIOURS, OWN_KINDS, own_life
from schemas import catalog
from schemas.samples import SAMPLES
from tests.conftest import Partner


@pytest.fixture(params=OWN_KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def push(client: httpx.Client, partner: Partner, kind: str, body: Any, **headers: str) -> httpx.Response:
    address = f"/v1/{catalog.kind(f'{kind}.v1').plural}"
    return client.post(address, content=orjson.dumps(body), auth=partner.auth, headers=headers)


def address_of(kind: str, record: dict[str, Any]) -> str:
    by = record["code"] if BEHAVIOURS[kind].is_coded else record["key"]
    return f"/v1/{catalog.kind(f'{kind}.v1').plural}/{by}"


def test_it_begins_as_its_machine_says_and_a_retry_gets_the_same_bytes(
    client: httpx.Client, partner: Partner, kind: str
) -> None:
    first = push(client, partner, kind, SAMPLES[kind](801), **{"Idempotency-Key": f"life-{kind}"})
    again = push(client, partner, kind, SAMPLES[kind](801), **{"Idempotency-Key": f"life-{kind}"})
    (record,) = first.json()["records"]
    assert (first.status_code, record["status"], record["state"]) == (201, "accepted", own_life(kind).first)
    assert ("code" in record) is BEHAVIOURS[kind].is_coded
    assert again.content == first.content


def test_it_is_read_back_as_it_came_by_its_address_and_by_its_number(
    client: httpx.Client, partner: Partner, kind: str
) -> None:
    body = SAMPLES[kind](802)
    (record,) = push(client, partner, kind, body).json()["records"]
    shown = client.get(address_of(kind, record), auth=partner.auth).json()
    assert shown["body"] == body
    found = client.get(
        f"/v1/{catalog.kind(f'{kind}.v1').plural}", params={key_parameter(kind): record["key"]}, auth=partner.auth
    )
    assert [each["content_sha256"] for each in found.json()["records"]] == [record["content_sha256"]]


def test_a_field_that_it_does_not_have_is_named(client: httpx.Client, partner: Partner, kind: str) -> None:
    refused = push(client, partner, kind, SAMPLES[kind](803) | {"unheard_of": 1})
    assert refused.status_code == 422
    assert any("unheard_of" in finding["field"] for finding in refused.json()["records"][0]["findings"])


def test_it_moves_as_its_machine_says_at_the_word_of_its_mover_alone(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner], kind: str
) -> None:
    life = own_life(kind)
    (record,) = push(client, partner, kind, SAMPLES[kind](804)).json()["records"]
    official = new_partner("official-of-every-kind", Role.OFFICIAL, "000000")
    mover, other = (partner, official) if life.power is Power.REPORT else (official, partner)
    target = next(move.end for move in life.machine.moves if move.start is life.first)
    path = f"{address_of(kind, record)}/state"
    assert client.post(path, json={"state": target}, auth=other.auth).status_code == 403
    assert client.post(path, json={"state": target}, auth=mover.auth).json()["state"] == target
