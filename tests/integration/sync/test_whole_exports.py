"""Reconciliation with a portal that delivers files: its newest whole export may be older than what is stored here."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from gateway.access.accounts import TERMINAL, Role
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.base.settings import Settings
from gateway.cli.deciding import link_portal
from gateway.demo.systems import portal_world
from gateway.serving import jobs
from gateway.wiring.services import Services
from tests.conftest import issue_partner
from tests.integration.sync.agencies import EVERYTHING
from tests.portals import RunningPortal, running_portal

PASSWORD = "demo-password"


@pytest.fixture
def jiangnan(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPortal]:
    issue_partner(settings, "jiangnan", Role.PARTNER, "320000", "jiangnan")
    arguments = ("--records", 5, "--folder", tmp_path / "files")
    with running_portal("portal_sftp.py", tmp_path, *arguments, PORTAL_USER="yizhan", PASSWORD=PASSWORD) as served:
        known = {"HOST": "127.0.0.1", "PORT": str(served.said["listening"]), "PASSWORD": PASSWORD}
        for name, value in {**known, "HOST_KEY": served.said["host_key"]}.items():
            monkeypatch.setenv(f"JIANGNAN_{name}", value)
        yield served


async def pulled(services: Services, portal: RunningPortal) -> None:
    """What has changed there since the last export of changes is here as well."""
    await asyncio.to_thread(portal.control, "export", kind="agency")
    await services.pulls.pull("jiangnan")


async def exported(portal: RunningPortal) -> None:
    """A whole export, written in a later second than all that happened before it, and before all that comes."""
    await asyncio.sleep(1.1)
    await asyncio.to_thread(portal.control, "export", kind="agency", full=True)
    await asyncio.sleep(1.1)


async def compared(services: Services) -> UUID:
    return await services.portal_reconciliations.compare("jiangnan", ["agency"])


async def classes(services: Services, run_id: UUID) -> dict[str, str]:
    rows = await services.reconciliations.discrepancies(EVERYTHING, run_id)
    return {row.key: row.class_ for row in rows}


def add(portal: RunningPortal, like: str) -> str:
    key = portal_world.uscc("320102", 999)
    body = portal.read("agency", like)["body"]
    portal.control("change", kind="agency", key=key, set={**body, "统一社会信用代码": key, "许可证号": "L-JS-09999"})
    return key


async def test_what_came_after_the_whole_export_is_left_to_the_next_run(
    services: Services, jiangnan: RunningPortal
) -> None:
    await pulled(services, jiangnan)
    await exported(jiangnan)
    keys = jiangnan.keys("agency")
    jiangnan.change("agency", keys[0], 电话="0510-11112222")
    add(jiangnan, keys[1])
    await pulled(services, jiangnan)
    run_id = await compared(services)
    assert await classes(services, run_id) == {}
    run = await services.reconciliations.find(EVERYTHING, run_id)
    assert (run.state, run.counts["agency"]["moved"]) == ("clean", 2)
    await exported(jiangnan)
    run = await services.reconciliations.find(EVERYTHING, await compared(services))
    assert (run.state, run.counts["agency"]["moved"]) == ("clean", 0)


async def test_an_export_of_days_ago_raises_an_alert_until_there_is_a_newer_one(
    services: Services, jiangnan: RunningPortal, tmp_path: Path
) -> None:
    await exported(jiangnan)
    (export,) = (tmp_path / "files/outbox").glob("full_agency_*.csv")
    os.utime(export, (time.time() - 3 * 86_400,) * 2)
    await compared(services)
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.connector, alert.subject) == (AlertCode.OLD_EXPORT, "jiangnan", "agency")
    assert alert.text.zh.startswith(f"{export.name}：截至 ")
    assert alert.text.en.startswith(f"{export.name}: as of ")
    os.utime(export)
    await compared(services)
    assert await alerts.listed(services.database, EVERYTHING) == []


async def test_what_the_whole_export_lacks_although_we_had_it_is_missing_there(
    services: Services, jiangnan: RunningPortal
) -> None:
    await pulled(services, jiangnan)
    key = jiangnan.keys("agency")[0]
    jiangnan.control("delete", kind="agency", key=key)
    await exported(jiangnan)
    assert await classes(services, await compared(services)) == {key: "missing_there"}


@pytest.mark.usefixtures("settings_in_environment")
async def test_what_was_sent_and_will_show_later_is_awaited_and_not_found_again(
    services: Services, jiangnan: RunningPortal
) -> None:
    await pulled(services, jiangnan)
    await asyncio.to_thread(link_portal, services.settings, "jiangnan")
    (row,) = await services.reader.by_keys(EVERYTHING, "agency", jiangnan.keys("agency")[:1])
    answer = await services.desk.change(TERMINAL, row, {"principal": "卫示例"}, row.version)
    assert answer.status < 300, answer.body
    await exported(jiangnan)
    first = await asyncio.to_thread(jobs.reconcile, "jiangnan", ["agency"])
    assert (first["safe"], first["asks"]) == (1, 0)
    assert (await asyncio.to_thread(jobs.repair, first["run"], "tester"))["records_sent"] == 1
    second = await asyncio.to_thread(jobs.reconcile, "jiangnan", ["agency"], first["run"])
    assert (second["safe"], second["asks"], second["awaited"], second["again"]) == (0, 0, 1, 0)
    await asyncio.to_thread(jiangnan.control, "take")
    await exported(jiangnan)
    third = await asyncio.to_thread(jobs.reconcile, "jiangnan", ["agency"], second["run"])
    assert (third["safe"], third["awaited"], third["again"]) == (1, 0, 0), "it has come back under a new version"
