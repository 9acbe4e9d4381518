"""Pulling a portal that runs: whatever it does, nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import orjson
import pytest

from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Window
from gateway.access.accounts import TERMINAL, Role
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.dead_letters.replays import ReplayStatus, Selection
from gateway.portals import watermarks
from gateway.portals.feed import Piece
from gateway.wiring.services import Services
from schemas.findings import Text
from tests.conftest import issue_partner
from tests.integration.sync.agencies import EVERYTHING, RECORDS, SECRETS, agencies, count, pull_agencies
from tests.portals import RunningPortal


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
    taken = await services.pulls.pull("donghai")
    assert count(taken, "accepted") == 6 * RECORDS
    assert count(taken, "rejected") == 0


@pytest.mark.parametrize("fault", ["half_page", "html", "wrong_charset", "busy", "down"])
async def test_a_page_that_cannot_be_had_leaves_the_mark_before_it(
    services: Services, portal: RunningPortal, fault: str
) -> None:
    (piece,) = [piece for piece in await services.pulls.plan("donghai") if piece.kind == "agency"]
    portal.faults(**{fault: 429 if fault == "busy" else True})
    with pytest.raises(Retriable):
        await services.pulls.pull("donghai", pieces=[piece])
    assert await agencies(services) == {}
    portal.faults()
    assert count(await services.pulls.pull("donghai", pieces=[piece]), "accepted") == RECORDS


async def test_a_pull_that_broke_off_goes_on_where_it_was(services: Services, portal: RunningPortal) -> None:
    taken, feed = 0, services.connectors["donghai"]
    assert feed.source is not None
    portal.faults(expire_tokens=False)
    original = services.intake.store

    async def store_then_break(*arguments: Any) -> Any:
        nonlocal taken
        if taken == 1:
            raise Retriable(Text("机器已关机", "the machine was switched off"))
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


async def test_a_portal_that_forgets_every_page_token_is_left_for_later(
    services: Services, portal: RunningPortal
) -> None:
    portal.faults(expire_tokens=True)
    with pytest.raises(Retriable, match="begun anew 3 times"):
        await asyncio.wait_for(pull_agencies(services), 20)
    portal.faults()
    await pull_agencies(services)
    assert len(await agencies(services)) == RECORDS


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
    (piece,) = [piece for piece in await services.pulls.plan("donghai") if piece.kind == "agency"]
    portal.faults(change_after_delivery=True)
    await services.pulls.pull("donghai", pieces=[piece])
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
    (replayed,) = await services.replays.replay(TERMINAL, [letter])
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
    pieces = [piece for piece in await services.pulls.plan("donghai", past) if piece.kind == "agency"]
    assert (pieces[0].window.since, pieces[-1].window.until) == (past.since, past.until)
    assert all(one.window.until == next_.window.since for one, next_ in pairwise(pieces))
    assert [Piece.from_json(orjson.loads(orjson.dumps(piece.as_json()))) for piece in pieces] == pieces
    taken = await services.pulls.pull("donghai", pieces=pieces)
    assert count(taken, "accepted") == 0
    assert await watermarks.get(services.database, "donghai", "portal:agency") == before


async def open_alerts(services: Services) -> list[tuple[str, str]]:
    """Code and subject of every open alert."""
    return sorted((alert.code, alert.subject) for alert in await alerts.listed(services.database, EVERYTHING))


def lost(services: Services, kind: str) -> pytest.MonkeyPatch:
    """The portal does not know a kind, until this is undone."""
    patch = pytest.MonkeyPatch()
    patch.setitem((services.connectors["donghai"].source or {})["kinds"], kind, {"path": "/nowhere"})
    return patch


async def test_the_success_of_one_kind_says_nothing_about_another_that_was_refused(
    services: Services, portal: RunningPortal
) -> None:
    pieces = {piece.kind: [piece] for piece in await services.pulls.plan("donghai")}
    patch = lost(services, "agency")
    with pytest.raises(Fatal):
        await services.pulls.pull("donghai", pieces=pieces["agency"])
    await services.pulls.pull("donghai", pieces=pieces["branch"])
    assert await open_alerts(services) == [(AlertCode.PULL_STOPPED, "agency")]
    patch.undo()
    await services.pulls.pull("donghai", pieces=pieces["agency"])
    assert await open_alerts(services) == []


async def test_a_later_slice_of_a_kind_says_nothing_about_one_that_was_refused(
    services: Services, portal: RunningPortal
) -> None:
    await pull_agencies(services)
    first, second, *_ = [piece for piece in await services.pulls.plan("donghai") if piece.kind == "agency"]
    patch = lost(services, "agency")
    with pytest.raises(Fatal):
        await services.pulls.pull("donghai", pieces=[first])
    patch.undo()
    await services.pulls.pull("donghai", pieces=[second])
    assert await open_alerts(services) == [(AlertCode.PULL_STOPPED, "agency")]
    await services.pulls.pull("donghai", pieces=[first])
    assert await open_alerts(services) == []


async def test_a_portal_that_cannot_even_be_opened_raises_an_alert_until_it_can(
    services: Services, portal: RunningPortal
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DONGHAI_URL")
        for asks in (services.pulls.plan, services.pulls.pull):
            with pytest.raises(Fatal):
                await asks("donghai")
    assert await open_alerts(services) == [(AlertCode.PULL_STOPPED, "")]
    await services.pulls.plan("donghai")
    assert await open_alerts(services) == []


async def test_wrong_credentials_raise_an_alert_once_and_the_next_success_closes_it(
    services: Services, portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONGHAI_APP_SECRET", "wrong")
    for _ in range(2):
        with pytest.raises(Fatal):
            await services.pulls.pull("donghai")
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.connector, alert.times) == (AlertCode.PULL_STOPPED, "donghai", 2)
    monkeypatch.setenv("DONGHAI_APP_SECRET", SECRETS["APP_SECRET"])
    await pull_agencies(services)
    assert await alerts.listed(services.database, EVERYTHING) == []
