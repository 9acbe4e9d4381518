"""`yizhan airflow` as an operator runs it: what it has started ends with it, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx

from tests.conftest import HTTP, free_port, open_folder, until


def descendants(pid: int) -> list[int]:
    """All that a process has started, and what that has started, as far as they live."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    with suppress(OSError):
        children = [int(child) for thread in threads for child in thread.read_text("ascii").split()]
        return [each for child in children for each in (child, *descendants(child))]
    return []


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or while it was read
        return False


def answers(port: int) -> bool:
    try:
        return HTTP.get(f"http://127.0.0.1:{port}/api/v2/monitor/health").status_code == 200
    except httpx.ConnectError:
        return False


def test_nothing_of_airflow_outlives_a_killed_terminal() -> None:
    port = free_port()
    command = [sys.executable, "-m", "gateway.cli.main", "airflow", "--port", str(port)]
    with open_folder() as home:
        process = subprocess.Popen(command, env=os.environ | {"YIZHAN_HOME": str(home)}, stdout=subprocess.DEVNULL)
        try:
            until(lambda: answers(port), "Airflow answers", 120, of=process)
            started = descendants(process.pid)
        finally:
            process.kill()
            process.wait()
        assert len(started) >= 8, "server, scheduler, processor of DAGs and triggerer, each at its tether"
        until(lambda: not any(map(is_running, started)), "everything ended")
