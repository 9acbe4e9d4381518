"""A partner that sends fewer or more records than its connector expects is an alert, until it is as expected again."""

from __future__ import annotations

import asyncio
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.access.accounts import TERMINAL
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.wiring.services import open_services
from tests.conftest import issue_partner, running
from tests.unit.adapters.test_partners import ROOT


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """The service with one connector, which expects contracts every day."""
    shutil.copytree(ROOT / "haiyan", tmp_path / "haiyan")
    with (tmp_path / "haiyan" / "connector.yaml").open("a") as file:
        file.write('publisher: 海燕数据中心\nfrequency: daily\nexpects: {contract: ["3", "9"]}\n')
    return settings.model_copy(update={"mappings": tmp_path})


def told(own: Settings, day: date) -> list[tuple[str, str]]:
    """(subject, words) of what is open after a look at the day before."""

    async def look() -> list[tuple[str, str]]:
        async with open_services(own, str(own.database.url)) as services:
            await services.volumes.look(day)
            before = await alerts.listed(services.database, TERMINAL.scope)
            await services.volumes.look(day)
            found = await alerts.listed(services.database, TERMINAL.scope)
        assert found == before, "a period is looked at once"
        mine = [alert for alert in found if alert.code is AlertCode.VOLUME]
        return [(alert.subject, alert.text.zh) for alert in mine]

    return asyncio.run(look())


def test_too_few_and_too_many_records_are_an_alert_until_they_are_as_expected(own: Settings) -> None:
    partner, today = issue_partner(own, "volumes", connector="haiyan"), Clock.china_today()
    assert told(own, today + timedelta(days=1)) == [], "who has not begun is not late"
    file = own.mappings / "haiyan" / "connector.yaml"
    with running(own) as client:
        content = (ROOT / "haiyan" / "examples" / "clean.json").read_bytes()
        answer = client.post("/v1/submissions?connector=haiyan", content=content, headers=partner.bearer)
        assert answer.json()["counts"]["accepted"] == 2, answer.text
    ((subject, words),) = told(own, today + timedelta(days=1))
    assert subject == "contract"
    assert words == f"海燕数据中心的旅游电子合同在 {today} 收到 2 条，应为 3 至 9 条"
    file.write_text(file.read_text("utf-8").replace('["3", "9"]', '["0", "9"]'), "utf-8")
    assert told(own, today + timedelta(days=1)) == []
    file.write_text(file.read_text("utf-8").replace('["0", "9"]', '["0", "1"]'), "utf-8")
    assert len(told(own, today + timedelta(days=1))) == 1
    file.write_text(file.read_text("utf-8").replace('["0", "1"]', '["1", "9"]'), "utf-8")
    ((_, words),) = told(own, today + timedelta(days=2))
    assert "收到 0 条" in words
