"""An upgrade while everything goes on: two versions over one database, the newer with one migration more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from gateway.base.settings import DatabaseSettings, Settings
from tests.conftest import ServedProcess, free_port, is_ready, issue_partner, until
from tests.integration.test_companions import Served, push_over

_ROOT = Path(__file__).parents[2]
_MIGRATION = """
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE record ADD COLUMN of_tomorrow text")
    op.get_bind().exec_driver_sql("ALTER TABLE submission ADD COLUMN of_tomorrow text")
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The code of tomorrow: that of today, and a migration."""
    for name in ("gateway", "adapters", "schemas", "mappings"):
        shutil.copytree(_ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    versions = tmp_path / "gateway/store/migrations/versions"
    before = max(file.name[:4] for file in versions.glob("[0-9]*.py"))
    (versions / "9999_tomorrow.py").write_text(_MIGRATION.format(before=before), encoding="utf-8")
    return tmp_path


class NewerProcess:
    """`yizhan serve` of that code."""

    def __init__(self, code: Path, settings: Settings) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        variables = {
            "PYTHONPATH": str(code),
            "YIZHAN_HOME": str(settings.home),
            "YIZHAN_MASTER_KEY": str(settings.master_key),
            "YIZHAN_DATABASE__URL": str(settings.database.url),
            "YIZHAN_HTTP__PORT": str(self.port),
            "YIZHAN_BATCH__WORKERS": "0",
            "YIZHAN_RELAY__ENABLED": "false",
        }
        command = [sys.executable, "-m", "gateway.cli.main", "serve"]
        self.process = subprocess.Popen(command, cwd=code, env=os.environ | variables)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def test_versions_take_turns_under_load_and_no_request_fails(
    settings: Settings, new_database: Callable[[], str], newer: Path
) -> None:
    served = settings.model_copy(update={"database": DatabaseSettings(url=new_database())})
    partner, stop = issue_partner(served), threading.Event()
    today, tomorrow = ServedProcess(served, alone=True), None
    today.start()
    with ThreadPoolExecutor(4) as pool:
        try:
            services: list[Served] = [today]
            pushing = [pool.submit(push_over, services, partner, number, stop) for number in range(4)]
            tomorrow = NewerProcess(newer, served)
            until(lambda: is_ready(tomorrow.url), "the newer one serves", of=tomorrow.process)
            assert _version(served) == "9999"
            services.append(tomorrow)
            for _ in range(2):  # and back: the old one serves on the newer schema
                today.stop()
                today.start()
        finally:
            stop.set()
            today.stop()
            if tomorrow is not None:
                tomorrow.stop()
        statuses = [status for each in pushing for status in each.result()]
    assert len(statuses) > 50
    assert set(statuses) == {201}


def _version(settings: Settings) -> str:
    with psycopg.connect(str(settings.database.url)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row is not None
    return row[0]
