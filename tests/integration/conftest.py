"""The SFTP drop as tests use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.base.settings import Settings
from tests.conftest import Partner
from tests.integration.sftp import DropProcess, issue_account


@pytest.fixture(scope="module")
def drop(settings: Settings) -> Iterator[DropProcess]:
    served = DropProcess(settings)
    served.start()
    try:
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="module")
def laoqiao(settings: Settings) -> Partner:
    return issue_account(settings, "laoqiao", "laoqiao")


@pytest.fixture(scope="module")
def shanhai(settings: Settings) -> Partner:
    return issue_account(settings, "shanhai", "shanhai")


@pytest.fixture
def own_drop(settings: Settings) -> Iterator[Callable[..., DropProcess]]:
    """Starts a server with settings of its own, over a home of its own."""
    started: list[DropProcess] = []

    def start(home: Path, *arguments: str, **variables: str) -> DropProcess:
        served = DropProcess(settings.model_copy(update={"home": home}), *arguments, **variables)
        started.append(served)
        served.start()
        return served

    yield start
    for served in started:
        served.stop()
