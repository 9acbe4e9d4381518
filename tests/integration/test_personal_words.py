"""What a sender says beside its records may name persons: nothing of it stands in clear in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas import samples
from schemas.identifiers import is_personal_number
from tests.conftest import Partner
from tests.integration.sftp import DropProcess, awaited, export, issue_account

ID, ID_15, PHONE = "11010519491231002X", "110105491231002", "13800138000"
NAME = f"张三丰-{ID}-{PHONE}.json"


def everything(settings: Settings) -> bytes:
    """Every row of every table, as a dump would show it."""
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        query = "SELECT t::text FROM {} t"
        rows = [connection.execute(query.format(name).encode()).fetchall() for (name,) in tables]
    return "\n".join(row for found in rows for (row,) in found).encode()


def shows(settings: Settings, *words: str) -> list[str]:
    dump = everything(settings)
    return [word for word in words if word.encode() in dump]


def test_the_name_of_a_file_is_sealed_and_shown_to_its_sender(
    client: httpx.Client, settings: Settings, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    body = samples.contract(1)
    pushed = client.post("/v1/contracts", params={"filename": NAME}, json=body, auth=partner.auth)
    path = f"/v1/submissions/{pushed.json()['submission_id']}"
    assert client.get(path, auth=partner.auth).json()["filename"] == NAME
    assert shows(settings, "张三丰", ID, PHONE) == []
    official = new_partner("sees-names", role=Role.OFFICIAL, division="350000")
    shown = client.get(path, auth=official.auth).json()["filename"]
    assert (ID in shown, PHONE in shown) == (False, False)


def test_a_name_of_before_is_still_shown(client: httpx.Client, settings: Settings, partner: Partner) -> None:
    pushed = client.post("/v1/contracts", params={"filename": "a.json"}, json=samples.contract(2), auth=partner.auth)
    submission = pushed.json()["submission_id"]
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        connection.execute("UPDATE submission SET filename = 'plain.csv' WHERE id = %s", [submission])
    assert client.get(f"/v1/submissions/{submission}", auth=partner.auth).json()["filename"] == "plain.csv"


@pytest.mark.parametrize("key", [f"zhang-{ID}", PHONE, f"{PHONE}/1"])
def test_a_key_that_holds_a_personal_number_is_kept_as_a_hash_and_works(
    client: httpx.Client, settings: Settings, partner: Partner, key: str
) -> None:
    body = orjson.dumps(samples.contract(100 + len(key)))
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    first = client.post("/v1/contracts", content=body, headers=headers, auth=partner.auth)
    again = client.post("/v1/contracts", content=body, headers=headers, auth=partner.auth)
    assert (first.status_code, again.status_code, first.content == again.content) == (201, 201, True)
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post("/v1/contracts", json=samples.contract(3), headers=headers, auth=partner.auth)
    assert other.status_code == 422
    assert shows(settings, ID, PHONE) == []


def test_an_upload_keeps_neither_name_nor_key_in_clear(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    content = b"\n".join(orjson.dumps(samples.contract(200 + n)) for n in range(3))
    wanted = {
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "kind": "contract",
        "filename": NAME,
        "content_type": "application/x-ndjson",
    }
    headers = {"Idempotency-Key": f"up-{ID}"}
    opened = client.post("/v1/uploads", json=wanted, headers=headers, auth=partner.auth)
    assert opened.status_code == 201, opened.text
    assert client.post("/v1/uploads", json=wanted, headers=headers, auth=partner.auth).status_code == 200
    url = f"/v1/uploads/{opened.json()['upload_id']}"
    assert client.put(f"{url}/parts/1", content=content, auth=partner.auth).status_code == 200
    taken = client.post(f"{url}/complete", auth=partner.auth)
    assert taken.status_code == 202, taken.text
    shown = client.get(f"/v1/submissions/{taken.json()['submission_id']}", auth=partner.auth).json()
    assert shown["filename"] == NAME
    assert shows(settings, "张三丰", ID, PHONE) == []


def _with(changed: dict[str, Any]) -> dict[str, Any]:
    return samples.contract(300) | changed


SPOILT: dict[str, Callable[[], dict[str, Any]]] = {
    "an unknown field": lambda: _with({PHONE: 1}),
    "an unknown field below": lambda: _with({"agency": samples.contract(300)["agency"] | {f"tel {ID}": 1}}),
    "a wrong value": lambda: _with({"depart_on": PHONE}),
    "a value of another field": lambda: _with({"route_name": 7, "headcount": ID}),
}


@pytest.mark.parametrize("name", SPOILT)
def test_findings_show_no_personal_number(
    client: httpx.Client, settings: Settings, partner: Partner, name: str
) -> None:
    answer = client.post("/v1/contracts?atomic=false", json=[SPOILT[name]()], auth=partner.auth)
    findings = answer.json()["records"][0]["findings"]
    assert findings
    assert (ID in answer.text, PHONE in answer.text) == (False, False), answer.text
    assert shows(settings, ID, PHONE) == []


def test_a_dropped_file_may_be_called_anything(settings: Settings, drop: DropProcess) -> None:
    sender = issue_account(settings, "named-files", "laoqiao")
    with drop.login(sender) as client:
        client.drop(f"{PHONE} 王.csv", export("PW-1"))
        awaited(client, f"receipts/{PHONE} 王.csv.receipt.json", drop.process)
    assert shows(settings, PHONE) == []


@pytest.mark.parametrize(
    ("number", "is_personal"),
    [
        (ID, True),
        (ID.lower(), True),
        (ID_15, True),
        (PHONE, True),
        (f"+86{PHONE}", True),
        ("110105194912310021", False),
        ("91350100M000100Y43", False),
        ("ERP-2026-000123", False),
        ("202612010001", False),
        ("12345678901", False),
        (f"HT-{PHONE}", False),
    ],
)
def test_a_business_number_that_is_a_persons_is_warned_about(
    client: httpx.Client, partner: Partner, number: str, is_personal: bool
) -> None:
    assert is_personal_number(number) is is_personal
    body = samples.contract(400 + len(number)) | {"business_no": number}
    record = client.post("/v1/contracts?atomic=false", json=[body], auth=partner.auth).json()["records"][0]
    assert record["status"] in ("accepted", "unchanged", "conflict"), record
    codes = [finding["code"] for finding in record["findings"] if finding["severity"] == "warning"]
    assert ("INTAKE-115" in codes) is is_personal, record
