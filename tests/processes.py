"""Commands of `yizhan` as processes of their own, over the database of the settings under test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.base.settings import Settings


def environment(settings: Settings) -> dict[str, str]:
    """What a process must know to be part of the service under test."""
    assert settings.database.url is not None
    assert settings.master_key is not None
    return os.environ | {
        "YIZHAN_HOME": str(settings.home),
        "YIZHAN_MASTER_KEY": settings.master_key,
        "YIZHAN_DATABASE__URL": settings.database.url,
        "YIZHAN_MAPPINGS": str(settings.mappings),
        "YIZHAN_HTTP__PUBLIC_URL": settings.public_url,
        "YIZHAN_BATCH": settings.batch.model_dump_json(),
        "YIZHAN_RELAY": settings.relay.model_dump_json(),
        "COLUMNS": "200",
    }


def yizhan(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    command = [sys.executable, "-m", "gateway.cli.main", *arguments]
    return subprocess.run(command, env=environment(settings), capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def running_beside(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs until it is told to end, or was killed by the test."""
    command = [sys.executable, "-m", "gateway.cli.main", *arguments]
    process = subprocess.Popen(command, env=environment(settings))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in (0, -signal.SIGKILL)
