"""What native code could do that a hostile document has taken over: nothing but answer."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from adapters.enclosure import ENVIRONMENT, Enclosure

REPOSITORY = Path(__file__).parents[3]
STARTS = ("subprocess.Popen(", "create_subprocess_exec(", "answer_of(")
PROBE = """
import json, os, resource, socket, subprocess, sys

def attempt(what):
    try:
        what()
    except Exception as refused:
        return type(refused).__name__
    return "done"

def call():
    with socket.create_connection(("127.0.0.1", int(ARGUMENTS[0])), timeout=5):
        pass

def main(arguments):
    global ARGUMENTS
    ARGUMENTS = arguments
    json.dump({
        "environment": dict(os.environ),
        "parent": attempt(lambda: os.open(f"/proc/{os.getppid()}/environ", os.O_RDONLY)),
        "file": attempt(lambda: open(ARGUMENTS[1]).read()),
        "write": attempt(lambda: open(ARGUMENTS[1], "w").write("x")),
        "network": attempt(call),
        "program": attempt(lambda: subprocess.run(["/bin/true"])),
        "isolated": sys.flags.isolated,
        "memory": resource.getrlimit(resource.RLIMIT_AS),
        "seconds": resource.getrlimit(resource.RLIMIT_CPU),
        "raised": attempt(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))),
    }, sys.stdout)
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a worker says that tries everything, beside a parent with a secret and a listener at hand."""
    folder = tmp_path_factory.mktemp("enclosure")
    (folder / "probe.py").write_text(PROBE, encoding="utf-8")
    (folder / "master.key").write_text("5a" * 32, encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = Enclosure(folder / "probe.py", memory=256 << 20, seconds=20).command(
            str(listener.getsockname()[1]), str(folder / "master.key")
        )
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_its_environment_is_empty(said: dict[str, Any]) -> None:
    assert said["environment"].keys() <= {"LC_CTYPE"}  # which Python itself sets
    assert said["isolated"] == 1


@pytest.mark.parametrize("door", ["parent", "file", "write", "network", "program", "raised"])
def test_nothing_can_be_reached(said: dict[str, Any], door: str) -> None:
    assert said[door] in ("OSError", "PermissionError", "BlockingIOError", "ValueError"), said


def test_it_is_bounded(said: dict[str, Any]) -> None:
    assert (said["memory"], said["seconds"]) == ([256 << 20] * 2, [20, 20])


def test_a_namespace_keeps_it_from_the_network_where_there_is_one(tmp_path: Path) -> None:
    """Seen from outside, before the last bound falls: it has another network than its parent."""
    (tmp_path / "probe.py").write_text(
        "import os\nNETWORK = os.readlink('/proc/self/ns/net')\ndef main(_): print(NETWORK)\n", encoding="utf-8"
    )
    done = subprocess.run(["unshare", "-Urn", "true"], capture_output=True, check=False)
    command = Enclosure(tmp_path / "probe.py", memory=256 << 20, seconds=20).command()
    network = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True, text=True).stdout.strip()
    assert (network != str(Path("/proc/self/ns/net").readlink())) == (done.returncode == 0)


def test_every_worker_is_started_in_an_enclosure() -> None:
    """A subprocess of a reader is one of these, or it would be a way around them."""
    starters = {
        path.relative_to(REPOSITORY).as_posix()
        for folder in ("adapters", "gateway", "schemas")
        for path in (REPOSITORY / folder).rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in STARTS)
    }
    workers = {path for path in starters if "_ENCLOSURE.command(" in (REPOSITORY / path).read_text(encoding="utf-8")}
    ours = ("gateway/cli/", "gateway/demo/", "gateway/store/", "gateway/serving/", "adapters/transports/partner_server")
    ours += ("gateway/onboarding/workshop",)  # drafting: what it reads it reads by the readers of the service itself
    ours += ("gateway/seals/typesetting",)  # it reads no document: it sets values that were validated
    ours += ("gateway/templates/office",)  # a program of the system, in a workroom: test_workroom.py
    ours += ("gateway/base/children",)  # starts what it is told to: whoever tells it is looked at here
    readers = {
        "adapters/formats/sheet.py",
        "gateway/contracts/document_reading.py",
        "gateway/contracts/page_pictures.py",
        "gateway/field_checks/photo_reading.py",
        "gateway/seals/seal_checks.py",
        "gateway/templates/word_reader.py",
    }
    assert workers == readers
    assert not {path for path in starters - workers if not path.startswith(ours)}
