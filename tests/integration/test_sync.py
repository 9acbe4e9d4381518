"""Pulling a portal that runs, and pushing to it: whatever it does, nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import orjson
import psycopg
import pytest

from adapters.drift import Shape
from adapters.envelope import Envelope
from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Window
from adapters.transports.portals import open_portal
from gateway import alerts
from gateway.access.accounts import TERMINAL, Role
from gateway.commands.desk import link_portal
from gateway.connector_secrets import secret
from gateway.dead_letters import ReplayStatus, Selection
from gateway.relay.portal_push import PORTAL
from gateway.services import Services, open_services
from gateway.settings import HttpSettings, Settings
from gateway.store import watermarks
from gateway.store.database import Scope
from gateway.sync.documents import Piece
from gateway.sync.pull import Pulled, plan, pull, tenant_of
from schemas import filed_samples
from tests.conftest import issue_partner, until
from tests.portals import RunningPortal, running_portal

SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}
RECORDS = 230
EVERYTHING = Scope(division="%")
EVENTS = ("agency.amended", "filing.amended")


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[RunningPortal]:
    with (
        running_portal("portal_rest.py", tmp_path, "--records", RECORDS, **SECRETS) as started,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("DONGHAI_URL", f"{started.url}/api")
        for name, value in SECRETS.items():
            patch.setenv(f"DONGHAI_{name}", value)
        yield started


@pytest.fixture
def settings(new_database: Any, settings: Settings, tmp_path: Path) -> Settings:
    made = settings.model_copy(
        update={
            "home": tmp_path / "home",
            "database": settings.database.model_copy(update={"url": new_database()}),
            "http": HttpSettings(public_url="http://127.0.0.1"),
        }
    )
    made.home.mkdir()
    return made


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    await asyncio.to_thread(issue_partner, settings, "donghai", Role.PARTNER, "330000", "donghai")
    assert settings.database.url is not None
    async with open_services(settings, settings.database.url) as opened:
        yield opened


async def agencies(services: Services) -> dict[str, Any]:
    """Stored agencies by key, with their bodies."""
    tenant = await tenant_of(services, services.connectors["donghai"])
    async with services.database.reading(EVERYTHING) as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM record WHERE kind = 'agency'")).all()
    place = f"record/{tenant.id}/agency/"
    return {row.key: (row, orjson.loads(tenant.seal.open(bytes(row.body), (place + row.key).encode()))) for row in rows}


async def pull_agencies(services: Services) -> list[Pulled]:
    pieces = [piece for piece in await plan(services, "donghai") if piece.kind == "agency"]
    return await pull(services, "donghai", pieces=pieces)


def count(taken: list[Pulled], name: str) -> int:
    return sum(each.counts.get(name, 0) for each in taken)


async def test_everything_comes_once_and_what_changes_comes_again(services: Services, portal: RunningPortal) -> None:
    assert count(await pull_agencies(services), "accepted") == RECORDS
    assert count(await pull_agencies(services), "accepted") == 0
    key = portal.keys("agency")[7]
    portal.change("agency", key, legalPerson="冯示例")
    taken = await pull_agencies(services)
    assert (count(taken, "amended"), count(taken, "accepted")) == (1, 0)
    row, body = (await agencies(services))[key]
    assert (row.version, row.revision, body["legal_representative"]) == (2, 2, "冯示例")
    (before,) = await services.reader.versions(EVERYTHING, row.tenant_id, "agency", key)
    raw = await services.reader.raw(EVERYTHING, row.submission_id)
    assert before.version == 1
    assert raw is not None, "every version leads back to the portal's own bytes"
    assert raw.connector == "donghai"


async def test_all_kinds_of_a_portal_are_pulled(services: Services, portal: RunningPortal) -> None:
    taken = await pull(services, "donghai")
    assert count(taken, "accepted") == 6 * RECORDS
    assert count(taken, "rejected") == 0


@pytest.mark.parametrize("fault", ["half_page", "html", "wrong_charset", "busy", "down"])
async def test_a_page_that_cannot_be_had_leaves_the_mark_before_it(
    services: Services, portal: RunningPortal, fault: str
) -> None:
    (piece,) = [piece for piece in await plan(services, "donghai") if piece.kind == "agency"]
    portal.faults(**{fault: 429 if fault == "busy" else True})
    with pytest.raises(Retriable):
        await pull(services, "donghai", pieces=[piece])
    assert await agencies(services) == {}
    portal.faults()
    assert count(await pull(services, "donghai", pieces=[piece]), "accepted") == RECORDS


async def test_a_pull_that_broke_off_goes_on_where_it_was(services: Services, portal: RunningPortal) -> None:
    taken, feed = 0, services.connectors["donghai"]
    assert feed.source is not None
    portal.faults(expire_tokens=False)
    original = services.intake.store

    async def store_then_break(*arguments: Any) -> Any:
        nonlocal taken
        if taken == 1:
            raise Retriable("the machine was switched off")
        taken += 1
        return await original(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.intake, "store", store_then_break)
        with pytest.raises(Retriable):
            await pull_agencies(services)
    assert len(await agencies(services)) == 100, "the first page is here, with its place"
    rest = await pull_agencies(services)
    assert (count(rest, "accepted"), count(rest, "rows")) == (RECORDS - 100, RECORDS - 100)


async def test_a_forgotten_page_token_begins_the_window_anew(services: Services, portal: RunningPortal) -> None:
    portal.faults(times=1, expire_tokens=True)
    taken = await pull_agencies(services)
    assert len(await agencies(services)) == RECORDS
    assert count(taken, "accepted") == RECORDS


async def test_repeated_and_disordered_pages_change_nothing(services: Services, portal: RunningPortal) -> None:
    portal.faults(duplicate=True, reorder=True)
    taken = await pull_agencies(services)
    assert (count(taken, "accepted"), count(taken, "conflict")) == (RECORDS, 0)
    stored = await agencies(services)
    assert {row.version for row, _ in stored.values()} == {1}


async def test_what_a_portal_shows_late_still_comes(services: Services, portal: RunningPortal) -> None:
    await pull_agencies(services)
    first, second = portal.keys("agency")[:2]
    portal.change("agency", first, legalPerson="早示例")
    portal.faults(lag_seconds=60)
    await pull_agencies(services)
    portal.faults()
    portal.change("agency", second, legalPerson="晚示例")
    await pull_agencies(services)
    stored = await agencies(services)
    assert [stored[key][1]["legal_representative"] for key in (first, second)] == ["早示例", "晚示例"]


@pytest.mark.parametrize("skew", [-7200, 7200, 90_000])
async def test_a_portal_whose_clock_was_wrong_loses_nothing(
    services: Services, portal: RunningPortal, skew: int
) -> None:
    await pull_agencies(services)
    first, second = portal.keys("agency")[:2]
    portal.faults(clock_skew_seconds=skew)
    portal.change("agency", first, legalPerson="错示例")
    await pull_agencies(services)
    portal.faults()
    portal.change("agency", second, legalPerson="正示例")
    await pull_agencies(services)
    stored = await agencies(services)
    assert stored[second][1]["legal_representative"] == "正示例"
    if abs(skew) < 86_400:
        assert stored[first][1]["legal_representative"] == "错示例"


async def test_an_older_version_never_replaces_a_newer_one(services: Services, portal: RunningPortal) -> None:
    key = portal.keys("agency")[0]
    (piece,) = [piece for piece in await plan(services, "donghai") if piece.kind == "agency"]
    portal.faults(change_after_delivery=True)
    await pull(services, "donghai", pieces=[piece])
    portal.faults()
    portal.change("agency", key, legalPerson="新示例")
    await pull_agencies(services)
    newest = (await agencies(services))[key][0].revision
    assert newest == portal.read("agency", key)["version"]


async def test_a_refused_version_that_is_corrected_and_replayed_amends(
    services: Services, portal: RunningPortal
) -> None:
    await pull_agencies(services)
    key = portal.keys("agency")[4]
    portal.change("agency", key, orgName="")
    assert count(await pull_agencies(services), "rejected") == 1
    (letter,) = await services.replays.letters(EVERYTHING, Selection(connector="donghai"))
    bureau = await asyncio.to_thread(issue_partner, services.settings, "bureau", Role.OFFICIAL, "330000")
    principal = await services.accounts.principal(bureau.api_key)
    assert principal is not None
    await services.replays.edit(principal, letter, {"/orgName": "冯记旅行社"})
    (letter,) = await services.replays.letters(EVERYTHING, Selection(connector="donghai"))
    (replayed,) = await services.replays.replay([letter], dry_run=False)
    assert replayed.status is ReplayStatus.RESOLVED, replayed.answer
    row, body = (await agencies(services))[key]
    assert (row.version, row.revision, body["name"]) == (2, 2, "冯记旅行社")


async def test_two_pulls_at_once_take_everything_once(services: Services, portal: RunningPortal) -> None:
    found = await asyncio.gather(*(pull_agencies(services) for _ in range(3)))
    assert sum(count(taken, "accepted") for taken in found) == RECORDS
    assert {row.version for row, _ in (await agencies(services)).values()} == {1}


async def test_a_backfill_never_moves_the_mark(services: Services, portal: RunningPortal) -> None:
    portal.change("agency", portal.keys("agency")[0], legalPerson="冯示例")
    await pull_agencies(services)
    before = await watermarks.get(services.database, "donghai", "portal:agency")
    past = Window("2026-10-01T00:00:00", "2026-11-15T00:00:00")
    pieces = [piece for piece in await plan(services, "donghai", past) if piece.kind == "agency"]
    assert (pieces[0].window.since, pieces[-1].window.until) == (past.since, past.until)
    assert all(one.window.until == next_.window.since for one, next_ in pairwise(pieces))
    assert [Piece.from_json(orjson.loads(orjson.dumps(piece.as_json()))) for piece in pieces] == pieces
    taken = await pull(services, "donghai", pieces=pieces)
    assert count(taken, "accepted") == 0
    assert await watermarks.get(services.database, "donghai", "portal:agency") == before


async def test_wrong_credentials_raise_an_alert_once_and_the_next_success_closes_it(
    services: Services, portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONGHAI_APP_SECRET", "wrong")
    for _ in range(2):
        with pytest.raises(Fatal):
            await pull(services, "donghai")
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.connector, alert.times) == (alerts.PULL_STOPPED, "donghai", 2)
    monkeypatch.setenv("DONGHAI_APP_SECRET", SECRETS["APP_SECRET"])
    await pull_agencies(services)
    assert await alerts.listed(services.database, EVERYTHING) == []


# -- drift ---------------------------------------------------------------------------------------------------------


def watched(services: Services, portal: RunningPortal, **policy: str) -> None:
    """Record the shape of the portal's agencies as they are now."""
    connector = services.connectors["donghai"]
    opened = open_portal(connector, secret, Path())
    try:
        page = opened.page("agency", Window())
    finally:
        opened.close()
    shape = Shape.recorded(orjson.loads(page.raw)["data"]["records"], policy)
    cast("dict[str, Shape]", connector.shapes)["agency"] = shape


