"""The same DAGs over SOAP and over files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.access.accounts import TERMINAL, Role
from gateway.base.settings import Settings
from gateway.cli.deciding import link_portal
from gateway.wiring.services import open_services
from tests.conftest import issue_partner
from tests.dags.conftest import Runner
from tests.portals import RunningPortal, running_portal

CODE, PASSWORD, RECORDS = "demo-verify-code", "demo-password", 20
SFTP_SECRETS = {"PORTAL_USER": "yizhan", "PASSWORD": PASSWORD}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    folder = tmp_path_factory.mktemp("files")
    arguments = ["--records", RECORDS, "--folder", folder / "files"]
    with running_portal("portal_sftp.py", folder, *arguments, **SFTP_SECRETS) as sftp:
        for kind in ("agency", "branch", "outlet", "filing"):
            sftp.control("export", kind=kind)
            sftp.control("export", kind=kind, full=True)
        yield sftp


@pytest.fixture(scope="module")
def service_variables(
    service_variables: dict[str, str], settings: Settings, files: RunningPortal, tmp_path_factory: Any
) -> Iterator[Any]:
    """What is known, and the other two portals."""
    folder: Path = tmp_path_factory.mktemp("portals")
    for name in ("minjiang", "jiangnan"):
        issue_partner(settings, name, Role.PARTNER, "350000", name)
    with running_portal("portal_soap.py", folder, "--records", RECORDS, VERIFY_CODE=CODE) as soap:
        yield service_variables | {
            "MINJIANG_URL": f"{soap.url}/Service.asmx",
            "MINJIANG_CODE": CODE,
            "JIANGNAN_HOST": "127.0.0.1",
            "JIANGNAN_PORT": str(files.said["listening"]),
            "JIANGNAN_PASSWORD": PASSWORD,
            "JIANGNAN_HOST_KEY": files.said["host_key"],
        }


@pytest.mark.parametrize("name", ["minjiang", "jiangnan"])
def test_a_portal_is_pulled_read_again_and_reconciled(runner: Runner, name: str, count: Callable[[str], int]) -> None:
    held = count("SELECT count(*) FROM record")
    for dag in (f"pull_{name}", f"day_{name}", f"reconcile_{name}"):
        assert runner.run(dag, answer="忽略待核定项" if dag.startswith("reconcile") else None)["state"] == "success"
    assert count("SELECT count(*) FROM record") > held


def test_a_change_that_a_portal_will_show_later_does_not_keep_the_day_from_ending(
    runner: Runner, settings: Settings, files: RunningPortal
) -> None:
    assert runner.run("pull_jiangnan")["state"] == "success"
    asyncio.run(change_here(settings, files.keys("agency")[0]))
    time.sleep(1.1)  # files are dated by the second, and a change must be older than the export that lacks it
    files.control("export", kind="agency", full=True)
    done = runner.run("reconcile_jiangnan")
    assert {name: found[0][0] for name, found in done["tasks"].items()} == {
        "compare": "success",
        "weigh": "success",
        "approve": "skipped",
        "repair": "success",
        "check": "success",
        "done": "success",
    }


async def change_here(settings: Settings, key: str) -> None:
    """What an authority changes at its desk."""
    assert settings.database.url is not None
    await asyncio.to_thread(link_portal, settings, "jiangnan")
    async with open_services(settings, settings.database.url) as services:
        (row,) = await services.reader.by_keys(TERMINAL.scope, "agency", [key])
        answer = await services.desk.change(TERMINAL, row, {"principal": "卫示例"}, row.version)
        assert answer.status < 300, answer.body
