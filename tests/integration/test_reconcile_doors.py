"""Reconciliation with a portal that runs, through the command line, the API and the pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from adapters.envelope import Channel, Envelope
from gateway.access.accounts import Role
from gateway.base.settings import HttpSettings, Settings
from gateway.ledger.sealed import open_body
from gateway.persons.duties import Duty
from gateway.store.database import Scope
from gateway.wiring.services import open_services
from tests.conftest import Partner, issue_partner, running
from tests.people import Session, SomebodySignedIn, add_person
from tests.portals import RunningPortal, running_portal
from tests.processes import yizhan

SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}
RECORDS = 12
DECISION, OWN = "/differences/decision", {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    folder = tmp_path_factory.mktemp("rest")
    with running_portal("portal_rest.py", folder, "--records", RECORDS, **SECRETS) as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def donghai(portal: RunningPortal) -> Iterator[None]:
    """The connector's references, for us and for the processes that we start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DONGHAI_URL", f"{portal.url}/api")
        for name, value in SECRETS.items():
            patch.setenv(f"DONGHAI_{name}", value)
        yield


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Browsers come without TLS here."""
    return settings.model_copy(update={"http": HttpSettings(public_url="http://127.0.0.1")})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    issue_partner(settings, "donghai", Role.PARTNER, "330000", "donghai")
    assert yizhan(settings, "sync", "donghai").returncode == 0, "both sides are alike when a test begins"
    with running(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def official(settings: Settings) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "330000")


@pytest.fixture(scope="module")
def person(settings: Settings) -> SomebodySignedIn:
    """A colleague of the official who works in a browser."""
    return add_person(settings, "wang.fang", {Duty.QUALIFICATION_OFFICER}, "330000")


def compared(settings: Settings, *more: str) -> tuple[int, str]:
    """The exit status and the number of a run over agencies."""
    done = yizhan(settings, "reconcile", "run", "donghai", "--kind", "agency", *more)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout.split()[2].rstrip(":")


def discrepancies(client: httpx.Client, official: Partner, run_id: str, **query: Any) -> dict[str, dict[str, Any]]:
    url = f"/v1/reconciliations/{run_id}/discrepancies"
    rows = client.get(url, params=query, headers=official.bearer).raise_for_status().json()["discrepancies"]
    return {row["key"]: row for row in rows}


def test_what_is_missing_here_is_pulled_and_the_rerun_is_clean(
    settings: Settings, client: httpx.Client, official: Partner, portal: RunningPortal
) -> None:
    portal.control("seed", records=1)
    status, run_id = compared(settings)
    assert status == 1
    assert [row["class"] for row in discrepancies(client, official, run_id).values()] == ["missing_here"]
    answer = client.post(f"/v1/reconciliations/{run_id}/repair", headers=official.bearer).raise_for_status()
    assert (answer.json()["pages_taken"], answer.json()["waiting"]) == (1, 0)
    status, again = compared(settings, "--repeats", run_id)
    assert status == 0
    listed = client.get("/v1/reconciliations", params={"connector": "donghai"}, headers=official.bearer).json()
    assert [(one["reconciliation_id"], one["state"]) for one in listed["reconciliations"]] == [
        (again, "clean"),
        (run_id, "differs"),
    ]
    report = client.get(f"/v1/reconciliations/{again}/report", headers=official.bearer)
    assert report.headers["content-type"].startswith("application/jose")
    assert report.text.count(".") == 2


def test_a_newer_version_there_is_pulled(
    settings: Settings, client: httpx.Client, official: Partner, portal: RunningPortal
) -> None:
    key = portal.keys("agency")[0]
    portal.change("agency", key, address="改动后的地址 1 号")
    _, run_id = compared(settings)
    (found,) = discrepancies(client, official, run_id).values()
    assert (found["key"], found["class"], found["repair"]) == (key, "outdated_here", "pull")
    assert {field["field"] for field in found["fields"]} >= {"/revision"}
    done = yizhan(settings, "reconcile", "repair", run_id)
    assert done.returncode == 0, done.stderr
    assert compared(settings, "--repeats", run_id)[0] == 0


def test_a_change_of_ours_that_never_arrived_is_sent_again(
    settings: Settings, client: httpx.Client, official: Partner, portal: RunningPortal
) -> None:
    key, phone = portal.keys("agency")[2], "0571-87654321"
    asyncio.run(change_here(settings, key, phone=phone))
    _, run_id = compared(settings)
    (found,) = discrepancies(client, official, run_id).values()
    assert (found["key"], found["class"], found["repair"]) == (key, "unpushed", "push")
    assert client.post(f"/v1/reconciliations/{run_id}/repair", headers=official.bearer).json()["records_sent"] == 1
    assert phone in str(portal.read("agency", key)["body"])
    _, confirming = compared(settings, "--repeats", run_id)
    assert {row["class"] for row in discrepancies(client, official, confirming).values()} <= {"outdated_here"}
    client.post(f"/v1/reconciliations/{confirming}/repair", headers=official.bearer).raise_for_status()
    assert compared(settings, "--repeats", confirming)[0] == 0


async def change_here(settings: Settings, key: str, **fields: str) -> None:
    """What an authority changes at its desk, with nobody to tell the portal."""
    assert settings.database.url is not None
    async with open_services(settings, settings.database.url) as services:
        tenant = await services.accounts.named("donghai")
        assert tenant is not None
        (row,) = await services.reader.by_keys(Scope(tenant_id=tenant.id), "agency", [key])
        body = open_body(row, tenant.seal)
        raw = orjson.dumps(body | fields | {"unconfirmed": True})
        await services.intake.submit(
            Envelope(
                raw=raw,
                tenant=tenant.name,
                channel=Channel.REST,
                received_at=datetime.now(UTC),
                kind="agency",
                amend=True,
            ),
            tenant,
        )


def test_an_official_decides_on_the_page(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    key = portal.keys("agency")[1]
    portal.control("delete", kind="agency", key=key)
    _, run_id = compared(settings)
    signed_in = person.auth
    url = f"/reconciliations/{run_id}"
    asked = client.get(url)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/signin?to=%2Freconciliations%2F{run_id}")
    assert client.get(url, auth=Session("wrong")).status_code == 303
    page = client.get(url, auth=signed_in)
    assert page.status_code == 200
    assert key in page.text
    (place,) = re.findall(r'href="(/differences/decision[^"]+)"', page.text)
    shown = client.get(unescape(place), auth=signed_in).text
    assert "以本平台为准" in shown
    (row,) = re.findall(r'name="row" value="([^"]+)"', shown)
    form = {"row": row, "decision": "ignore", "reason": "门户已注销该社", "step": "sure"}
    assert client.post(DECISION, data=form, auth=signed_in).status_code == 403, "a form of another site"
    for lacking, words in (("reason", "请写明理由"), ("decision", "请选择如何核定")):
        answer = client.post(f"{DECISION}?lang=zh", data=form | {lacking: ""}, auth=signed_in, headers=OWN)
        assert (answer.status_code, words in answer.text) == (400, True), lacking
    checked = client.post(f"{DECISION}?lang=zh", data=form | {"step": ""}, auth=signed_in, headers=OWN)
    assert "核定前核对" in checked.text
    assert discrepancies(client, official, run_id)[key]["state"] == "open", "nothing counts before it was checked"
    done = client.post(f"{DECISION}?lang=zh", data=form, auth=signed_in, headers=OWN)
    assert done.status_code == 200
    (number,) = re.findall(r"核定编号 (\d+)", done.text)
    again = client.post(DECISION, data=form, auth=signed_in, headers=OWN)
    assert again.status_code == 409, "somebody has decided it already"
    history = client.get(f"/agencies/{key}?lang=zh", auth=signed_in).text
    assert "门户已注销该社" in history
    auditor = add_person(settings, "zhou.mei", {Duty.AUDITOR}, "330000")
    assert f">{number}<" in client.get("/audit", params={"object": key}, auth=auditor.auth).text
    assert discrepancies(client, official, run_id)[key]["state"] == "ignored"
    assert compared(settings, "--repeats", run_id)[0] == 0, "what was ignored stays ignored"
    assert "text/csv" in client.get(f"{url}.csv", auth=signed_in).headers["content-type"]
    assert client.get(f"{url}.xlsx", auth=signed_in).content.startswith(b"PK")


def test_what_both_sides_have_changed_is_decided_in_one_place_and_once(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    key = portal.keys("agency")[3]
    assert yizhan(settings, "portal", "link", "donghai").returncode == 0
    held = client.get(f"/v1/agencies/{key}", headers=official.bearer).headers["etag"]
    portal.change("agency", key, legalPerson="吴示例")
    patch = {"legal_representative": "卫示例", "principal": "冯示例"}
    url = f"/v1/agencies/{key}"
    client.patch(url, json=patch, headers={**official.bearer, "If-Match": held}).raise_for_status()
    assert yizhan(settings, "sync", "donghai").returncode == 0
    _, run_id = compared(settings)
    (conflict,) = differences(client, official, about="conflict")
    shown = {each["field"]: (each["stored"], each["sent"]) for each in conflict["differences"]}
    assert shown["/legal_representative"] == ("卫示例", "吴示例"), "what the register of companies publishes"
    assert shown["/principal"][0] == "冯**"

    found = discrepancies(client, official, run_id)[key]
    assert (found["conflict"], found["allowed"]) == (conflict["id"], [])
    run, place = f"/reconciliations/{run_id}", conflict["decide"]
    decision = {"decision": "keep_theirs", "reason": "以工商登记为准"}
    there = client.post(
        f"/v1{run}/discrepancies/agency/{key}/decision", json=decision | {"seen": "open"}, headers=official.bearer
    )
    assert (there.status_code, there.json()["code"], there.json()["conflict"]) == (409, "STATE-005", conflict["id"])
    signed_in = person.auth
    assert f"#conflict/{conflict['id']}" in client.get(run, auth=signed_in).text
    form = {"row": f"open/discrepancy/{run_id}/agency/{key}", "step": "sure"} | decision
    assert client.post(DECISION, data=form, auth=signed_in, headers=OWN).status_code == 409

    for lacking in ("seen", "reason"):
        sent = {name: value for name, value in (decision | {"seen": conflict["seen"]}).items() if name != lacking}
        assert client.post(place, json=sent, headers=official.bearer).status_code == 400, lacking
    telling = decision | {"seen": conflict["seen"], "reason": "联系 13800138000"}
    assert client.post(place, json=telling, headers=official.bearer).status_code == 400, "a number of a telephone"
    portal.change("agency", key, legalPerson="褚示例")
    assert yizhan(settings, "sync", "donghai").returncode == 0
    late = client.post(place, json=decision | {"seen": conflict["seen"]}, headers=official.bearer)
    assert (late.status_code, late.json()["code"]) == (412, "STATE-002")
    form = {"row": f"{conflict['seen']}/{conflict['name']}", "step": "sure"} | decision
    assert client.post(DECISION, data=form, auth=signed_in, headers=OWN).status_code == 409

    page = client.get("/differences", auth=signed_in).text
    (row,) = re.findall(r'name="row" value="([^"]+)"', page)
    assert "褚示例" in page
    filed = client.get("/differences.csv?about=conflict", auth=signed_in)
    assert key in filed.text
    assert "卫示例 | 褚示例" in filed.text
    assert "冯示例" not in filed.text, "masked as on the page"
    assert client.get("/differences.xlsx", auth=signed_in).content.startswith(b"PK")
    assert client.post(DECISION, data=form | {"row": row}, auth=signed_in, headers=OWN).status_code == 200
    found = discrepancies(client, official, run_id)[key]
    assert (found["state"], found["decision"], found["allowed"]) == ("repaired", "keep_theirs", [])
    assert "以工商登记为准" in client.get(f"/agencies/{key}", auth=signed_in).text
    seen = row.partition("/")[0]
    twice = client.post(place, json=decision | {"decision": "keep_ours", "seen": seen}, headers=official.bearer)
    assert (twice.status_code, twice.json()["code"]) == (409, "STATE-004")
    assert differences(client, official, about="conflict") == []


def differences(client: httpx.Client, who: Partner, **query: Any) -> list[dict[str, Any]]:
    """All that does not agree, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = client.get("/v1/differences", params=query, headers=who.bearer).raise_for_status().json()
        rows += answer["differences"]
        if answer["next"] is None:
            return rows
        query["after"] = answer["next"]


