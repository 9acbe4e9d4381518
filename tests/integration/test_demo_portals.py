"""A day with three portals, as a newcomer plays it: a process of its own, and exactly the numbers it promises."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SECONDS = 180


def test_a_day_with_portals_finds_seven_repairs_five_and_asks_about_two() -> None:
    home = Path(tempfile.mkdtemp(prefix="yizhan-demo-"))
    home.chmod(0o755)
    environment = os.environ | {"YIZHAN_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "gateway.cli", "demo", "--portals", "--once"]
    try:
        played = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
        assert played.returncode == 0, played.stdout + played.stderr
        there = environment | {"YIZHAN_HOME": str(home / "demo-portals")}
        alerts = subprocess.run(
            [*command[:3], "alerts", "list"], env=there, capture_output=True, text=True, check=False
        )
        assert alerts.returncode == 0, "no false alarm: " + alerts.stdout
        summary = json.loads((home / "demo-portals" / "demo-portals-summary.json").read_text("utf-8"))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    assert {name: summary["synced"][name]["accepted"] for name in ("minjiang", "donghai", "jiangnan")} == {
        "minjiang": 120,
        "donghai": 180,
        "jiangnan": 120,
    }
    assert summary["synced"]["was_down"] == "donghai"
    assert (summary["decision"]["pushed"], summary["decision"]["state"]) == ("taken", "approved")
    assert summary["reconciliation"] == {
        "found": 7,
        "classes": {"diverged": 1, "missing_here": 2, "missing_there": 1, "outdated_here": 1, "unpushed": 2},
        "repaired": 5,
        "asked": {"diverged": 1, "missing_there": 1},
        "rerun": {"diverged": 1, "missing_there": 1},
    }
    assert "7 discrepancies of 5 classes: 5 repaired, 2 asked about" in played.stdout
