"""Portals that do what no contract foresees: nothing goes on for ever, nothing holds up the rest, somebody is told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.errors import Fatal, Retriable
from gateway.access.accounts import TERMINAL, Role
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.base.problems import Refused
from gateway.base.settings import Settings
from gateway.cli.deciding import link_portal
from gateway.ledger.conflicts import ConflictChoice
from gateway.reconcile.classes import Decision
from gateway.wiring.services import Services
from tests.conftest import issue_partner
from tests.integration.sync.agencies import EVERYTHING
from tests.integration.sync.filings import choose, compared, decide, decided, filing, found, in_step, repaired
from tests.portals import RunningPortal, running_portal

FEW = 12


@pytest.fixture
def minjiang(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPortal]:
    """A portal that takes no changes of branches."""
    issue_partner(settings, "minjiang", Role.PARTNER, "350000", "minjiang")
    with running_portal("portal_soap.py", tmp_path, "--records", 5, VERIFY_CODE="demo-code") as served:
        monkeypatch.setenv("MINJIANG_URL", f"{served.url}/Service.asmx")
        monkeypatch.setenv("MINJIANG_CODE", "demo-code")
        yield served


async def test_a_portal_that_gives_a_page_token_twice_is_not_read_for_ever(
    services: Services, portal: RunningPortal
) -> None:
    portal.faults(same_token=True)
    with pytest.raises(Fatal, match="a second time"):
        await services.pulls.pull("donghai")
    with pytest.raises(Fatal, match="a second time"):
        await compared(services)
    assert {one.code for one in await alerts.listed(services.database, EVERYTHING)} == {AlertCode.PULL_STOPPED}


async def test_a_page_that_a_person_must_look_at_holds_up_no_other_kind(
    services: Services, portal: RunningPortal
) -> None:
    key = portal.keys("agency")[0]
    portal.change("agency", key, zipCode="31\u00000000")
    with pytest.raises(Fatal):
        await services.pulls.pull("donghai")
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.subject) == (AlertCode.PULL_STOPPED, "agency")
    assert (await filing(services, portal.keys("filing")[0])).state == "accepted"
    portal.change("agency", key, zipCode="310000")
    await services.pulls.pull("donghai")
    assert await alerts.listed(services.database, EVERYTHING) == []


async def test_a_record_whose_number_nobody_can_keep_is_named_by_its_place(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    portal.change("filing", portal.keys("filing")[1], bizNo=secrets.token_urlsafe(6000))
    run_id = await compared(services)
    (row,) = await services.reconciliations.discrepancies(EVERYTHING, run_id, class_="unreadable")
    assert row.key.startswith("?")


async def test_what_was_ignored_as_unreadable_is_that_record_with_that_error_alone(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[6]
    portal.change("filing", key, bizState="ZZ")
    await decided(services, run_id := await compared(services), key, Decision.IGNORE)
    assert (await found(services, run_id)).class_ == "unreadable"
    assert (await found(services, await compared(services))).state == "ignored"
    portal.change("filing", key, areaCode="999999999999")
    assert (await found(services, await compared(services))).state == "open"


async def test_a_record_on_which_the_portal_breaks_holds_up_no_decision_behind_it(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    broken, fine = portal.keys("filing")[1:3]
    for key in (broken, fine):
        await decide(services, key)
    run_id = await compared(services)
    portal.faults(chokes_on=broken)
    with pytest.raises(Retriable):
        await repaired(services, run_id)
    assert [sent["key"] for sent in portal.control("pushed")] == [fine]
    portal.faults()
    assert (await repaired(services, run_id)).records_sent == 1


async def test_of_two_repairs_of_a_run_at_once_one_is_to_come_again(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    for key in portal.keys("filing")[1:5]:
        await decide(services, key)
    run_id = await compared(services)
    portal.faults(held=True)
    started = [asyncio.create_task(repaired(services, run_id)) for _ in range(2)]
    (turned_away,), (other,) = await asyncio.wait(started, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    portal.faults()
    assert isinstance(turned_away.exception(), Retriable)
    assert (await other).records_sent == 4
    rows = await services.reconciliations.discrepancies(EVERYTHING, run_id)
    assert {(row.state, row.problem) for row in rows} == {("repaired", None)}


async def test_a_number_that_is_given_again_after_a_backup_confirms_nothing_of_ours(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[1]
    await decide(services, key)
    await services.relay.drain()
    portal.control("restore", kind="filing", key=key)
    assert portal.change("filing", key, bizState="90")["version"] == 2
    await services.pulls.pull("donghai")
    assert (await filing(services, key)).state == "approved"
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    assert (conflict.key, conflict.their_revision) == (key, 2)


async def test_a_later_version_ends_the_dispute_over_a_number_given_twice(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[4]
    portal.control("rewrite", kind="filing", key=key, set={"objectName": "示例旅行社"})
    await services.pulls.pull("donghai")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    assert (conflict.reason, conflict.their_revision) == ("INTAKE-108", 1)
    portal.change("filing", key, bizState="21")
    await services.pulls.pull("donghai")
    assert await services.desk.conflicts(EVERYTHING) == []
    await decide(services, key)
    await services.relay.drain()
    assert [sent["base"] for sent in portal.control("pushed")] == [2]


async def test_ours_is_not_kept_of_a_kind_that_the_portal_does_not_take(
    services: Services, minjiang: RunningPortal
) -> None:
    await asyncio.to_thread(link_portal, services.settings, "minjiang")
    await services.pulls.pull("minjiang")
    key = minjiang.keys("branch")[1]
    minjiang.control("rewrite", kind="branch", key=key, set={"负责人": "冯示例"})
    run_id = await compared(services, "minjiang", "branch")
    run = await services.reconciliations.find(EVERYTHING, run_id)
    await services.repairs.decide(TERMINAL, run, "branch", key, decision=Decision.KEEP_OURS, reason="核对", seen="open")
    done = await repaired(services, run_id, "minjiang")
    row = await found(services, run_id)
    assert (done.records_sent, row.state, row.problem) == (0, "open", "not_sent")
    await services.pulls.pull("minjiang")
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    with pytest.raises(Refused, match="STATE-001"):
        await choose(services, conflict, ConflictChoice.KEEP_OURS)
    await choose(services, conflict, ConflictChoice.KEEP_THEIRS)
    assert await services.desk.conflicts(EVERYTHING) == []
