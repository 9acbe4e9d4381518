"""The same DAGs over SOAP and over files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.access.accounts import Role
from gateway.settings import Settings
from tests.conftest import issue_partner
from tests.dags.conftest import Runner
from tests.portals import running_portal

CODE, PASSWORD, RECORDS = "demo-verify-code", "demo-password", 20
SFTP_SECRETS = {"PORTAL_USER": "yizhan", "PASSWORD": PASSWORD}


@pytest.fixture(scope="module")
def service_variables(service_variables: dict[str, str], settings: Settings, tmp_path_factory: Any) -> Iterator[Any]:
    """What is known, and the other two portals."""
    folder: Path = tmp_path_factory.mktemp("portals")
    for name in ("minjiang", "jiangnan"):
        issue_partner(settings, name, Role.PARTNER, "350000", name)
    files = ["--records", RECORDS, "--folder", folder / "files"]
    with (
        running_portal("portal_soap.py", folder, "--records", RECORDS, VERIFY_CODE=CODE) as soap,
        running_portal("portal_sftp.py", folder, *files, **SFTP_SECRETS) as sftp,
    ):
        for kind in ("agency", "branch", "outlet", "filing"):
            sftp.control("export", kind=kind)
            sftp.control("export", kind=kind, full=True)
        yield service_variables | {
            "MINJIANG_URL": f"{soap.url}/Service.asmx",
            "MINJIANG_CODE": CODE,
            "JIANGNAN_HOST": "127.0.0.1",
            "JIANGNAN_PORT": str(sftp.said["listening"]),
            "JIANGNAN_PASSWORD": PASSWORD,
            "JIANGNAN_HOST_KEY": sftp.said["host_key"],
        }


@pytest.mark.parametrize("name", ["minjiang", "jiangnan"])
def test_a_portal_is_pulled_read_again_and_reconciled(runner: Runner, name: str, count: Callable[[str], int]) -> None:
    held = count("SELECT count(*) FROM record")
    for dag in (f"pull_{name}", f"day_{name}", f"reconcile_{name}"):
        assert runner.run(dag, answer="忽略待裁定项" if dag.startswith("reconcile") else None)["state"] == "success"
    assert count("SELECT count(*) FROM record") > held
