"""A reply that is lost on its way: whoever asks again gets the original answer, at every door, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import psycopg
import pytest
import requests

from gateway.base.settings import Settings
from mappings.haixi_examples import haixi_contract
from mappings.make_examples import lvy_contract
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.faults import LosingProxy, doses, note
from tests.integration.sftp import DropProcess, awaited, export
from tests.integration.test_compat12301 import headers as headers12301
from tests.integration.test_soap import call, text
from tests.integration.test_vendor_soap import Vendor

LOST = 30
_UNLUCKY = {"Connection": "close", "X-Forwarded-Proto": "https"}

Ask = Callable[[httpx.Client, Partner, int], str]
"""Sends something, and gives what is only in the original answer to it."""


def pushed(client: httpx.Client, partner: Partner, index: int) -> str:
    answer = client.post("/v1/contracts", json=samples.contract(index), headers=partner.bearer)
    return answer.json()["records"][0]["code"]


def pushed_with_a_key(client: httpx.Client, partner: Partner, index: int) -> str:
    headers = {**partner.bearer, "Idempotency-Key": f"lost-{index}"}
    return client.post("/v1/contracts", json=samples.contract(index), headers=headers).json()["receipt"]


def pushed_together(client: httpx.Client, partner: Partner, index: int) -> str:
    body = [samples.contract(index * 10 + number) for number in range(5)]
    return client.post("/v1/contracts?atomic=true", json=body, headers=partner.bearer).json()["receipt"]


def kept_for_later(client: httpx.Client, partner: Partner, index: int) -> str:
    headers = {**partner.bearer, "Prefer": "respond-async"}
    return client.post("/v1/contracts", json=[samples.contract(index)], headers=headers).json()["submission_id"]


def upload_begun(client: httpx.Client, partner: Partner, index: int) -> str:
    body = orjson.dumps([samples.contract(index)])
    wanted = {"sha256": sha256(body).hexdigest(), "size_bytes": len(body), "kind": "contract"}
    return client.post("/v1/uploads", json=wanted, headers=partner.bearer).json()["upload_id"]


def part_uploaded(client: httpx.Client, partner: Partner, index: int) -> str:
    where, body = f"/v1/uploads/{_uploads[index]}/parts/1", orjson.dumps([samples.contract(index)])
    return client.put(where, content=body, headers=partner.bearer).json()["sha256"]


def upload_completed(client: httpx.Client, partner: Partner, index: int) -> str:
    where = f"/v1/uploads/{_uploads[index]}/complete"
    return client.post(where, headers=partner.bearer).json()["submission_id"]


def uploads_to_fill(client: httpx.Client, partner: Partner, index: int) -> None:
    _uploads[index] = upload_begun(client, partner, index)


def uploads_to_complete(client: httpx.Client, partner: Partner, index: int) -> None:
    uploads_to_fill(client, partner, index)
    part_uploaded(client, partner, index)


def by_soap(client: httpx.Client, partner: Partner, index: int) -> str:
    answer = call(client, partner, "SubmitContracts", contract=[samples.contract(index)])
    return text(answer, "//y:receipt")


def by_12301(client: httpx.Client, partner: Partner, index: int) -> str:
    where = f"/v1/econtract/apply/HT{index}"
    return client.post(where, json=lvy_contract(index), headers=headers12301(partner)).json()["data"]["contractCode"]


def by_vendor(client: httpx.Client, partner: Partner, index: int) -> str:
    vendor = _vendors[partner.name](client)
    return vendor("submitContract", contract=haixi_contract(index))["contract"]["code"]


_uploads: dict[int, str] = {}
_vendors: dict[str, Callable[[httpx.Client], Vendor]] = {}
DOORS: dict[str, tuple[Ask, str | None, int]] = {
    "REST": (pushed, None, 1),
    "REST with a key": (pushed_with_a_key, None, 1),
    "REST, all or nothing": (pushed_together, None, 5),
    "REST for later": (kept_for_later, None, 0),
    "REST upload, begun": (upload_begun, None, 0),
    "REST upload, a part": (part_uploaded, None, 0),
    "REST upload, completed": (upload_completed, None, 0),
    "SOAP": (by_soap, None, 1),
    "12301": (by_12301, "lvy", 1),
    "vendor SOAP": (by_vendor, "haixi", 1),
}


BEFORE: dict[str, Callable[[httpx.Client, Partner, int], None]] = {
    "REST upload, a part": uploads_to_fill,
    "REST upload, completed": uploads_to_complete,
}


@pytest.fixture
def losing(client: httpx.Client) -> Iterator[LosingProxy]:
    with LosingProxy(client) as proxy:
        yield proxy


@pytest.mark.parametrize("door", DOORS)
def test_who_asks_again_gets_the_original_answer(
    client: httpx.Client, settings: Settings, losing: LosingProxy, door: str
) -> None:
    ask, connector, records = DOORS[door]
    number = list(DOORS).index(door)
    partner = issue_partner(settings, f"lost-{number}", connector=connector)
    if connector == "haixi":
        _vendors[partner.name] = _logged_in(client, partner)
    times, lost = doses(LOST), 0
    with httpx.Client(base_url=losing.url, timeout=60, trust_env=False, headers=_UNLUCKY) as unlucky:
        for index in range(1, times + 1):
            if door in BEFORE:
                BEFORE[door](client, partner, index)
            with pytest.raises((httpx.TransportError, requests.ConnectionError)):
                ask(unlucky, partner, index)
            first, second = (ask(client, partner, index) for _ in range(2))
            assert first == second
            lost += first.encode() not in losing.lost[-1]
    stored = _stored(settings, partner)
    note(
        f"reply lost: {door}",
        f"{times} replies",
        acknowledged=times,
        lost=lost,
        doubled=stored - times * records,
        recovery="the retry",
    )
    assert lost == 0, "the retry has what was in the reply that was lost"
    assert stored == times * records


def test_who_drops_a_file_again_gets_the_original_answer(
    drop: DropProcess, settings: Settings, laoqiao: Partner
) -> None:
    """The connection ends behind the renaming of a file, before anybody hears whether it was renamed."""
    times = doses(LOST)
    answers: dict[int, bytes] = {}
    again: dict[int, bytes] = {}
    for index in range(times):
        with drop.login(laoqiao) as unlucky:
            unlucky.put_bytes(f"in/{index}.csv.part", export(f"LOST-{index}"))
            unlucky.rename_unanswered(f"in/{index}.csv.part", f"in/{index}.csv")
        with drop.login(laoqiao) as client:
            answers[index] = awaited(client, f"receipts/{index}.csv.receipt.json")
    with drop.login(laoqiao) as client:
        for index in range(times):
            client.drop(f"{index}-again.csv", export(f"LOST-{index}"))
        for index in range(times):
            again[index] = awaited(client, f"receipts/{index}-again.csv.receipt.json")
    stored = _stored(settings, laoqiao)
    lost = sum(again[index] != answers[index] for index in range(times))
    told = {"acknowledged": times, "lost": lost, "doubled": stored - times}
    note("reply lost: SFTP", f"{times} renamings", **told, recovery="the retry")
    assert lost == 0
    assert stored == times


def _logged_in(client: httpx.Client, partner: Partner) -> Callable[[httpx.Client], Vendor]:
    token: list[str] = []

    def vendor(over: httpx.Client) -> Vendor:
        made = Vendor(over)
        if not token:
            made.login(partner)
            token.append(made.token)
        made.token = token[0]
        return made

    vendor(client)
    return vendor


def _stored(settings: Settings, partner: Partner) -> Any:
    with psycopg.connect(settings.database.url or "") as connection:
        row = connection.execute(
            "SELECT count(*) FROM record JOIN tenant ON tenant.id = record.sender_id WHERE tenant.name = %s",
            [partner.name],
        ).fetchone()
    assert row is not None
    return row[0]