async def test_a_new_field_is_accepted_with_a_warning_and_an_alert(services: Services, portal: RunningPortal) -> None:
    watched(services, portal)
    portal.change("agency", portal.keys("agency")[0], starRating="5A")
    taken = await pull_agencies(services)
    assert count(taken, "accepted") == RECORDS
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.subject, alert.detail) == (alerts.DRIFT, "starRating", {"text": "DRIFT-001"})


async def test_a_retyped_field_is_quarantined_and_counted(services: Services, portal: RunningPortal) -> None:
    watched(services, portal, retyped="quarantine")
    portal.change("agency", portal.keys("agency")[0], tel=5)
    taken = await pull_agencies(services)
    assert (count(taken, "accepted"), count(taken, "quarantined")) == (RECORDS - 1, 1)


def rows_of(services: Services, table: str) -> int:
    with psycopg.connect(services.settings.database.url or "") as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608 - ours
    return found


async def test_a_file_for_later_whose_shape_changed_is_put_aside_record_by_record(
    services: Services, portal: RunningPortal, tmp_path: Path
) -> None:
    watched(services, portal, new="stop")
    key = portal.keys("agency")[0]
    portal.change("agency", key, starRating="5A")
    connector = services.connectors["donghai"]
    with closing(open_portal(connector, secret, Path())) as opened:
        page = opened.page("agency", Window("2026-11-01T00:00:00"))
    file = tmp_path / "agency.json"
    file.write_bytes(page.raw)
    tenant = await tenant_of(services, connector)
    envelope = Envelope(
        b"", tenant.name, "test", datetime.now(UTC), connector="donghai", kind="agency", filename=file.name, amend=True
    )
    await services.batches.accept(file, envelope, tenant)
    stop = asyncio.Event()
    working = asyncio.create_task(services.batch_worker.run(stop))
    await asyncio.to_thread(until, lambda: rows_of(services, "alert") == 1, "the alert was raised")
    stop.set()
    await working
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.subject) == (alerts.DRIFT, "starRating")
    (letter,) = await services.replays.letters(EVERYTHING, Selection(connector="donghai", state="parked"))
    assert [one["code"] for one in letter.findings] == ["DRIFT-001"]


