"""The house behind all doors, with partner folders whose files hold canonical JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.base.settings import Settings
from gateway.doors.rest.filed.routes import PLURALS
from tests.conformance.documents import write_identity_connector
from tests.conformance.doors import House, sftp_drop
from tests.processes import running_beside

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Beside the real partner folders there is `plain` for contracts, and one for every kind that portals keep."""
    folder = tmp_path_factory.mktemp("mappings")
    for each in MAPPINGS.glob("*/connector.yaml"):
        (folder / each.parent.name).symlink_to(each.parent)
    write_identity_connector(folder / "plain")
    for kind in PLURALS:
        write_identity_connector(folder / f"plain_{kind}", kind)
    return settings.model_copy(update={"mappings": folder})


@pytest.fixture(scope="module")
def house(client: httpx.Client, settings: Settings) -> Iterator[House]:
    with sftp_drop(settings) as drop, running_beside(settings, "work"):
        yield House(client, settings, drop)
