"""What need be kept no longer goes; what proves, answers and counts stays; a hold stops it, a crash does not."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg
import pytest

from gateway.access.accounts import TERMINAL, Role
from gateway.access.divisions import SANDBOX
from gateway.base.clock import Clock
from gateway.base.settings import HttpSettings, RetentionSettings, Settings
from gateway.inspection.reattesting import Witness
from gateway.ledger.attested import submission_ref
from gateway.persons.duties import Duty
from gateway.persons.states import PersonState
from gateway.store.emptying import Subject
from gateway.transparency.entries import LeafKind
from gateway.wiring.services import Services
from schemas import filed_samples, samples
from tests.conftest import Partner, issue_partner, until
from tests.integration.test_qualifications import PDF
from tests.integration.test_records import pdf_with
from tests.integration.test_transparency_log import integrate, with_services
from tests.people import add_person
from tests.processes import running_beside, yizhan
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
    assert {subject: count for subject, count in counted.items() if count} == {"contract": 3, "roster": 1}
    assert set(counted) == set(Subject)
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


def run(client: httpx.Client, who: Partner) -> dict[str, int]:
    """What a purge removes, by subject."""
    done = client.post("/v1/retention/runs", json={}, headers=who.bearer)
    assert done.status_code == 200, done.text
    return {each["subject"]: each["rows"] for each in done.json()["counts"]}


def test_a_check_on_the_road_loses_its_words_and_photographs_and_keeps_its_outcome(
    client: httpx.Client, settings: Settings, operator: Partner, agency: Partner, database: psycopg.Connection
) -> None:
    kept = ahead(samples.contract(21))
    code = client.post("/v1/contracts", json=kept, headers=agency.bearer).json()["records"][0]["code"]
    asked = {"id": str(uuid4()), "about": code, "outcome": "deviating", "note": "车上 30 人", "place": "环岛路"}
    with Clock.standing_at(LONG_AGO):
        asked |= {"checked_at": Clock.now().isoformat(), "photos": [b64encode(b"\xff\xd8\xffphoto").decode()]}
        made = client.post("/v1/field-checks", json=asked, headers=operator.bearer)
    assert made.status_code == 201, made.text
    held = {"partner": "keeps", "kind": "contract", "key": kept["business_no"], "reason": "（2026）闽0203民初2号"}
    hold = client.post("/v1/retention/holds", json=held, headers=operator.bearer).json()["hold_id"]
    assert "field_check" not in run(client, operator), "a case needs it"
    client.post(f"/v1/retention/holds/{hold}/lift", json={}, headers=operator.bearer).raise_for_status()
    assert run(client, operator)["field_check"] == 1
    shown = client.get(f"/v1/field-checks/{asked['id']}", headers=operator.bearer).json()
    assert (shown["outcome"], shown["note"], shown["photos"], shown["is_kept"]) == ("deviating", "", 0, False)
    picture = client.get(f"/v1/field-checks/{asked['id']}/photos/1", headers=operator.bearer)
    assert (picture.status_code, picture.json()["code"]) == (410, "RETENTION-001")
    assert client.post("/v1/field-checks", json=asked, headers=operator.bearer).status_code == 200, "sent once more"
    assert database.execute("SELECT blob FROM field_check_photo").fetchall() == [(b"",)]


def test_materials_go_with_the_time_of_their_filing(
    client: httpx.Client, settings: Settings, operator: Partner, agency: Partner, database: psycopg.Connection
) -> None:
    uscc = "91350203MA9990001W"
    for number, is_decided in ((71, True), (72, False)):
        filing = filed_samples.filing(number) | {"agency_uscc": uscc, "division": "350203", "status": "applied"}
        filing |= {"applied_on": "2017-07-01", "due_on": "2017-09-30"}
        del filing["accepted_on"]
        with Clock.standing_at(LONG_AGO):
            client.post("/v1/filings", json=filing, headers=agency.bearer).raise_for_status()
            place = f"/v1/own-agency/filings/{filing['filing_no']}/materials"
            sent = {"files": {"file": ("a.pdf", PDF)}, "data": {"name": "存款证明", "kind": "deposit"}}
            client.post(place, **sent, headers=agency.bearer).raise_for_status()
            states = ("accepted", "approved") if is_decided else ()
            for version, state in enumerate(states, 1):
                seen = operator.bearer | {"If-Match": f'"{version}"'}
                where = f"/v1/filings/{filing['filing_no']}/state"
                client.post(where, json={"state": state}, headers=seen).raise_for_status()
    held = {"partner": "keeps", "kind": "filing", "key": filed_samples.filing(71)["filing_no"], "reason": "案件"}
    hold = client.post("/v1/retention/holds", json=held, headers=operator.bearer).json()["hold_id"]
    assert "material" not in run(client, operator), "a case needs it"
    client.post(f"/v1/retention/holds/{hold}/lift", json={}, headers=operator.bearer).raise_for_status()
    assert run(client, operator)["material"] == 1
    left = database.execute("SELECT key, blob = '', name = '' FROM document WHERE kind = 'filing' ORDER BY key")
    numbers = [filed_samples.filing(number)["filing_no"] for number in (71, 72)]
    assert left.fetchall() == [(numbers[0], True, True), (numbers[1], False, False)]
    at = f"/v1/filings/{numbers[0]}/materials"
    (told,) = client.get(at, headers=operator.bearer).json()["materials"]
    assert (told["name"], told["place"]) == ("", "elsewhere")
    gone = client.get(f"{at}/{told['sha256']}", headers=operator.bearer)
    assert (gone.status_code, gone.json()["code"]) == (410, "RETENTION-001")


def test_a_draft_that_nobody_concluded_goes_a_year_after_it_was_changed(
    client: httpx.Client, operator: Partner, settings: Settings, database: psycopg.Connection
) -> None:
    maker = issue_partner(settings, "drafts", division="350203", uscc="91350100M000100Y43", speaks_for="")
    kept = [
        client.post("/v1/online-contracts", json={"template": "GF-2014-2401"}, auth=maker.auth).json() for _ in range(2)
    ]
    old = "UPDATE online_contract SET changed_at = changed_at - interval '400 days' WHERE key = %s"
    database.execute(old, [kept[0]["business_no"]])
    plan = client.get("/v1/retention/plan", headers=operator.bearer).json()["plan"]
    assert {sum(each["due"].values()) for each in plan if each["subject"] == "online_draft"} == {1}
    assert run(client, operator)["online_draft"] == 1
    shown = [client.get(f"/v1/online-contracts/{each['id']}", auth=maker.auth).json() for each in kept]
    assert [(each["state"], bool(each["body"])) for each in shown] == [("discarded", False), ("draft", True)]
    assert "online_draft" not in run(client, operator)


def test_of_a_closed_account_nothing_but_the_login_is_kept(
    client: httpx.Client, settings: Settings, operator: Partner, database: psycopg.Connection
) -> None:
    for login in ("left.long.ago", "left.today", "still.here"):
        add_person(settings, login, {Duty.INSPECTOR}, "000000")

    async def close(services: Services) -> None:
        with Clock.standing_at(LONG_AGO):
            await services.persons.move(TERMINAL, "left.long.ago", PersonState.CLOSED, "离职")
        await services.persons.move(TERMINAL, "left.today", PersonState.CLOSED, "离职")

    with_services(settings, close)
    assert run(client, operator)["person"] == 1
    rows = database.execute("SELECT login, contact = '', password IS NULL FROM person ORDER BY login").fetchall()
    assert rows == [("left.long.ago", True, True), ("left.today", False, False), ("still.here", False, False)]
    people = client.get("/v1/persons", headers=operator.bearer).json()["persons"]
    assert {each["login"] for each in people} >= {"left.long.ago", "left.today"}
    assert yizhan(settings, "keys", "rewrap").returncode == 0, "nothing of it is sealed any more"
    entries = client.get("/v1/audit", params={"object": "left.long.ago"}, headers=operator.bearer).json()["entries"]
    assert "person.closed" in {each["action"] for each in entries}


def test_who_was_struck_off_goes_and_may_be_filed_again(
    client: httpx.Client, settings: Settings, operator: Partner
) -> None:
    portal = issue_partner(settings, "registry", connector="donghai")
    gone, filed = (filed_samples.leader(number) for number in (51, 52))
    with Clock.standing_at(LONG_AGO):
        for body in (gone | {"status": "cancelled", "revision": 3}, filed):
            kept = client.post("/v1/leaders", json=body, headers=portal.bearer)
            assert kept.status_code == 201, kept.text
    asked = {"document_no": gone["document"]["number"], "request_no": "GR-2026-009", "purpose": "own_request"}
    told = client.post("/v1/subjects", json=asked, headers=operator.bearer).json()["records"]
    assert [each["erasable_on"] for each in told if each["key"] == gone["cert_no"]] == ["2019-08-02"]
    assert run(client, operator)["leader"] == 1
    here = f"/v1/leaders/{gone['cert_no']}"
    shown = client.get(here, headers=portal.bearer).json()
    assert (shown["state"], shown["body"]) == ("cancelled", None)
    assert client.get(f"/v1/leaders/{filed['cert_no']}", headers=portal.bearer).json()["body"] == filed
    asked |= {"request_no": "GR-2026-010"}
    again = client.post("/v1/subjects", json=asked, headers=operator.bearer).json()["records"]
    assert gone["cert_no"] not in {each["key"] for each in again}
    for revision, status in ((2, "unchanged"), (4, "amended")):
        sent = client.post(
            "/v1/leaders?amend=true", json=gone | {"status": "filed", "revision": revision}, headers=portal.bearer
        )
        assert sent.json()["records"][0]["status"] == status, sent.text
    now = client.get(here, headers=portal.bearer).json()
    assert (now["state"], now["version"], now["body"]["name"]) == ("filed", 2, gone["name"])
    assert "leader" not in run(client, operator)
    integrate(settings)
    verified = yizhan(settings, "audit", "verify")
    assert verified.returncode == 0, verified.stdout


def test_a_purge_that_is_killed_half_way_leaves_nothing_half_emptied(
    client: httpx.Client, settings: Settings, agency: Partner, database: psycopg.Connection
) -> None:
    """It waits for a row that the test holds, with the record itself emptied already, and is killed there."""
    contracts, roster = [samples.contract(number) for number in (31, 32)], samples.roster(33, travellers=2)
    changed = roster | {"route_name": "泰国曼谷七日游"}
    with Clock.standing_at(LONG_AGO):
        client.post("/v1/contracts", content=orjson.dumps(contracts), headers=agency.bearer).raise_for_status()
        client.post("/v1/rosters", json=roster, headers=agency.bearer).raise_for_status()
        client.post("/v1/rosters?amend=true", json=changed, headers=agency.bearer).raise_for_status()
    named = [*(body["business_no"] for body in contracts), roster["group_no"]]
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as holding:
        holding.execute("SELECT FROM record_version WHERE key = %s FOR UPDATE", [roster["group_no"]])
        with running_beside(settings, "retention", "run") as purge:
            until(lambda: _waits_for_a_lock(database), "the purge waits for the version of the roster", of=purge)
            purge.kill()
            purge.wait()
    until(lambda: not _waits_for_a_lock(database), "the server has noticed")
    emptied = {key: purged for key, purged, _ in _bodies(database, named)}
    assert list(emptied.values()) == [True, True, False], "contracts come before rosters"
    assert all((body == b"") == purged for _, purged, body in _bodies(database, named))
    shown = client.get(f"/v1/rosters/{roster['group_no']}", headers=agency.bearer).json()
    assert shown["body"] == changed
    (run_id,) = database.execute("SELECT id FROM retention_run WHERE state = 'running'").fetchone() or (UUID(int=0),)
    query = "SELECT subject, sum(rows) FROM retention_count WHERE run_id = %s GROUP BY subject"
    assert database.execute(query, [run_id]).fetchall() == [("contract", 2)]
    ended = yizhan(settings, "retention", "run")
    assert (ended.returncode, str(run_id) in ended.stdout) == (0, True), ended.stdout + ended.stderr
    assert {(purged, body) for _, purged, body in _bodies(database, named)} == {(True, b"")}
    integrate(settings)
    verified = yizhan(settings, "audit", "verify")
    assert verified.returncode == 0, verified.stdout


def _waits_for_a_lock(database: psycopg.Connection) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%record_version%'"
    return database.execute(query).fetchone() != (0,)


def _bodies(database: psycopg.Connection, keys: list[str]) -> list[tuple[str, bool, bytes]]:
    """Of every version of some records whether it was purged, and its body; contracts first."""
    query = """
        SELECT r.key, r.purged_at IS NOT NULL, r.body FROM record r WHERE r.key = ANY(%(keys)s)
        UNION ALL
        SELECT v.key, r.purged_at IS NOT NULL, v.body FROM record_version v JOIN record r USING (tenant_id, kind, key)
        WHERE v.key = ANY(%(keys)s)
        ORDER BY key
    """
    return [(key, purged, bytes(body)) for key, purged, body in database.execute(query, {"keys": keys})]
