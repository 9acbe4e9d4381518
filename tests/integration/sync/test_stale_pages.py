"""What a repair takes of the pages of its run: the versions that the run has shown, over ours that it has seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.base.settings import Settings
from gateway.reconcile.classes import Decision
from gateway.wiring.services import Services
from tests.integration.sync.agencies import EVERYTHING
from tests.integration.sync.filings import compared, decide, decided, filing, found, in_step, repaired
from tests.portals import MAPPINGS, RunningPortal

FEW = 12


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """With a parameter, the portal's filings lack the fields that it names."""
    lacking = getattr(request, "param", ())
    folder = shutil.copytree(MAPPINGS, tmp_path / "mappings")
    mapping = folder / "donghai" / "filing.yaml"
    lines = mapping.read_text("utf-8").splitlines()
    mapping.write_text("\n".join(line for line in lines if line.strip().partition(":")[0] not in lacking), "utf-8")
    return settings.model_copy(update={"mappings": folder})


async def test_a_conflict_is_over_the_newest_of_their_versions(services: Services, portal: RunningPortal) -> None:
    await in_step(services)
    key, other = portal.keys("filing")[2:4]
    await decide(services, key)
    portal.change("filing", key, bizState="90")
    portal.change("filing", other, objectName="示例旅行社")
    run_id = await compared(services)
    portal.change("filing", key, bizState="20")
    await services.pulls.pull("donghai")
    assert (await repaired(services, run_id)).pages_taken == 1
    (conflict,) = await services.desk.conflicts(EVERYTHING)
    assert conflict.their_revision == 3


async def test_of_several_copies_the_one_that_the_run_has_shown_is_taken(
    services: Services, portal: RunningPortal
) -> None:
    await in_step(services)
    key = portal.keys("filing")[5]
    portal.change("filing", key, objectName="示例旅行社")
    portal.faults(old_copies=True)
    run_id = await compared(services)
    row = await found(services, run_id)
    assert (row.class_, row.their_revision) == ("duplicate", 2)
    await decided(services, run_id, key, Decision.KEEP_THEIRS)
    assert (await repaired(services, run_id)).waiting == 0
    assert (await found(services, run_id)).state == "repaired"


@pytest.mark.parametrize("settings", [("revision", "changed_at")], indirect=True)
async def test_without_version_numbers_a_repair_leaves_alone_what_has_changed_since(
    services: Services, portal: RunningPortal
) -> None:
    await services.pulls.pull("donghai")
    wanted, other, both = portal.keys("filing")[3:6]
    for key in (wanted, both):
        portal.change("filing", key, bizState="21")
    run_id = await compared(services)
    for key in (other, both):
        portal.change("filing", key, bizState="90")
    await services.pulls.pull("donghai")
    done = await repaired(services, run_id)
    states = [(await filing(services, key)).state for key in (other, both)]
    assert states == ["withdrawn", "withdrawn"]
    assert done.waiting == 1, "what is another by now waits for a person"
    rows = {row.key: row for row in await services.reconciliations.discrepancies(EVERYTHING, run_id)}
    assert (rows[wanted].state, rows[both].problem) == ("repaired", "moved")
