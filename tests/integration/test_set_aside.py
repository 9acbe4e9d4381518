"""The service with a partner folder that cannot be used: the others are served, and somebody is told."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.access.accounts import TERMINAL
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.base.settings import Settings
from gateway.wiring.services import open_services
from tests.conftest import issue_partner, running
from tests.integration.sftp import example
from tests.unit.adapters.test_partners import ROOT


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    for name in ("huaxia", "laoqiao"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def told(settings: Settings) -> list[tuple[str, str]]:
    async def listed() -> list[tuple[str, str]]:
        async with open_services(settings, str(settings.database.url)) as services:
            found = await alerts.listed(services.database, TERMINAL.scope)
        return [(alert.connector, alert.text.en) for alert in found if alert.code is AlertCode.SET_ASIDE]

    return asyncio.run(listed())


def test_a_bad_folder_stops_no_other_and_is_an_alert_until_it_is_repaired(settings: Settings, mappings: Path) -> None:
    own = settings.model_copy(update={"mappings": mappings})
    bad, good = issue_partner(own, "bad", connector="huaxia"), issue_partner(own, "good", connector="laoqiao")
    file = mappings / "huaxia/contract.yaml"
    right = file.read_text("utf-8")
    file.write_text(right.replace("via: [cn_date]", "via: [cn_dates]", 1), "utf-8")
    with running(own) as client:
        for partner, connector, status in ((good, "laoqiao", 200), (bad, "huaxia", 400)):
            content = example("laoqiao", "export.csv")
            answer = client.post(f"/v1/submissions?connector={connector}", content=content, headers=partner.bearer)
            assert answer.status_code // 100 == status // 100, answer.text
        assert answer.json()["code"] == "INTAKE-006"
    ((connector, text),) = told(own)
    assert connector == "huaxia"
    assert "cn_dates" in text
    file.write_text(right, "utf-8")
    assert told(own) == []