async def test_a_change_that_is_to_stop_takes_nothing_and_moves_nothing(
    services: Services, portal: RunningPortal
) -> None:
    watched(services, portal, new="stop")
    key = portal.keys("agency")[0]
    portal.change("agency", key, starRating="5A")
    (piece,) = [piece for piece in await plan(services, "donghai") if piece.kind == "agency"]
    with pytest.raises(Fatal, match="DRIFT-001"):
        await pull(services, "donghai", pieces=[piece])
    assert key not in await agencies(services)
    assert [alert.code for alert in await alerts.listed(services.database, EVERYTHING)] == [alerts.PULL_STOPPED]


# -- our changes ---------------------------------------------------------------------------------------------------


async def linked(services: Services) -> None:
    tenant = await tenant_of(services, services.connectors["donghai"])
    await services.targets.link(tenant, PORTAL, "donghai", EVENTS, ())


async def decide(services: Services, key: str) -> None:
    (row,) = await services.reader.by_keys(EVERYTHING, "filing", [key])
    decision = {"result": "approved", "decided_on": "2026-12-31", "authority": "示例文化和旅游厅"}
    answer = await services.desk.change(TERMINAL, row, {"status": "approved", "decision": decision}, row.version)
    assert answer.status < 300, answer.body


async def filing(services: Services, key: str) -> Any:
    return (await services.reader.by_keys(EVERYTHING, "filing", [key]))[0]


