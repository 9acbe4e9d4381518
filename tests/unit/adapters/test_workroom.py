"""What a foreign program can do in a workroom: work in its folder, within its bounds, and nothing else."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.workroom import FOLDER, Workroom
from gateway.templates.office import Office

PYTHON = str(Path(sys.executable).resolve())
PROBE = """
import json, os, resource, socket, sys

port, secret, beside, readable, folder = sys.argv[1:]

def attempt(what):
    try:
        what()
    except Exception as refused:
        return type(refused).__name__
    return "done"

def call():
    socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()

json.dump({
    "environment": sorted(os.environ),
    "file": attempt(lambda: open(secret).read()),
    "passwords": attempt(lambda: open("/etc/passwd").read()),
    "parent": attempt(lambda: open(f"/proc/{os.getppid()}/environ").read()),
    "write": attempt(lambda: open(beside, "w").write("x")),
    "overwrite": attempt(lambda: open(readable, "w").write("x")),
    "network": attempt(call),
    "named": attempt(lambda: open(readable).read()),
    "own": attempt(lambda: open(f"{folder}/made", "w").write("x")),
    "bounds": [resource.getrlimit(what)[1] for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU)],
    "raised": attempt(lambda: resource.setrlimit(resource.RLIMIT_CPU, (600, 600))),
}, sys.stdout)
"""


def has_landlock() -> bool:
    return sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1


def has_namespaces() -> bool:
    return subprocess.run(["unshare", "-Urnm", "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("workroom")
    for name in ("folder", "readable"):
        (place / name).mkdir()
    (place / "master.key").write_text("5a" * 32, encoding="ascii")
    (place / "readable" / "font").write_text("font", encoding="ascii")
    return place


@pytest.fixture(scope="module")
def said(room: Path) -> dict[str, Any]:
    """What a program says that tries everything, beside a parent with a secret and a listener at hand."""
    readable = [room / "readable", Path(PYTHON).parents[1]]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tried = (str(listener.getsockname()[1]), *(str(room / each) for each in ("master.key", "beside")))
        given = (*tried, str(room / "readable" / "font"), FOLDER)
        command = Workroom(memory=512 << 20, seconds=20, readable=readable).command(
            room / "folder", PYTHON, "-I", "-S", "-c", PROBE, *given
        )
        done = subprocess.run(command, env={}, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_its_environment_is_four_words_and_its_fonts(said: dict[str, Any]) -> None:
    assert set(said["environment"]) - {"LC_CTYPE"} == {"FONTCONFIG_FILE", "HOME", "LC_ALL", "PATH", "TMPDIR"}


def test_it_reads_what_is_named_and_writes_in_its_folder(said: dict[str, Any], room: Path) -> None:
    assert (said["named"], said["own"]) == ("done", "done")
    assert (room / "folder" / "made").read_text(encoding="ascii") == "x"


@pytest.mark.skipif(not has_landlock(), reason="the kernel knows no Landlock")
@pytest.mark.parametrize("door", ["file", "passwords", "parent", "write", "overwrite"])
def test_no_file_outside_is_reached(said: dict[str, Any], room: Path, door: str) -> None:
    assert said[door] in ("PermissionError", "FileNotFoundError"), said
    assert not (room / "beside").exists()
    assert (room / "readable" / "font").read_text(encoding="ascii") == "font"


@pytest.mark.skipif(not has_namespaces(), reason="the kernel gives no namespaces")
def test_it_has_no_network(said: dict[str, Any]) -> None:
    assert said["network"] in ("OSError", "ConnectionRefusedError", "PermissionError")


def test_it_is_bounded_and_cannot_raise_its_bounds(said: dict[str, Any]) -> None:
    assert said["bounds"] == [512 << 20, 20]
    assert said["raised"] in ("ValueError", "PermissionError")


@pytest.mark.parametrize(
    ("memory", "seconds", "does"),
    [
        pytest.param(256 << 20, 20, "x = bytes(1 << 30)", id="memory"),
        pytest.param(256 << 20, 1, "while True: pass", id="seconds"),
        pytest.param(256 << 20, 20, "open('large', 'wb').truncate(1 << 30)", id="size of a file"),
    ],
)
def test_it_ends_with_its_bounds(tmp_path: Path, memory: int, seconds: int, does: str) -> None:
    room = Workroom(memory=memory, seconds=seconds, readable=[Path(PYTHON).parents[1]])
    command = room.command(tmp_path, PYTHON, "-I", "-S", "-c", does)
    assert subprocess.run(command, env={}, capture_output=True, check=False, timeout=60).returncode != 0


def test_the_office_removes_what_dead_processes_left(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    for name in (str(gone.pid), str(os.getppid()), str(os.getpid()), "stray"):
        (tmp_path / name).mkdir()
    (tmp_path / str(os.getpid()) / "in.docx").touch()  # of a process before us that had our number
    own = Office(tmp_path)._own_folder()
    assert own.parent.name == str(os.getpid())
    assert not (own.parent / "in.docx").exists()
    assert {each.name for each in tmp_path.iterdir()} == {str(os.getppid()), str(os.getpid())}
