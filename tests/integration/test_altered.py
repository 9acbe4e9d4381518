"""What somebody writes to the database behind our back is never shown as if we had said it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import PIL.Image
import psycopg
import pytest
from psycopg.types.json import Jsonb

from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.trust.qr import QrSigner, QrStatement
from gateway.trust.signing import Purpose, SigningKey
from schemas import samples
from tests.conftest import Partner, running
from tests.soap_messages import plain, request_of

_PDF = {"Content-Type": "application/pdf"}


@pytest.fixture(scope="module")
def database(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """The administrator of the database: a superuser without a master key."""
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url, autocommit=True) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)
        yield connection


_numbers = iter(range(5000, 6000))


def pushed(client: httpx.Client, partner: Partner) -> dict[str, Any]:
    """A contract with a final document."""
    answer = client.post("/v1/contracts", json=samples.contract(next(_numbers)), headers=partner.bearer)
    record = answer.json()["records"][0]
    put = client.put(
        f"/v1/contracts/{record['code']}/document",
        content=pdf(client, partner, record["code"]),
        headers=partner.bearer | _PDF,
    )
    assert put.status_code == 201, put.text
    return record


def pdf(client: httpx.Client, partner: Partner, code: str) -> bytes:
    image = client.get(f"/v1/contracts/{code}/qr.png", headers=partner.bearer).content
    page = PIL.Image.new("RGB", (1654, 2339), "white")
    page.paste(PIL.Image.open(io.BytesIO(image)).convert("RGB"), (200, 200))
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=200)
    return buffer.getvalue()


def verdict(client: httpx.Client, entered: str) -> str:
    answer = client.post("/v1/verify", json={"text": entered})
    assert answer.status_code == (200 if "contract" in answer.json() else answer.json()["status"])
    return answer.json().get("code") if answer.status_code != 200 else answer.json()["verdict"]


def everywhere(client: httpx.Client, partner: Partner, record: dict[str, Any]) -> set[str]:
    """What the public doors say of a contract, by code and by QR."""
    found = {verdict(client, record["code"]), verdict(client, record["qr_text"])}
    asked = plain(request_of("VerifyContract", text=record["qr_text"]))
    over_soap = client.post("/soap", content=asked, headers={"Content-Type": "text/xml; charset=utf-8"})
    found.add("VERIFY-003" if "VERIFY-003" in over_soap.text else "valid" if ">valid<" in over_soap.text else "?")
    payload = record["qr_text"].rpartition("/")[2]
    for path in (f"/v/{payload}", f"/verify?text={record['code']}"):
        for language, words in (("zh", "不可信"), ("en", "do not trust")):
            answer = client.get(path, headers={"Accept-Language": language})
            is_altered = 'data-outcome="altered"' in answer.text and words in answer.text
            assert (answer.status_code == 409) is is_altered
            assert ('class="card verdict bad"' in answer.text) is is_altered
            assert (record["code_printed"][:9] in answer.text.replace("<wbr>", "")) is not is_altered
            found.add("VERIFY-003" if is_altered else "valid")
    return found


def alerts_about(database: psycopg.Connection[Any], record: dict[str, Any]) -> list[str]:
    subject = (f"contract/{record['code']}",)
    rows = database.execute("SELECT code FROM alert WHERE subject = %s AND closed_at IS NULL", subject).fetchall()
    return [code for (code,) in rows]


ALTERATIONS = {
    "agency_name": "agency_name = '另一家旅行社'",
    "agency_uscc": "agency_uscc = '91350100M000100Y44'",
    "subkind": "subkind = subkind || 'x'",
    "depart_on": "depart_on = depart_on + 1",
    "return_on": "return_on = NULL",
    "headcount": "headcount = headcount + 1",
    "issued_at": "issued_at = issued_at - interval '1 day'",
    "stored_at": "stored_at = stored_at - interval '1 second'",
    "state": "state = 'signed'",
    "version": "version = version + 1",
    "division": "division = '110101'",
    "the beginning of the hash": "content_hash = set_byte(content_hash, 0, get_byte(content_hash, 0) # 1)",
    "the end of the hash": "content_hash = set_byte(content_hash, 31, get_byte(content_hash, 31) # 1)",
    "one character of the QR": "qr_text = overlay(qr_text placing 'A' from length(qr_text) - 40) || ''",
    "the QR gone": "qr_text = NULL",
    "the proof": "proof = set_byte(proof, 5, get_byte(proof, 5) # 1)",
    "the proof gone": "proof = NULL",
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_an_altered_column_is_seen_at_every_public_door(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any], name: str
) -> None:
    record = pushed(client, partner)
    assert everywhere(client, partner, record) == {"valid"}
    alteration: Any = f"UPDATE record SET {ALTERATIONS[name]} WHERE code = %s"  # noqa: S608 - of constants
    database.execute(alteration, (record["code"],))
    assert everywhere(client, partner, record) == {"VERIFY-003"}
    assert alerts_about(database, record) == ["ALERT-010"]
    again = client.put(f"/v1/contracts/{record['code']}/document", content=b"%PDF-1.7", headers=partner.bearer | _PDF)
    assert (again.status_code, again.json()["code"]) == (409, "VERIFY-003")
    moved = client.post(f"/v1/contracts/{record['code']}/state", json={"state": "void"}, headers=partner.bearer)
    assert (moved.status_code, moved.json()["code"]) == (409, "VERIFY-003") or name == "the proof gone"
    assert everywhere(client, partner, record) == {"VERIFY-003"}


@pytest.mark.parametrize("name", ["issued_at", "one character of the QR", "the QR gone"])
def test_an_amendment_does_not_make_good_what_was_altered(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any], name: str
) -> None:
    body = samples.contract(next(_numbers))
    first = client.post("/v1/contracts", json=body, headers=partner.bearer).json()["records"][0]
    alteration: Any = f"UPDATE record SET {ALTERATIONS[name]} WHERE code = %s"  # noqa: S608 - of constants
    database.execute(alteration, (first["code"],))
    later = body | {"route_name": "改后的线路"}
    amended = client.post("/v1/contracts?amend=true", json=later, headers=partner.bearer)
    assert (amended.status_code, amended.json()["code"]) == (409, "VERIFY-003")


def test_two_contracts_whose_qrs_were_swapped_are_both_altered(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any]
) -> None:
    one, other = pushed(client, partner), pushed(client, partner)
    database.execute(
        "UPDATE record r SET qr_text = o.qr_text FROM record o WHERE r.code = ANY(%(both)s) AND o.code = ANY(%(both)s)"
        " AND r.code <> o.code",
        {"both": [one["code"], other["code"]]},
    )
    for record in (one, other):
        assert everywhere(client, partner, record) == {"VERIFY-003"}


def test_two_contracts_whose_codes_were_swapped_are_both_altered(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any]
) -> None:
    one, other = pushed(client, partner), pushed(client, partner)
    for old, new in ((one["code"], "LY00"), (other["code"], one["code"]), ("LY00", other["code"])):
        database.execute("UPDATE record SET code = %s WHERE code = %s", (new, old))
    for record in (one, other):
        assert everywhere(client, partner, record) == {"VERIFY-003"}


def test_a_genuine_qr_whose_contract_was_removed_says_so(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any]
) -> None:
    record = pushed(client, partner)
    database.execute("DELETE FROM record WHERE code = %s", (record["code"],))
    assert verdict(client, record["qr_text"]) == "VERIFY-003"
    assert verdict(client, record["code"]) == "VERIFY-001"


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE document SET sha256 = set_byte(sha256, 3, get_byte(sha256, 3) # 1) WHERE key = %s",
        "UPDATE document SET stored_at = stored_at - interval '1 day' WHERE key = %s",
        "UPDATE document SET proof = NULL WHERE key = %s",
        "INSERT INTO document (tenant_id, sender_id, kind, key, sha256, division, size_bytes, blob)"
        " SELECT tenant_id, sender_id, kind, key, sha256(''), division, 1, '' FROM document WHERE key = %s",
    ],
)
def test_an_altered_document_is_seen(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any], alteration: str
) -> None:
    record = pushed(client, partner)
    database.execute(alteration, (record["key"],))
    assert everywhere(client, partner, record) == {"VERIFY-003"}


def test_what_happens_by_the_doors_stays_good(client: httpx.Client, partner: Partner) -> None:
    number = next(_numbers)
    body = samples.contract(number)
    first = client.post("/v1/contracts", json=body, headers=partner.bearer).json()["records"][0]
    later = body | {"route_name": "改后的线路"}
    client.post("/v1/contracts?amend=true", json=later, headers=partner.bearer).raise_for_status()
    assert verdict(client, first["qr_text"]) == "superseded"
    for state in ("signed", "void"):
        client.post(f"/v1/contracts/{first['code']}/state", json={"state": state}, headers=partner.bearer)
    assert verdict(client, first["code"]) == "void"


def test_a_key_that_an_administrator_puts_in_verifies_nothing(
    client: httpx.Client, settings: Settings, partner: Partner, database: psycopg.Connection[Any]
) -> None:
    key = SigningKey.generate()
    database.execute(
        "INSERT INTO signing_key (kid, purpose, algorithm, jwk, sealed_private, retired_at)"
        " VALUES (%s, 'qr', 'EdDSA', %s, %s, now())",
        (key.public.kid, Jsonb(key.public.as_jwk(Purpose.QR)), b"\x01" + bytes(60)),
    )
    record = pushed(client, partner)
    statement = QrStatement(record["code"], "91350100M000100Y43", "outbound", None, None, 1, Clock.now(), bytes(16))
    assert verdict(client, QrSigner(key, settings.public_url).sign(statement)) == "VERIFY-002"
    assert key.public.as_jwk(Purpose.QR) not in client.get("/.well-known/jwks.json").json()["keys"]


def test_what_was_issued_before_there_were_proofs_may_lack_one(
    client: httpx.Client, partner: Partner, database: psycopg.Connection[Any], settings: Settings
) -> None:
    """As after an upgrade: other keys are older than that of the log, and an old instance may still be writing."""
    record = pushed(client, partner)
    database.execute("UPDATE record SET proof = NULL WHERE code = %s", (record["code"],))
    assert verdict(client, record["code"]) == "VERIFY-003"
    database.execute("UPDATE signing_key SET created_at = created_at - interval '1 hour' WHERE purpose <> 'log'")
    with running(settings) as upgraded:
        assert verdict(upgraded, record["code"]) == "valid"
