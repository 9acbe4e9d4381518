"""What need be kept no longer goes; what proves, answers and counts stays; a hold stops it, a crash does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.access.divisions import SANDBOX
from gateway.base.clock import Clock
from gateway.base.settings import HttpSettings, RetentionSettings, Settings
from gateway.inspection.reattesting import Witness
from gateway.ledger.attested import submission_ref
from gateway.transparency.entries import LeafKind
from gateway.wiring.services import Services
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.integration.test_records import pdf_with
from tests.integration.test_transparency_log import integrate, with_services
from tests.processes import yizhan
from tests.trips import LONG_AGO, ahead

GONE = samples.contract(1)
CHANGED = GONE | {"route_name": "三亚双飞六日游"}
ROSTER = samples.roster(2, travellers=2)
HELD = samples.contract(3)
CURRENT = ahead(samples.contract(4))
ALTERED = samples.contract(5)
TRIED = samples.contract(8)
BAD = samples.contract(6) | {"return_on": "2017-01-01"}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "http": HttpSettings(public_url="http://hub.example.test"),
            "retention": RetentionSettings(batch_records=2),
        }
    )


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Partner:
    return issue_partner(settings, "team", Role.OPERATOR, "000000", speaks_for="")


@pytest.fixture(scope="module")
def agency(settings: Settings) -> Partner:
    return issue_partner(settings, "keeps", uscc="91350203MA9990001W")


@pytest.fixture(scope="module")
def pushed(client: httpx.Client, settings: Settings, agency: Partner) -> dict[str, Any]:
    """The answers to what was sent, by what it was."""
    found: dict[str, Any] = {}
    with Clock.standing_at(LONG_AGO):
        _send_old(client, settings, agency, found)
    found["bad"] = client.post("/v1/contracts?atomic=false", json=[BAD], headers=agency.bearer)
    return found


def _send_old(client: httpx.Client, settings: Settings, agency: Partner, found: dict[str, Any]) -> None:
    sent = {"gone": GONE, "held": HELD, "current": CURRENT, "altered": ALTERED}
    for name, body in sent.items():
        answer = client.post("/v1/contracts", json=body, headers=agency.bearer | {"Idempotency-Key": f"key-{name}"})
        assert answer.status_code == 201, answer.text
        found[name] = answer
    amended = client.post("/v1/contracts?amend=true", json=CHANGED, headers=agency.bearer)
    assert amended.json()["records"][0]["version"] == 2
    found["code"] = found["gone"].json()["records"][0]["code"]
    tester = issue_partner(settings, "tries", division=SANDBOX, speaks_for="")
    found["tried"] = client.post("/v1/contracts", json=TRIED, headers=tester.bearer).json()["records"][0]
    found["roster"] = client.post("/v1/rosters", json=ROSTER, headers=agency.bearer)
    png = client.get(f"/v1/contracts/{found['code']}/qr.png", headers=agency.bearer).content
    document = client.put(f"/v1/contracts/{found['code']}/document", content=pdf_with(png), headers=agency.bearer)
    assert document.status_code == 201, document.text


@pytest.fixture(scope="module")
def database(settings: Settings) -> Iterator[psycopg.Connection]:
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def purged(
    client: httpx.Client,
    settings: Settings,
    operator: Partner,
    pushed: dict[str, Any],
    database: psycopg.Connection,
) -> dict[str, Any]:
    """The report of a purge, of documents that came long ago, with one record held and one altered."""
    asked = {"partner": "keeps", "kind": "contract", "key": HELD["business_no"], "reason": "（2026）闽0203民初1号"}
    held = client.post("/v1/retention/holds", json=asked, headers=operator.bearer)
    assert held.status_code == 201, held.text
    database.execute("UPDATE record SET headcount = 9 WHERE key = %s", [ALTERED["business_no"]])
    misspelt = client.post("/v1/retention/holds", json=asked | {"key": "ERP-2017-X"}, headers=operator.bearer)
    assert (misspelt.status_code, misspelt.json()["code"]) == (404, "REQUEST-003"), "nothing would be held"
    first = client.post("/v1/retention/runs", json={}, headers=operator.bearer)
    assert first.status_code == 200, first.text
    assert first.json()["state"] == "done"
    return first.json() | {"hold": held.json()["hold_id"]}


def test_the_plan_says_what_would_go_and_changes_nothing(
    client: httpx.Client, operator: Partner, agency: Partner, pushed: dict[str, Any]
) -> None:
    plan = client.get("/v1/retention/plan", headers=operator.bearer).json()["plan"]
    counted = {each["subject"]: sum(each["due"].values()) for each in plan}
    assert counted == {"contract": 3, "roster": 1, "dead_letter": 0, "submission": 0}
    assert client.get(f"/v1/contracts/{pushed['code']}", headers=agency.bearer).json()["body"] == CHANGED
    assert client.get("/v1/retention/plan", headers=agency.bearer).status_code == 403


def test_the_content_is_gone_from_every_table(
    purged: dict[str, Any], pushed: dict[str, Any], database: psycopg.Connection
) -> None:
    assert {(each["subject"], each["rows"]) for each in purged["counts"]} == {
        ("contract", 1),
        ("roster", 1),
        ("submission", 3),
    }
    keys = [[GONE["business_no"], ROSTER["group_no"]]]
    for query in (
        "SELECT body FROM record WHERE key = ANY(%s)",
        "SELECT body FROM record_version WHERE key = ANY(%s)",
        "SELECT blob FROM document WHERE key = ANY(%s)",
    ):
        assert {bytes(value) for (value,) in database.execute(query.encode(), keys)} == {b""}, query
    people = database.execute("SELECT DISTINCT people::text FROM record WHERE key = ANY(%s)", keys).fetchall()
    assert people == [("{}",)]


def test_whoever_holds_the_contract_still_finds_its_facts(
    client: httpx.Client, agency: Partner, purged: dict[str, Any], pushed: dict[str, Any]
) -> None:
    verdict = client.get(f"/v1/verify/{pushed['code']}").json()
    assert (verdict["verdict"], verdict["contract"]["agency_name"]) == ("valid", GONE["agency"]["name"])
    assert verdict["contract"]["purged_at"] is not None
    assert "已过保存期限" in client.get(f"/v/{pushed['code']}?lang=zh").text
    own = client.get(f"/v1/contracts/{pushed['code']}", headers=agency.bearer).json()
    assert (own["body"], own["state"], own["version"]) == (None, "generated", 2)
    document = client.get(f"/v1/contracts/{pushed['code']}/document", headers=agency.bearer)
    assert (document.status_code, document.json()["code"]) == (410, "RETENTION-001")


def test_a_retry_gets_the_original_answer_and_the_number_stays_taken(
    client: httpx.Client, agency: Partner, purged: dict[str, Any], pushed: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "key-gone"}
    again = client.post("/v1/contracts", json=GONE, headers=agency.bearer | key)
    assert (again.content, again.headers["idempotent-replayed"]) == (pushed["gone"].content, "true")
    unchanged = client.post("/v1/contracts", json=CHANGED, headers=agency.bearer | {"Idempotency-Key": "other"})
    assert unchanged.json()["records"][0]["code"] == pushed["code"]
    for number, amend in enumerate(("?amend=true", "")):
        other = GONE | {"route_name": f"另一条线路{number}"}
        refused = client.post(f"/v1/contracts{amend}", json=other, headers=agency.bearer)
        assert refused.status_code == 409, refused.text
        assert "INTAKE-116" in {each["code"] for each in refused.json()["records"][0]["findings"]}


def test_what_is_held_current_altered_or_tried_stays(
    client: httpx.Client,
    agency: Partner,
    purged: dict[str, Any],
    pushed: dict[str, Any],
    database: psycopg.Connection,
) -> None:
    for name, body in (("held", HELD), ("current", CURRENT), ("altered", ALTERED)):
        code = pushed[name].json()["records"][0]["code"]
        assert client.get(f"/v1/contracts/{code}", headers=agency.bearer).json()["body"] == body, name
    query = "SELECT count(*) FROM record WHERE key = %s AND purged_at IS NULL AND body <> ''"
    assert database.execute(query, [pushed["tried"]["key"]]).fetchone() == (1,), "of the sandbox"


def test_the_log_tells_a_purge_from_an_alteration(
    settings: Settings, purged: dict[str, Any], pushed: dict[str, Any], database: psycopg.Connection
) -> None:
    """Only the row that the test has altered is told; put right, nothing is."""
    integrate(settings)
    told = yizhan(settings, "audit", "verify")
    assert told.returncode == 1, told.stdout
    flaws = [line for line in told.stdout.splitlines() if "LOG-" in line]
    assert flaws
    assert {line for line in flaws if ALTERED["business_no"] not in line} == set()
    database.execute("UPDATE record SET headcount = 3 WHERE key = %s", [ALTERED["business_no"]])
    told = yizhan(settings, "audit", "verify")
    assert told.returncode == 0, told.stdout
    (body,) = database.execute("SELECT body FROM record WHERE key = %s", [HELD["business_no"]]).fetchone() or ("",)
    database.execute("UPDATE record SET body = '' WHERE key = %s", [HELD["business_no"]])
    assert HELD["business_no"] in yizhan(settings, "audit", "verify").stdout, "emptied without a purge"
    database.execute("UPDATE record SET body = %s WHERE key = %s", [body, HELD["business_no"]])


def test_the_purge_is_in_the_audit_log_and_kept_as_a_report(
    client: httpx.Client, settings: Settings, operator: Partner, purged: dict[str, Any]
) -> None:
    sought = {"object": purged["run_id"]}
    entries = client.get("/v1/audit", params=sought, headers=operator.bearer).json()["entries"]
    assert {each["action"] for each in entries} == {"retention.purge", "retention.run"}
    shown = client.get(f"/v1/retention/runs/{purged['run_id']}", headers=operator.bearer).json()
    assert shown["counts"] == purged["counts"]
    assert purged["run_id"] in yizhan(settings, "retention", "report").stdout


def grow_old(settings: Settings, database: psycopg.Connection) -> None:
    """All that came came long ago, and is attested so."""
    database.execute("UPDATE dead_letter SET stored_at = '2020-01-01'")
    database.execute("UPDATE submission SET received_at = '2020-01-01'")
    rows = [{"id": number} for (number,) in database.execute("SELECT id FROM submission")]

    async def attest(services: Services) -> None:
        async with services.database.writing() as connection:
            await Witness(LeafKind.RECEIPT, lambda row: submission_ref(row["id"])).renewed(connection, rows)

    with_services(settings, attest)


def test_documents_and_letters_go_with_age_and_a_lifted_hold_holds_nothing(
    client: httpx.Client,
    settings: Settings,
    operator: Partner,
    agency: Partner,
    purged: dict[str, Any],
    pushed: dict[str, Any],
    database: psycopg.Connection,
) -> None:
    bad = orjson.loads(pushed["bad"].content)["submission_id"]
    grow_old(settings, database)
    lifted = client.post(f"/v1/retention/holds/{purged['hold']}/lift", json={}, headers=operator.bearer)
    assert lifted.status_code == 200, lifted.text
    told = yizhan(settings, "retention", "run")
    assert told.returncode == 0, told.stderr
    assert {"未通过的记录", "报送原文"} <= set(re.findall("未通过的记录|报送原文", told.stdout))
    kept = database.execute("SELECT key FROM record WHERE body <> '' ORDER BY key").fetchall()
    assert {key for (key,) in kept} == {CURRENT["business_no"], TRIED["business_no"]}, "the others are due now"
    query = "SELECT id::text FROM submission WHERE raw <> '' AND division <> 'TEST'"
    raw = database.execute(query).fetchall()
    assert [number for (number,) in raw] == [orjson.loads(pushed["current"].content)["submission_id"]]
    integrate(settings)
    assert yizhan(settings, "audit", "verify").returncode == 0
    key = {"Idempotency-Key": "key-gone"}
    assert client.post("/v1/contracts", json=GONE, headers=agency.bearer | key).content == pushed["gone"].content
    letters = client.get(f"/v1/submissions/{bad}/dead-letters", headers=agency.bearer)
    assert letters.json()["dead_letters"] == []
    again = client.post(f"/v1/retention/holds/{purged['hold']}/lift", json={}, headers=operator.bearer)
    assert again.status_code == 404
