"""Logs are JSON lines that hold allowed fields only; exceptions are named, never quoted."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from gateway.base import logs
logs.configure()
structlog.get_logger().warning("stored", submission_id="s1", name="张三", document="110105194912310021")
try:
    raise ValueError("110105194912310021")
except ValueError as error:
    structlog.get_logger().error("unexpected", route="/v1/contracts", exc_info=error)
    logging.getLogger("library").exception("failed")
"""


def test_personal_data_does_not_reach_the_log() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    stored, unexpected, library = (json.loads(line) for line in done.stderr.splitlines())
    assert stored["submission_id"] == "s1"
    assert unexpected["error"] == library["error"] == "ValueError"
    assert unexpected["where"]
    assert "110105194912310021" not in done.stderr
    assert "张三" not in done.stderr
