"""A day with three portals, as a newcomer plays it: a process of its own, and exactly the numbers it promises."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from tests.conftest import HTTP, free_port, open_folder

_SECONDS = 180


COMMAND = [sys.executable, "-m", "gateway.cli.main"]


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """A home of its own, and a terminal without colours."""
    with open_folder() as home:
        yield os.environ | {"YIZHAN_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def ended(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)


def test_a_day_with_portals_finds_seven_repairs_five_and_asks_about_two(environment: dict[str, str]) -> None:
    played = ended(environment, "demo", "--portals", "--once")
    assert played.returncode == 0, played.stdout + played.stderr
    home = Path(environment["YIZHAN_HOME"]) / "demo-portals"
    alerts = ended(environment | {"YIZHAN_HOME": str(home)}, "alerts", "list")
    assert alerts.returncode == 0, "no false alarm: " + alerts.stdout
    summary = json.loads((home / "demo-portals-summary.json").read_text("utf-8"))
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
    assert "The portals have ended with the demo" in played.stdout


def test_the_portals_run_on_and_a_second_demo_leaves_their_data_alone(environment: dict[str, str]) -> None:
    port = free_port()
    with subprocess.Popen(
        [*COMMAND, "demo", "--portals", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            shown = "".join(takewhile(lambda line: "全部完成" not in line, demo.stdout or ()))
            second = ended(environment, "demo", "--portals", "--once")
            home = Path(environment["YIZHAN_HOME"]) / "demo-portals"
            people = json.loads((home / "demo-portals-summary.json").read_text("utf-8"))["people"]
            pages = [page for page in re.findall(rf"http://127.0.0.1:{port}/\S+", shown) if "/signin" not in page]
            team = next(each for each in people if each["login"] == "chen.gong")
            with closing(signed_in(f"http://127.0.0.1:{port}", team)) as browser:
                seen = {page: browser.get(page).status_code for page in pages}
        finally:
            demo.send_signal(signal.SIGHUP)
            demo.communicate(timeout=_SECONDS)
    assert second.returncode == 1
    assert "in use by a service or another demo" in second.stderr
    assert (len(seen), {*seen.values()}) == (5, {200}), seen
    assert is_closed(port)


def signed_in(url: str, person: dict[str, str]) -> httpx.Client:
    """A browser in which somebody of the demo has signed in."""
    browser = httpx.Client(base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=60, trust_env=False)
    form = {"login": person["login"], "password": person["password"], "to": "/desk"}
    assert browser.post("/signin", data=form).headers["location"] == "/desk"
    return browser


def is_closed(port: int) -> bool:
    try:
        HTTP.get(f"http://127.0.0.1:{port}/")
    except httpx.ConnectError:
        return True
    return False
