"""What authorities change here, on its way to a portal that runs; and what both sides have changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import orjson
import psycopg
import pytest

from adapters.envelope import Channel, Envelope
from adapters.transports.portal import Conflict, PortalChange
from adapters.transports.portal_rest import RestPortal
from gateway.access.accounts import TERMINAL
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.base.bilingual import read_back
from gateway.base.problems import Refused
from gateway.base.settings import RelaySettings, Settings
from gateway.cli.deciding import link_portal
from gateway.ledger.conflicts import ConflictChoice
from gateway.ledger.sealed import open_body
from gateway.portals.push import PORTAL
from gateway.wiring.services import Services
from schemas import filed_samples
from schemas.findings import Text
from tests.conftest import until
from tests.integration.sync.agencies import EVERYTHING
from tests.integration.sync.filings import (
    choose,
    compared,
    decide,
    deliveries,
    filing,
    found,
    have_all_due,
    in_step,
    linked,
    not_sent,
    redate,
    repaired,
)
from tests.portals import RunningPortal

FEW = 12


async def test_a_decision_goes_to_the_portal_and_is_confirmed_by_the_next_pull(
    services: Services, portal: RunningPortal, settings: Settings
) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    await services.relay.drain()
    (pushed,) = portal.control("pushed")
    assert (pushed["key"], pushed["base"], pushed["outcome"]) == (key, 1, "taken")
    assert (await filing(services, key)).state == "approved"
    await services.pulls.pull("donghai")
    await services.relay.drain()
    assert len(portal.control("pushed")) == 1, "what came back from the portal does not go there again"
    with psycopg.connect(settings.database.url or "") as connection:
        found = connection.execute("SELECT revision, unconfirmed, state FROM record WHERE key = %s", [key]).fetchone()
    assert found == (2, False, "approved")
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_two_changes_before_the_next_pull_both_arrive(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    for day in ("2026-12-30", "2026-12-31"):
        row = await filing(services, key)
        answer = await services.desk.change(TERMINAL, row, {"effective_from": day}, row.version)
        assert answer.status == 200, answer.body
        await services.relay.drain()
    assert [(one["base"], one["outcome"]) for one in portal.control("pushed")] == [(1, "taken"), (2, "taken")]
    await services.pulls.pull("donghai")
    assert await services.desk.conflicts(EVERYTHING) == []
    assert portal.read("filing", key)["version"] == 3


async def test_a_change_goes_on_top_of_one_whose_answer_was_lost(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    portal.faults(times=1, drop_answer=True)
    await services.relay.drain()
    await redate(services, key)
    for _ in range(2):
        await services.relay.drain()
        have_all_due(services)
    await services.relay.drain()
    assert [(sent["base"], sent["outcome"]) for sent in portal.control("pushed")][-1] == (2, "taken")
    assert await services.desk.conflicts(EVERYTHING) == []
    assert portal.read("filing", key)["version"] == 3


async def test_a_change_that_is_made_while_another_is_on_its_way_goes_on_top_of_it(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    portal.faults(held=True)
    before = portal.control("asked")
    draining = asyncio.create_task(services.relay.drain())
    await asyncio.to_thread(until, lambda: portal.control("asked") > before, "the first is on its way")
    await redate(services, key)
    portal.faults()
    await draining
    await services.relay.drain()
    assert [(one["base"], one["outcome"]) for one in portal.control("pushed")] == [(1, "taken"), (2, "taken")]
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_change_that_its_portal_does_not_take_is_refused(services: Services, portal: RunningPortal) -> None:
    tenant = await services.accounts.partner_of("donghai")
    await services.targets.link(tenant, PORTAL, "donghai", ("agency.amended",), below=())
    await services.pulls.pull("donghai")
    row = await filing(services, portal.keys("filing")[1])
    with pytest.raises(Refused, match="STATE-001"):
        await services.desk.change(TERMINAL, row, {"effective_from": "2026-12-31"}, row.version)
    await linked(services)
    assert (await services.desk.change(TERMINAL, row, {"effective_from": "2026-12-31"}, row.version)).status == 200


async def test_a_record_that_the_portal_lost_is_entered_anew_when_a_person_keeps_ours(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    portal.control("delete", kind="filing", key=key)
    await decide(services, key)
    await services.relay.drain()
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    assert conflict.their_revision == 0
    await choose(services, conflict, ConflictChoice.KEEP_OURS)
    await services.relay.drain()
    assert [sent["outcome"] for sent in portal.control("pushed")] == ["missing", "taken"]


async def test_keeping_ours_as_it_is_sends_it_once_more(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await pull_other_content_under_one_number(services, key)
    await decide(services, key)
    await services.relay.drain()
    assert portal.control("pushed") == [], "a person decides first"
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    await choose(services, conflict, ConflictChoice.KEEP_OURS)
    await services.relay.drain()
    assert [sent["outcome"] for sent in portal.control("pushed")] == ["taken"]


async def pull_other_content_under_one_number(services: Services, key: str) -> None:
    """The portal shows another content under the number that we hold."""
    (row,) = await services.reader.by_keys(EVERYTHING, "filing", [key])
    tenant = await services.accounts.tenant(row.tenant_id)
    body = open_body(row, tenant.seal)
    other = orjson.dumps(body | {"subject_name": "另一旅行社"})
    envelope = Envelope(
        raw=other, tenant=tenant.name, channel=Channel.PORTAL, received_at=datetime.now(UTC), kind="filing", amend=True
    )
    await services.intake.submit(envelope, tenant)


async def both_changed(services: Services, portal: RunningPortal) -> str:
    """A filing that both sides changed, the portal refusing ours."""
    await in_step(services)
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
    agency = await services.accounts.ensure_tenant(
        "acme", "示例旅行社", "330106", "91330106MA2800001A", speaks_for="000000"
    )
    body = filed_samples.pledge(1) | {"division": "330106"}
    envelope = Envelope(
        raw=orjson.dumps(body), tenant=agency.name, channel=Channel.REST, received_at=datetime.now(UTC), kind="pledge"
    )
    assert (await services.intake.submit(envelope, agency)).status == 201
    await services.relay.drain()
    key = body["application_no"]
    assert portal.read("pledge", key)["body"]["checkState"] == "0"
    (row,) = await services.reader.by_keys(EVERYTHING, "pledge", [key])
    await services.pledges.verify(
        TERMINAL,
        row,
        verdict="untruthful",
        evidence="两年内有罚款记录",
        verifier="示例省文旅厅",
        today=date(2026, 11, 5),
    )
    await services.relay.drain()
    there = portal.read("pledge", key)["body"]
    assert (there["checkState"], there["checkResult"], there["checkBasis"]) == ("1", "0", "两年内有罚款记录")


async def test_what_both_sides_changed_waits_for_a_person_who_keeps_ours(
    services: Services, portal: RunningPortal
) -> None:
    key = await both_changed(services, portal)
    await services.pulls.pull("donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    ours, theirs = await services.desk.sides(conflict)
    assert theirs is not None
    assert ours["status"] == "approved" != theirs["status"]
    assert (await filing(services, key)).state == "approved", "nothing is overwritten meanwhile"
    await choose(services, conflict, ConflictChoice.KEEP_OURS)
    await services.relay.drain()
    assert portal.control("pushed")[-1]["outcome"] == "taken"
    await services.pulls.pull("donghai")
    assert (await filing(services, key)).state == "approved"
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_change_that_the_portal_disputes_is_filed_as_disputed(
    services: Services, portal: RunningPortal
) -> None:
    await both_changed(services, portal)
    with psycopg.connect(services.settings.database.url or "") as connection:
        (filed,) = connection.execute("SELECT state, last_status, settled_at, last_error FROM delivery").fetchall()
    assert filed[:2] == ("disputed", None)
    assert filed[2] is not None, "it is settled: nothing sends it again by itself"
    assert "a person decides" in filed[3]
    (target,) = await services.targets.listed(TERMINAL)
    again = await services.targets.redeliver(TERMINAL, target, 0, 2**62, everything=False)
    assert again == 0, "only dead ones are sent again, unless everything is asked for"
    assert target.failures == 0, "the portal has answered"


async def test_what_both_sides_changed_waits_for_a_person_who_keeps_theirs(
    services: Services, portal: RunningPortal
) -> None:
    key = await both_changed(services, portal)
    await services.pulls.pull("donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    await choose(services, conflict, ConflictChoice.KEEP_THEIRS)
    _, theirs = await services.desk.sides(conflict)
    assert theirs is not None
    assert (await filing(services, key)).state == theirs["status"]
    await services.relay.drain()
    assert len(portal.control("pushed")) == 1
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_change_that_the_portal_will_not_have_is_dead_and_raises_an_alert(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    dead, corrected = portal.keys("filing")[:2]
    for key in (dead, corrected):
        await decide(services, key)
    portal.faults(busy=422)
    await services.relay.drain()
    assert portal.control("pushed") == []
    assert [state for state, _ in deliveries(services)] == ["dead", "dead"]
    assert await not_sent(services) == {f"filing/{dead}", f"filing/{corrected}"}
    portal.faults()
    await redate(services, corrected)
    await services.relay.drain()
    assert await not_sent(services) == {f"filing/{dead}"}


@pytest.mark.parametrize("relayed", [RelaySettings(retry_seconds=[60, 60], failures_to_open=50)])
async def test_no_change_dies_of_an_outage_that_outlasts_its_times_and_somebody_is_told(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    portal.faults(busy=503)
    for _ in range(2):
        have_all_due(services)
        await services.relay.drain()
    assert await not_sent(services) == set()
    have_all_due(services)
    await services.relay.drain()
    assert [state for state, _ in deliveries(services)] == ["waiting"]
    assert await not_sent(services) == {f"filing/{key}"}
    portal.faults()
    have_all_due(services)
    await services.relay.drain()
    assert [state for state, _ in deliveries(services)] == ["delivered"]
    assert await not_sent(services) == set()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("APP_SECRET", "another"), ("APP_SECRET", None), ("URL", "nowhere"), ("URL", None)],
)
async def test_a_portal_that_lets_nobody_in_loses_no_change_and_its_alert_ends(
    services: Services, portal: RunningPortal, monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None
) -> None:
    await in_step(services)
    keys = portal.keys("filing")[:3]
    for key in keys:
        await decide(services, key)
    with monkeypatch.context() as patch:
        if value is None:
            patch.delenv(f"DONGHAI_{variable}")
        else:
            patch.setenv(f"DONGHAI_{variable}", value)
        for _ in range(3):
            await services.relay.drain()
            have_all_due(services)
    assert deliveries(services) == [("waiting", 0)] * 3
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.connector, alert.code, alert.subject) == ("donghai", AlertCode.NOT_SENT, "")
    await services.relay.drain()
    assert sorted(each["key"] for each in portal.control("pushed")) == sorted(keys)
    assert await alerts.listed(services.database, EVERYTHING) == []


async def test_a_barred_portal_is_asked_by_one_change_at_a_time(
    services: Services, portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_step(services)
    await decide(services, portal.keys("filing")[0])
    monkeypatch.setenv("DONGHAI_APP_SECRET", "another")
    await services.relay.drain()
    await decide(services, portal.keys("filing")[1])
    await services.relay.drain()
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert alert.times == 1, "the circuit is open after the first refusal"


async def test_only_the_portals_that_were_named_are_told(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    await decide(services, portal.keys("filing")[0])
    await services.relay.drain(["minjiang"])
    assert deliveries(services) == [("waiting", 0)]
    await services.relay.drain(["donghai"])
    assert [state for state, _ in deliveries(services)] == ["delivered"]


@pytest.mark.parametrize("relayed", [RelaySettings(timeout_seconds=4)])
async def test_a_slow_portal_is_told_one_change_after_another_each_in_its_own_time(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    for key in portal.keys("filing")[:5]:
        await decide(services, key)
    portal.faults(slow_seconds=1)
    await services.relay.drain()
    assert deliveries(services) == [("delivered", 1)] * 5


@pytest.mark.parametrize("relayed", [RelaySettings(timeout_seconds=4)])
async def test_a_portal_that_hangs_is_given_up_within_the_time_of_its_change(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    await decide(services, portal.keys("filing")[0])
    portal.faults(times=1, slow_seconds=6)
    await services.relay.drain()
    with psycopg.connect(services.settings.database.url or "") as connection:
        found = connection.execute("SELECT state, last_error FROM delivery").fetchall()
    url = f"{portal.url}/api/filings/{portal.keys('filing')[0]}"
    assert [(state, read_back(error)) for state, error in found] == [
        ("waiting", (f"无法访问 {url}，系统报告“timed out”", f"{url}: timed out"))
    ]


@pytest.mark.alters
async def test_a_pledge_that_changed_here_meanwhile_is_not_put_on_the_portals_version(
    services: Services, portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(link_portal, services.settings, "donghai")
    agency = await services.accounts.ensure_tenant(
        "acme", "示例旅行社", "330106", "91330106MA2800001A", speaks_for="000000"
    )
    body = filed_samples.pledge(2) | {"division": "330106"}
    envelope = Envelope(
        raw=orjson.dumps(body), tenant=agency.name, channel=Channel.REST, received_at=datetime.now(UTC), kind="pledge"
    )
    await services.intake.submit(envelope, agency)
    asked: list[int] = []

    def push(self: RestPortal, change: PortalChange) -> int:
        asked.append(change.base_revision)
        with psycopg.connect(services.settings.database.url or "") as connection:
            connection.execute("UPDATE record SET version = version + 1 WHERE kind = 'pledge'")
        raise Conflict(Text("门户现有版本为 7", "the portal holds version 7"), 7)

    with monkeypatch.context() as patch:
        patch.setattr(RestPortal, "push", push)
        await services.relay.drain()
    assert asked == [0]
    assert [state for state, _ in deliveries(services)] == ["delivered"], "the newer version is told by its own event"


async def test_a_lost_answer_of_the_portal_is_no_conflict(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    key = portal.keys("filing")[3]
    await decide(services, key)
    portal.faults(times=1, drop_answer=True)
    await services.relay.drain()
    await services.pulls.pull("donghai")
    stored = await filing(services, key)
    assert stored.state == "approved"
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_change_on_top_of_one_that_was_taken_is_no_dispute_when_compared(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    await services.relay.drain()
    await redate(services, key)
    run_id = await compared(services)
    row = await found(services, run_id)
    assert (row.key, row.class_, row.repair) == (key, "unpushed", "push")
    await repaired(services, run_id)
    assert [(one["base"], one["outcome"]) for one in portal.control("pushed")] == [(1, "taken"), (2, "taken")]