def test_what_waits_for_a_person_stands_in_one_list_and_once(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    disputed, *lost = (portal.keys("agency")[index] for index in (4, 5, 6))
    assert yizhan(settings, "portal", "link", "donghai").returncode == 0
    assert differences(client, official) == []
    for key in lost:
        portal.control("delete", kind="agency", key=key)
    _, first = compared(settings)
    began = client.get(f"/v1/reconciliations/{first}", headers=official.bearer).json()["started_at"]
    held = client.get(f"/v1/agencies/{disputed}", headers=official.bearer).headers["etag"]
    portal.change("agency", disputed, legalPerson="吴示例")
    patch, url = {"legal_representative": "卫示例"}, f"/v1/agencies/{disputed}"
    client.patch(url, json=patch, headers={**official.bearer, "If-Match": held}).raise_for_status()
    yizhan(settings, "sync", "donghai")
    _, latest = compared(settings)
    assert disputed in discrepancies(client, official, latest), "a run has found it, too"
    assert yizhan(settings, "reconcile", "run", "donghai", "--kind", "branch").returncode == 0

    expected = [*(("discrepancy", key) for key in sorted(lost)), ("conflict", disputed)]
    for limit in (1, 2, 3, 100):
        rows = differences(client, official, limit=limit)
        assert [(row["about"], row["key"]) for row in rows] == expected, limit
    for row in rows[:-1]:
        assert (row["reconciliation_id"], row["since"]) == (latest, began), (
            "decided in the last run, found in the first"
        )
        assert (row["class"], row["allowed"], row["turn"]) == ("missing_there", ["ignore", "keep_ours"], "official")
        assert row["subject"], "by its name"
    waiting = client.get("/v1/waiting", headers=official.bearer).json()
    assert (waiting["differences"], waiting["discrepancies"], waiting["oldest"]["differences"]) == (3, 2, began)
    filters = {"about": "conflict", "connector": "donghai", "division": "330000", "kind": "agency", "turn": "official"}
    asked = [({name: value}, len(differences(client, official, **{name: value}))) for name, value in filters.items()]
    assert [count for _, count in asked] == [1, 3, 3, 3, 3]
    nothing = {"about": "standstill", "connector": "minjiang", "division": "310000", "kind": "branch", "turn": "portal"}
    assert not any(differences(client, official, **{name: value}) for name, value in nothing.items())
    assert client.get("/v1/differences?turn=x", headers=official.bearer).status_code == 400

    signed_in = person.auth
    for language, words in (("zh", "已有"), ("en", "since")):
        page = client.get(f"/differences?lang={language}", auth=signed_in).text
        assert page.count('class="pick-row"') == len(expected)
        assert words in page
        assert "东海政务服务网" in page or language == "en"
        assert all(page.count(f'id="discrepancy/{latest}/agency/{key}"') == 1 for key in lost)
    assert f'href="/agencies/{disputed}' in page, "the record has a page"

    elsewhere = issue_partner(settings, "elsewhere", Role.OFFICIAL, "350000")
    stranger = issue_partner(settings, "stranger", Role.PARTNER, "330000")
    assert differences(client, elsewhere) == differences(client, stranger) == []

    (conflict,) = (row for row in rows if row["about"] == "conflict")
    sent = {"decision": "keep_theirs", "seen": conflict["seen"], "reason": "以门户登记为准"}
    answer = client.post(conflict["decide"], json=sent, headers=official.bearer).raise_for_status()
    assert answer.headers["yizhan-decision"].isdigit()
    picked = [f"{row['seen']}/{row['name']}" for row in rows if row["about"] == "discrepancy"]
    form = {"row": picked, "decision": "ignore", "reason": "门户正在迁移", "step": "sure"}
    done = client.post(f"{DECISION}?lang=zh", data=form, auth=signed_in, headers=OWN).text
    assert "已核定 2 项" in done, "several at once"
    assert differences(client, official) == []
    assert "没有门户差异" in client.get("/differences?lang=zh", auth=signed_in).text
    assert compared(settings)[0] == 0
    assert differences(client, official) == [], "what was ignored stays ignored"


def test_a_connector_that_stands_still_is_among_them_once(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DONGHAI_APP_SECRET", "wrong")
        assert yizhan(settings, "sync", "donghai").returncode == 1
    assert yizhan(settings, "portal", "link", "donghai").returncode == 0
    with psycopg.connect(str(settings.database.url), autocommit=True) as connection:
        connection.execute("UPDATE target SET failures = 9, failing_since = now(), open_until = now()")
        try:
            (row,) = differences(client, official, about="standstill")
            assert (row["connector"], row["turn"], row["decide"]) == ("donghai", "operator", None)
            assert row["alerts"] == ["ALERT-001", "circuit"]
            page = client.get("/differences?about=standstill&lang=zh", auth=person.auth).text
            assert "拉取中止、熔断" in page
            assert yizhan(settings, "sync", "donghai").returncode == 0
            (row,) = differences(client, official, about="standstill")
            assert (row["turn"], row["alerts"]) == ("portal", ["circuit"]), "nobody here can do anything about it"
        finally:
            connection.execute("UPDATE target SET failures = 0, failing_since = NULL, open_until = NULL")
    assert differences(client, official, about="standstill") == []


@pytest.mark.parametrize("after", ["x", "x/conflict/1", "2026-01-01T00:00:00+00:00/", "2026-01-01T00:00:00/conflict/1"])
def test_a_place_that_no_page_gave_is_refused(client: httpx.Client, official: Partner, after: str) -> None:
    answer = client.get("/v1/differences", params={"after": after}, headers=official.bearer)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


@pytest.mark.parametrize(
    "row", ["x", "open/standstill/1/donghai", f"open/discrepancy/{UUID(int=1)}", "open/conflict/x"]
)
def test_what_names_nothing_to_decide_is_refused(client: httpx.Client, person: SomebodySignedIn, row: str) -> None:
    assert client.get(DECISION, params={"row": row}, auth=person.auth).status_code == 400


def test_runs_are_listed_at_the_terminal_and_one_is_written_to_a_file(settings: Settings, tmp_path: Path) -> None:
    _, run_id = compared(settings)
    listed = yizhan(settings, "reconcile", "list", "donghai").stdout.splitlines()
    assert listed[0].startswith(f"{run_id}  ")
    assert yizhan(settings, "reconcile", "list", "minjiang").stdout.startswith("没有对账记录")
    for name in ("report.xlsx", "report.csv"):
        done = yizhan(settings, "reconcile", "show", run_id, "-o", str(tmp_path / name))
        assert (done.returncode, done.stdout) == (0, f"已写入 written: {tmp_path / name}\n")
        assert (tmp_path / name).stat().st_size > 0


def test_a_pull_without_news_says_so_and_a_portal_is_listed_by_its_connector(settings: Settings) -> None:
    assert yizhan(settings, "sync", "donghai").returncode == 0
    assert "无变更 nothing new" in yizhan(settings, "sync", "donghai").stdout
    assert yizhan(settings, "portal", "link", "donghai").returncode == 0
    assert "  portal  donghai  active  " in yizhan(settings, "targets", "list").stdout


def test_an_official_compares_again_by_a_click(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    portal.control("seed", records=1)
    _, run_id = compared(settings)
    signed_in, own = person.auth, {"Sec-Fetch-Site": "same-origin"}
    url = f"/reconciliations/{run_id}"
    assert client.post(f"{url}/compare", auth=signed_in).status_code == 403, "a form of another site"
    assert client.post(f"{url}/repair", auth=signed_in, headers=own).status_code == 303
    assert "再次对账" in client.get(f"{url}?repaired", auth=signed_in).text
    again = client.post(f"{url}/compare", auth=signed_in, headers=own)
    assert again.status_code == 303
    found = client.get(f"/v1{again.headers['location']}", headers=official.bearer).json()
    assert (found["state"], found["repeats"], found["kinds"]) == ("clean", run_id, ["agency"])
    listed = client.get("/reconciliations", auth=signed_in).text
    assert f'复核 <a href="{url}">' in listed
    assert "东海政务服务网" in listed
    portal.faults(down=True)
    try:
        away = client.post(f"{url}/compare", auth=signed_in, headers=own)
    finally:
        portal.faults()
    assert (away.status_code, away.headers["content-type"]) == (503, "text/html; charset=utf-8")
    auditor = add_person(settings, "auditor", {Duty.AUDITOR}, "330000")
    assert client.post(f"{url}/compare", auth=auditor.auth, headers=own).status_code == 403


def test_a_record_that_the_portal_lost_is_entered_anew_when_a_person_keeps_ours(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    key = portal.keys("agency")[3]
    held = portal.read("agency", key)["body"]
    assert yizhan(settings, "portal", "link", "donghai").returncode == 0
    portal.control("delete", kind="agency", key=key)
    _, run_id = compared(settings)
    assert discrepancies(client, official, run_id)[key]["allowed"] == ["ignore", "keep_ours"]
    assert (
        yizhan(settings, "reconcile", "decide", run_id, "agency", key, "keep_ours", "--reason", "重新报送").returncode
        == 0
    )
    repaired = yizhan(settings, "reconcile", "repair", run_id)
    assert repaired.returncode == 0
    assert "0 records sent, 1 queued" in repaired.stdout
    assert "yizhan sync donghai" in repaired.stdout
    signed_in = person.auth
    assert "待送达" in client.get(f"/reconciliations/{run_id}", auth=signed_in).text
    asyncio.run(deliver(settings))
    entered = portal.read("agency", key)
    assert not entered["gone"]
    assert entered["body"].keys() == held.keys()
    assert entered["body"]["legalPerson"] == held["legalPerson"]
    assert yizhan(settings, "sync", "donghai").returncode == 0
    assert compared(settings, "--repeats", run_id)[0] == 0


async def deliver(settings: Settings) -> None:
    assert settings.database.url is not None
    async with open_services(settings, settings.database.url) as services:
        await services.relay.drain()


def test_the_pages_speak_both_languages_and_show_the_trend(
    settings: Settings, client: httpx.Client, official: Partner, person: SomebodySignedIn, portal: RunningPortal
) -> None:
    portal.control("seed", records=1)
    compared(settings)
    compared(settings)
    signed_in = person.auth
    url = "/reconciliations?connector=donghai"
    assert "每日差异" in client.get(url, auth=signed_in).text
    english = client.get(f"{url}&lang=en", auth=signed_in).text
    assert "Discrepancies by day" in english
    assert "<svg" in english
    assert "门户" in yizhan(settings, "reconcile", "run", "--help").stdout
    assert "█" in yizhan(settings, "reconcile", "trend", "donghai").stdout


def test_a_portal_that_is_away_fails_the_run_and_says_so(
    settings: Settings, client: httpx.Client, official: Partner, portal: RunningPortal
) -> None:
    portal.faults(down=True)
    try:
        done = yizhan(settings, "reconcile", "run", "donghai", "--kind", "agency")
    finally:
        portal.faults()
    assert done.returncode == 1
    assert "try again" in done.stderr
    newest = client.get("/v1/reconciliations", params={"limit": 1}, headers=official.bearer).json()["reconciliations"]
    assert newest[0]["state"] == "failed"
    assert "无法访问" in newest[0]["failure"] or "门户返回" in newest[0]["failure"]
    assert newest[0]["failure_en"].isascii()
    assert "Retriable" not in newest[0]["failure_en"], "what happened, and no name of a class"


@pytest.mark.parametrize("query", ["limit=0", "before=x", "connector=%00"])
def test_bad_questions_are_refused(client: httpx.Client, official: Partner, query: str) -> None:
    assert client.get(f"/v1/reconciliations?{query}", headers=official.bearer).status_code == 400


def test_a_partner_repairs_nothing(settings: Settings, client: httpx.Client) -> None:
    portal_itself = issue_partner(settings, "donghai", Role.PARTNER, "330000", "donghai")
    listed = client.get("/v1/reconciliations", headers=portal_itself.bearer).json()["reconciliations"]
    url = f"/v1/reconciliations/{listed[0]['reconciliation_id']}"
    assert client.post(f"{url}/repair", headers=portal_itself.bearer).status_code == 403
    decision = client.post(
        f"{url}/discrepancies/agency/X/decision",
        json={"decision": "ignore", "reason": "x", "seen": "open"},
        headers=portal_itself.bearer,
    )
    assert decision.status_code == 403