async def test_a_decision_goes_to_the_portal_and_is_confirmed_by_the_next_pull(
    services: Services, portal: RunningPortal, settings: Settings
) -> None:
    await linked(services)
    await pull(services, "donghai")
    key = portal.keys("filing")[1]
    await decide(services, key)
    await services.relay.drain()
    (pushed,) = portal.control("pushed")
    assert (pushed["key"], pushed["base"], pushed["outcome"]) == (key, 1, "taken")
    assert (await filing(services, key)).state == "approved"
    await pull(services, "donghai")
    await services.relay.drain()
    assert len(portal.control("pushed")) == 1, "what came back from the portal does not go there again"
    with psycopg.connect(settings.database.url or "") as connection:
        found = connection.execute("SELECT revision, unconfirmed, state FROM record WHERE key = %s", [key]).fetchone()
    assert found == (2, False, "approved")
    assert await services.desk.conflicts(EVERYTHING) == []


async def both_changed(services: Services, portal: RunningPortal) -> str:
    """A filing that both sides changed, the portal refusing ours."""
    await linked(services)
    await pull(services, "donghai")
    key = portal.keys("filing")[2]
    await decide(services, key)
    portal.change("filing", key, bizState="90")
    await services.relay.drain()
    assert [each["outcome"] for each in portal.control("pushed")] == ["conflict"]
    return key


async def test_a_pledge_and_its_verdict_reach_the_portal_of_the_province(
    services: Services, portal: RunningPortal
) -> None:
    await asyncio.to_thread(link_portal, services.settings, "donghai")
    agency = await services.accounts.ensure_tenant("acme", "示例旅行社", "330106", "91330106MA2800001A")
    body = filed_samples.pledge(1) | {"division": "330106"}
    envelope = Envelope(orjson.dumps(body), agency.name, "test", datetime.now(UTC), kind="pledge")
    assert (await services.intake.submit(envelope, agency)).status == 201
    await services.relay.drain()
    key = body["application_no"]
    assert portal.read("pledge", key)["body"]["checkState"] == "0"
    (row,) = await services.reader.by_keys(EVERYTHING, "pledge", [key])
    await services.pledges.verify(TERMINAL, row, "untruthful", "两年内有罚款记录", "示例省文旅厅", date(2026, 11, 5))
    await services.relay.drain()
    there = portal.read("pledge", key)["body"]
    assert (there["checkState"], there["checkResult"], there["checkBasis"]) == ("1", "0", "两年内有罚款记录")


async def test_what_both_sides_changed_waits_for_a_person_who_keeps_ours(
    services: Services, portal: RunningPortal
) -> None:
    key = await both_changed(services, portal)
    await pull(services, "donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    ours, theirs = await services.desk.sides(conflict)
    assert theirs is not None
    assert ours["status"] == "approved" != theirs["status"]
    assert (await filing(services, key)).state == "approved", "nothing is overwritten meanwhile"
    await services.desk.decide(TERMINAL, conflict, "keep_ours")
    await services.relay.drain()
    assert portal.control("pushed")[-1]["outcome"] == "taken"
    await pull(services, "donghai")
    assert (await filing(services, key)).state == "approved"
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_what_both_sides_changed_waits_for_a_person_who_keeps_theirs(
    services: Services, portal: RunningPortal
) -> None:
    key = await both_changed(services, portal)
    await pull(services, "donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    await services.desk.decide(TERMINAL, conflict, "keep_theirs")
    _, theirs = await services.desk.sides(conflict)
    assert theirs is not None
    assert (await filing(services, key)).state == theirs["status"]
    await services.relay.drain()
    assert len(portal.control("pushed")) == 1
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_lost_answer_of_the_portal_is_no_conflict(services: Services, portal: RunningPortal) -> None:
    await linked(services)
    await pull(services, "donghai")
    key = portal.keys("filing")[3]
    await decide(services, key)
    portal.faults(times=1, drop_answer=True)
    await services.relay.drain()
    await pull(services, "donghai")
    stored = await filing(services, key)
    assert stored.state == "approved"
    assert await services.desk.conflicts(EVERYTHING) == []
