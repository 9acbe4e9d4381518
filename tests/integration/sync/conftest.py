"""A portal that runs, and services of our own beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.access.accounts import Role
from gateway.base.settings import HttpSettings, RelaySettings, Settings
from gateway.inspection.gathering import stored_evidence
from gateway.inspection.judging import judge
from gateway.wiring.services import Services, open_services
from tests.conftest import issue_partner
from tests.integration.sync.agencies import RECORDS, SECRETS
from tests.portals import RunningPortal, running_portal
from tests.processes import environment


@pytest.fixture
def portal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RunningPortal]:
    """A portal with records for several pages, or as few as a module says in `FEW`."""
    records = getattr(request.module, "FEW", RECORDS)
    with (
        running_portal("portal_rest.py", tmp_path, "--records", records, **SECRETS) as started,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("DONGHAI_URL", f"{started.url}/api")
        for name, value in SECRETS.items():
            patch.setenv(f"DONGHAI_{name}", value)
        yield started


@pytest.fixture
def relayed() -> RelaySettings:
    """How deliveries are made; a test that wants it otherwise is parametrized by it."""
    return RelaySettings()


@pytest.fixture
def settings(new_database: Any, settings: Settings, tmp_path: Path, relayed: RelaySettings) -> Settings:
    made = settings.model_copy(
        update={
            "home": tmp_path / "home",
            "database": settings.database.model_copy(update={"url": new_database()}),
            "http": HttpSettings(public_url="http://127.0.0.1"),
            "relay": relayed,
        }
    )
    made.home.mkdir()
    return made


@pytest.fixture
async def services(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Services]:
    """Services of our own; at the end all that they stored is as the transparency log attests it."""
    await asyncio.to_thread(issue_partner, settings, "donghai", Role.PARTNER, "330000", "donghai")
    assert settings.database.url is not None
    async with open_services(settings, settings.database.url) as opened:
        yield opened
        while await opened.integrator.turn():
            pass
        if request.node.get_closest_marker("alters") is not None:
            return
        async with stored_evidence(opened.database) as evidence:
            judgement = await judge(evidence, opened.keyring.log_keys.verifying)
        assert [flaw.text.en for flaw in judgement.flaws] == []


@pytest.fixture
def settings_in_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings as the environment of this process, where jobs find them."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
