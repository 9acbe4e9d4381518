"""The demo, as a newcomer runs it: a process of its own that plays every door, twice over the same data."""

from __future__ import annotations

import ast
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.demo import systems
from tests.conftest import free_port, open_folder

SYSTEMS = Path(systems.__file__ or "").parent
_SECONDS = 180


@dataclass(frozen=True)
class Runs:
    """What two runs wrote, and what was left of the second after it had been told to end."""

    first: dict[str, Any]
    second: dict[str, Any]
    shown: str
    status: int
    listening: list[int]


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with open_folder() as home:
        environment = os.environ | {"YIZHAN_HOME": str(home), "COLUMNS": "100", "PYTHONUNBUFFERED": "1"}
        environment |= {"NO_COLOR": "1"}
        first = subprocess.run(
            demo("--once"), env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert first.returncode == 0, first.stdout + first.stderr
        summary = read(home, "demo-summary.json")
        yield _second(home, environment, summary)


def _second(home: Path, environment: dict[str, str], first: dict[str, Any]) -> Runs:
    """The second run serves on until the terminal is closed."""
    with subprocess.Popen(
        demo(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        shown = ""
        for line in process.stdout or ():
            shown += line
            if "全部完成" in line:
                break
        process.send_signal(signal.SIGHUP)
        shown += process.communicate(timeout=_SECONDS)[0]
    second = read(home, "demo-summary.json")
    ports = [*read(home, "demo-memory.json")["ports"].values(), int(second["base_url"].rpartition(":")[2])]
    return Runs(first, second, shown, process.returncode, [port for port in ports if is_listening(port)])


def demo(*options: str) -> list[str]:
    return [sys.executable, "-m", "gateway.cli.main", "demo", "--port", str(free_port()), *options]


def read(home: Path, name: str) -> dict[str, Any]:
    path = home / "demo" / name
    assert path.stat().st_mode & 0o077 == 0, "it holds secrets"
    return json.loads(path.read_text(encoding="utf-8"))


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_two_runs_tell_the_same(runs: Runs) -> None:
    first, second = (
        {name: run[name] for name in run if name not in ("base_url", "sftp")} for run in (runs.first, runs.second)
    )
    assert first == second
    assert all(partner["api_key"] and partner["secret"] for partner in first["partners"])


def test_every_code_belongs_to_one_contract(runs: Runs) -> None:
    contracts = runs.first["contracts"]
    codes = {contract["code"] for contract in contracts}
    assert len(codes) == len({(contract["partner"], contract["business_no"]) for contract in contracts}) == 70
    assert {"lvyun", "laoqiao", "huaxia", "minnan", "lvzhou", "yunfan"} == {c["partner"] for c in contracts}


def test_the_four_partners_that_push_have_good_and_bad_records(runs: Runs) -> None:
    doors = runs.first["doors"]
    counts = {partner: (doors[partner]["taken"], doors[partner]["rejected"]) for partner in doors}
    assert [counts[partner] for partner in ("lvyun", "shanhai", "laoqiao", "huaxia")] == [
        (55, 5),
        (1, 1),
        (3, 3),
        (2, 3),
    ]
    assert {"lvyun", "shanhai", "laoqiao", "huaxia"} <= {rejection["partner"] for rejection in runs.first["rejections"]}


def test_a_file_over_sftp_is_answered_by_a_receipt_file(runs: Runs) -> None:
    door = runs.first["doors"]["sftp"]
    assert (door["taken"], door["rejected"]) == (5, 1)
    assert door["receipt_file"] == "laoqiao-sftp.csv.receipt.json"
    assert "laoqiao-sftp.csv.findings.xlsx" in door["rejected_files"]
    assert door["receipt"].count(".") == 2


def test_a_soap_fault_names_the_place(runs: Runs) -> None:
    door = runs.first["doors"]["soap"]
    assert (door["taken"], door["rejected"]) == (1, 1)
    (finding,) = [each for each in door["findings"] if each["severity"] == "error"]
    assert finding["code"] == "PERSON-002"
    assert finding["locator"].endswith("/y:contract[1]/y:travellers[1]/y:document/y:number")


def test_the_existing_protocol_is_called_back_with_a_signature_that_holds(runs: Runs) -> None:
    door = runs.first["doors"]["compat12301"]
    assert door["call_back"] == {"contractNumber": "HT20170805001", "state": 1, "signature": "right"}
    assert door["error"]["field"] == "/touristsInfo/totalNumber"


def test_every_webhook_is_delivered_with_a_signature_that_holds(runs: Runs) -> None:
    deliveries = runs.first["doors"]["webhook"]["deliveries"]
    assert [event for event, _, _ in deliveries] == ["contract.created"] * 3 + ["contract.state"]
    assert {signature for _, _, signature in deliveries} == {"right"}


def test_a_large_file_has_one_receipt_over_all_its_rows(runs: Runs) -> None:
    door = runs.first["doors"]["large"]
    assert (door["taken"], door["rejected"]) == (4995, 5)
    assert [failure["codes"] for failure in door["failures"]] == [["MAP-040"]] * 5


def test_a_year_of_groups_is_counted(runs: Runs) -> None:
    door = runs.first["doors"]["statistics"]
    assert (door["taken"], door["rejected"]) == (72, 0)
    assert sum(groups for _, groups, _ in door["months"]) == door["outbound"]["groups"] == 72
    assert sum(door["agencies"].values()) == 72
    assert sum(door["countries"].values()) > door["outbound"]["organised"], "who visits two countries counts in both"


def test_an_edited_dead_letter_gets_its_code(runs: Runs) -> None:
    door = runs.first["doors"]["dead_letter"]
    assert (door["taken"], door["state"]) == (1, "resolved")
    (contract,) = [each for each in runs.first["contracts"] if each["business_no"] == "LVY-DEMO-0036"]
    assert contract["code"]


def test_penalties_a_check_and_a_purge_are_there_to_look_at(runs: Runs) -> None:
    door = runs.second["doors"]["supervised"]
    assert (door["penalties"], door["purge"]) == (2, "done")
    assert {"王芳", "周安"} <= {person["name"] for person in runs.second["people"]}


def test_the_summary_fits_a_terminal_and_says_where_to_look_next(runs: Runs) -> None:
    for words in ("/v/LY", "/docs", "/soap?wsdl", "sftp -P", "/deliveries", "/v1/dead-letters"):
        assert words in runs.shown
    assert "Traceback" not in runs.shown


def test_closing_the_terminal_ends_everything(runs: Runs) -> None:
    assert runs.status == 128 + signal.SIGHUP
    assert runs.listening == []


@pytest.mark.parametrize("program", sorted(SYSTEMS.glob("*.py")), ids=lambda path: path.stem)
def test_the_partners_programs_share_no_code_with_the_service(program: Path) -> None:
    tree = ast.parse(program.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    siblings = {path.stem for path in SYSTEMS.glob("*.py")}
    strangers = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names - siblings
    assert strangers <= {"asyncssh", "paramiko", "zeep"}
