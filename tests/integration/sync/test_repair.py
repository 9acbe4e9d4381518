"""Repairing against a portal that runs, while both sides go on changing between the comparison and the repair."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.access.accounts import TERMINAL
from gateway.base import problems
from gateway.base.problems import ProblemType, Refused
from gateway.ledger.conflicts import ConflictChoice
from gateway.reconcile.classes import Decision
from gateway.serving import jobs
from gateway.wiring.services import Services
from tests.integration.sync.agencies import EVERYTHING
from tests.integration.sync.filings import choose, compared, decide, decided, filing, found, in_step, redate, repaired
from tests.portals import RunningPortal

FEW = 12


async def settled(services: Services, choice: ConflictChoice) -> None:
    """Pull, and decide the one conflict that this has opened."""
    await services.pulls.pull("donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    await choose(services, conflict, choice)


@contextmanager
def refused(problem: ProblemType) -> Iterator[None]:
    with pytest.raises(Refused) as raised:
        yield
    assert raised.value.problem is problem


async def both_changed(services: Services, portal: RunningPortal) -> tuple[str, UUID]:
    """A filing that both sides have changed, and the run that has found it."""
    await in_step(services)
    key = portal.keys("filing")[2]
    await decide(services, key)
    portal.change("filing", key, bizState="90")
    run_id = await compared(services)
    assert (await found(services, run_id)).class_ == "diverged"
    return key, run_id


@pytest.mark.parametrize("decision", [Decision.KEEP_THEIRS, Decision.KEEP_OURS])
@pytest.mark.parametrize("is_later_than_the_pull", [False, True])
async def test_a_version_is_not_forced_over_another_than_the_person_saw(
    services: Services, portal: RunningPortal, decision: Decision, is_later_than_the_pull: bool
) -> None:
    key, run_id = await both_changed(services, portal)
    if is_later_than_the_pull:
        await services.pulls.pull("donghai")
        portal.change("filing", key, bizState="20")
        (conflict,) = await services.desk.conflicts(EVERYTHING)
        seen = (await services.desk.shown(conflict)).seen
        await services.pulls.pull("donghai")
        (conflict,) = await services.desk.conflicts(EVERYTHING)
        with refused(problems.VERSION_MOVED):
            await services.desk.decide(TERMINAL, conflict, ConflictChoice(decision.value), seen, reason="核对")
    else:
        await redate(services, key)
        with refused(problems.VERSION_MOVED):
            await decided(services, run_id, key, decision)
    await decided_but_moved(services, portal, decision)


async def decided_but_moved(services: Services, portal: RunningPortal, decision: Decision) -> None:
    """What was decided for a version of ours that has gone when it is to be done waits for a person again."""
    key = portal.keys("filing")[4]
    await decide(services, key)
    portal.change("filing", key, bizState="90")
    run_id = await compared(services)
    await decided(services, run_id, key, decision)
    await redate(services, key)
    stored = await filing(services, key)
    await repaired(services, run_id)
    (row,) = [row for row in await services.reconciliations.discrepancies(EVERYTHING, run_id) if row.key == key]
    assert (row.state, row.repair, row.problem) == ("open", "approve", "moved")
    assert (await filing(services, key)).version == stored.version


@pytest.mark.parametrize("choice", ConflictChoice)
async def test_what_the_list_of_conflicts_decides_is_settled_in_the_reconciliation(
    services: Services, portal: RunningPortal, choice: ConflictChoice
) -> None:
    key, run_id = await both_changed(services, portal)
    await settled(services, choice)
    row = await found(services, run_id)
    assert (row.state, row.decision, row.decided_by, row.allowed) == ("repaired", choice, TERMINAL.name, frozenset())
    other = Decision.KEEP_THEIRS if choice is ConflictChoice.KEEP_OURS else Decision.KEEP_OURS
    stored = await filing(services, key)
    with refused(problems.STATE_REFUSED):
        await decided(services, run_id, key, other)
    done = await repaired(services, run_id)
    assert (done.pages_taken, done.records_sent, done.waiting) == (0, 0, 0)
    assert (await filing(services, key)).version == stored.version


@pytest.mark.parametrize("decision", Decision)
async def test_while_a_conflict_is_open_it_is_the_one_place(
    services: Services, portal: RunningPortal, decision: Decision
) -> None:
    key, run_id = await both_changed(services, portal)
    await services.pulls.pull("donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    row = await found(services, run_id)
    assert (row.conflict, row.allowed) == (conflict.id, frozenset())
    with refused(problems.DECIDED_ELSEWHERE):
        await decided(services, run_id, key, decision)
    assert (await found(services, run_id)).state == "open"


async def test_what_a_reconciliation_has_decided_no_conflict_decides_again(
    services: Services, portal: RunningPortal
) -> None:
    key, run_id = await both_changed(services, portal)
    await decided(services, run_id, key, Decision.KEEP_OURS)
    with refused(problems.DECIDED_ELSEWHERE):
        await settled(services, ConflictChoice.KEEP_THEIRS)
    assert [conflict.key for conflict in await services.desk.conflicts(EVERYTHING)] == [key]
    assert (await filing(services, key)).state == "approved"
    await repaired(services, run_id)
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_what_a_reconciliation_has_decided_is_decided_anew_there_or_given_up(
    services: Services, portal: RunningPortal
) -> None:
    key, run_id = await both_changed(services, portal)
    await decided(services, run_id, key, Decision.KEEP_OURS)
    await services.pulls.pull("donghai")
    await decided(services, run_id, key, Decision.KEEP_THEIRS)
    await decided(services, run_id, key, Decision.IGNORE)
    await settled(services, ConflictChoice.KEEP_THEIRS)
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_decision_of_an_earlier_run_holds_up_no_conflict(services: Services, portal: RunningPortal) -> None:
    key, first = await both_changed(services, portal)
    await decided(services, first, key, Decision.KEEP_OURS)
    latest = await compared(services)
    await settled(services, ConflictChoice.KEEP_THEIRS)
    for run_id in (first, latest):
        assert ((row := await found(services, run_id)).state, row.decision) == ("repaired", Decision.KEEP_THEIRS)
    assert (await repaired(services, first)).records_sent == 0


async def test_of_several_runs_the_latest_is_the_one_place(services: Services, portal: RunningPortal) -> None:
    key, first = await both_changed(services, portal)
    await decided(services, first, key, Decision.KEEP_THEIRS)
    latest = await compared(services)
    with refused(problems.DECIDED_ELSEWHERE):
        await decided(services, first, key, Decision.KEEP_OURS)
    await decided(services, latest, key, Decision.KEEP_OURS)
    assert ((row := await found(services, first)).state, row.problem) == ("open", "superseded")
    done = await repaired(services, first)
    assert (done.pages_taken, done.records_sent) == (0, 0)
    assert (await repaired(services, latest)).records_sent == 1
    assert (await filing(services, key)).state == "approved"


async def test_a_conflict_stays_open_when_the_decision_no_longer_holds(
    services: Services, portal: RunningPortal
) -> None:
    key, run_id = await both_changed(services, portal)
    await decided(services, run_id, key, Decision.KEEP_THEIRS)
    await services.pulls.pull("donghai")
    await redate(services, key)
    await repaired(services, run_id)
    assert [conflict.key for conflict in await services.desk.conflicts(EVERYTHING)] == [key]


async def test_a_decision_that_holds_ends_the_conflict(services: Services, portal: RunningPortal) -> None:
    key, run_id = await both_changed(services, portal)
    await decided(services, run_id, key, Decision.KEEP_OURS)
    await services.pulls.pull("donghai")
    done = await repaired(services, run_id)
    assert (done.records_sent, done.waiting) == (1, 0)
    assert await services.desk.conflicts(EVERYTHING) == []
    await services.relay.drain()
    await services.pulls.pull("donghai")
    assert (await filing(services, key)).state == "approved"
    assert portal.read("filing", key)["version"] == 3


@pytest.mark.usefixtures("settings_in_environment")
async def test_deciding_everything_leaves_alone_what_a_repair_has_put_aside(
    services: Services, portal: RunningPortal
) -> None:
    key, run_id = await both_changed(services, portal)
    assert await asyncio.to_thread(jobs.decide_all, str(run_id), "keep_theirs", "tester", "核对原件") == 1
    await redate(services, key)
    assert (await repaired(services, run_id)).waiting == 1
    assert await asyncio.to_thread(jobs.decide_all, str(run_id), "keep_theirs", "tester", "核对原件") == 0


async def unpushed(services: Services, portal: RunningPortal) -> tuple[str, UUID]:
    """A filing that was decided here and not yet sent, and the run that has found it."""
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    run_id = await compared(services)
    assert (await found(services, run_id)).class_ == "unpushed"
    return key, run_id


@pytest.mark.parametrize("is_pulled", [False, True])
async def test_what_has_been_delivered_since_the_run_is_not_sent_again(
    services: Services, portal: RunningPortal, is_pulled: bool
) -> None:
    _, run_id = await unpushed(services, portal)
    await services.relay.drain()
    if is_pulled:
        await services.pulls.pull("donghai")
    done = await repaired(services, run_id)
    assert (done.records_sent, done.waiting) == (0, 0)
    assert [sent["outcome"] for sent in portal.control("pushed")] == ["taken"]
    assert (await found(services, run_id)).state == "repaired"
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_what_changed_here_since_the_run_goes_the_way_of_every_change(
    services: Services, portal: RunningPortal
) -> None:
    key, run_id = await unpushed(services, portal)
    await redate(services, key)
    assert (await repaired(services, run_id)).records_sent == 0
    assert portal.control("pushed") == []


async def test_a_delivery_whose_answer_was_lost_is_repeated_as_the_same_message(
    services: Services, portal: RunningPortal
) -> None:
    _, run_id = await unpushed(services, portal)
    portal.faults(times=1, drop_answer=True)
    await services.relay.drain()
    done = await repaired(services, run_id)
    assert (done.records_sent, done.waiting) == (1, 0)
    assert len({sent["message_id"] for sent in portal.control("pushed")}) == 1
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_a_push_onto_another_version_waits_for_a_person_as_a_conflict(
    services: Services, portal: RunningPortal
) -> None:
    key, run_id = await unpushed(services, portal)
    portal.change("filing", key, bizState="90")
    done = await repaired(services, run_id)
    assert (done.records_sent, done.waiting) == (0, 1)
    row = await found(services, run_id)
    assert (row.state, row.problem) == ("open", "disputed")
    assert [conflict.key for conflict in await services.desk.conflicts(EVERYTHING)] == [key]


async def aged(services: Services) -> None:
    """As if everything here had been stored two days ago."""
    async with services.database.writing() as connection:
        await connection.execute(text("UPDATE record SET stored_at = stored_at - interval '2 days'"))


@pytest.mark.alters
async def test_what_the_portal_has_taken_may_show_a_day_later_and_is_then_for_a_person(
    services: Services, portal: RunningPortal
) -> None:
    await unpushed(services, portal)
    portal.faults(lag_seconds=3600)
    await services.relay.drain()
    row = await found(services, run_id := await compared(services))
    assert (row.class_, row.repair) == ("unpushed", "push")
    done = await repaired(services, run_id)
    assert (done.records_sent, done.waiting) == (0, 0)
    await aged(services)
    row = await found(services, await compared(services))
    assert (row.class_, row.repair) == ("older_there", "approve")


@pytest.mark.usefixtures("settings_in_environment")
async def test_what_a_repair_sent_and_the_portal_shows_late_is_awaited(
    services: Services, portal: RunningPortal
) -> None:
    _, run_id = await unpushed(services, portal)
    portal.faults(lag_seconds=3600)
    assert (await repaired(services, run_id)).records_sent == 1
    checked = await asyncio.to_thread(jobs.reconcile, "donghai", ["filing"], str(run_id))
    assert {name: checked[name] for name in ("again", "awaited", "safe", "asks")} == {
        "again": 0,
        "awaited": 1,
        "safe": 0,
        "asks": 0,
    }


@pytest.mark.alters
async def test_keeping_ours_of_what_the_portal_has_taken_opens_no_conflict(
    services: Services, portal: RunningPortal
) -> None:
    key, _ = await unpushed(services, portal)
    portal.faults(lag_seconds=3600)
    await services.relay.drain()
    await aged(services)
    run_id = await compared(services)
    await decided(services, run_id, key, Decision.KEEP_OURS)
    assert (await repaired(services, run_id)).waiting == 0
    assert await services.desk.conflicts(EVERYTHING) == []


async def test_one_change_on_top_of_another_holds_up_no_other_record(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    first, second = sorted(portal.keys("filing")[1:3])
    await decide(services, first)
    portal.faults(lag_seconds=3600)
    await services.relay.drain()
    await redate(services, first)
    await decide(services, second)
    run_id = await compared(services)
    done = await repaired(services, run_id)
    assert (done.records_sent, done.waiting) == (2, 0)
    outcomes = {(sent["key"], sent["outcome"]) for sent in portal.control("pushed")}
    assert outcomes == {(first, "taken"), (second, "taken")}


@pytest.mark.alters
@pytest.mark.usefixtures("settings_in_environment")
async def test_what_was_repaired_and_is_there_again_is_told_from_what_is_new(
    services: Services, portal: RunningPortal
) -> None:
    _, run_id = await unpushed(services, portal)
    assert (await repaired(services, run_id)).records_sent == 1
    portal.change("filing", portal.keys("filing")[5], bizState="90")
    clean = await asyncio.to_thread(jobs.reconcile, "donghai", ["filing"], str(run_id))
    assert (clean["again"], clean["safe"]) == (0, 2), "one is new, and ours has come back under a new version"
    portal.faults(lag_seconds=3600)
    await aged(services)
    again = await asyncio.to_thread(jobs.reconcile, "donghai", ["filing"], str(run_id))
    assert again["again"] == 1
