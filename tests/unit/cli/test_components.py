"""What tests and benchmarks need beside Python: found, missing, installed, or named in one command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import components
from gateway.cli.components import COMPONENTS, needed_in, prepare
from gateway.cli.doctor import examine_components
from tests.components import needs

ROOT = Path(__file__).parents[3]
LIST = ROOT / "gateway" / "cli" / "components.py"
EVERYTHING = [*COMPONENTS]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs, of a machine on which we are an ordinary user."""
    for name in ("env", "sh", "chmod"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(components, "_PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def install(machine: Path, name: str, script: str = "") -> None:
    program = machine / name
    program.write_text(f"#!{machine}/sh\n{script}\n", "utf-8")
    program.chmod(0o755)


def test_what_is_there_costs_no_word(machine: Path, capfd: pytest.CaptureFixture[str]) -> None:
    install(machine, "redis-server")
    assert prepare(["tests/dags/test_celery.py"]) == 0
    assert capfd.readouterr() == ("", "")


def test_the_list_runs_before_there_is_an_environment() -> None:
    subprocess.run([sys.executable, "-I", "-S", LIST, "tests/unit"], cwd=ROOT, check=True)


@pytest.mark.parametrize(("has_sudo", "begin"), [(True, "sudo sh -c '"), (False, "su -c '")])
def test_without_the_right_to_install_one_command_is_printed(
    machine: Path, capfd: pytest.CaptureFixture[str], has_sudo: bool, begin: str
) -> None:
    install(machine, "apt-get", f"echo called > {machine}/calls")
    if has_sudo:
        install(machine, "sudo", "exit 1")
    assert prepare(["tests/integration/test_soap.py"]) == 1
    commands = [line for line in capfd.readouterr().err.splitlines() if "apt-get" in line]
    packages = "apt-get update && apt-get install -y --no-install-recommends php-cli php-soap'"
    assert commands == [f"    {begin}{packages}"]
    assert not (machine / "calls").exists()


@pytest.mark.parametrize("user", [0, 1000], ids=["root", "sudo without a password"])
def test_whoever_may_install_does_so_after_one_update(
    machine: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    calls = machine / "calls"
    appears = f"echo '#!{machine}/sh' > {machine}/redis-server; chmod 755 {machine}/redis-server"
    install(machine, "sudo", 'shift; "$@"')
    install(machine, "true")
    install(machine, "apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {calls}\ncase "$*" in *install*) {appears};; esac')
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert prepare(["tests/dags"]) == 0
    update, installed = calls.read_text().splitlines()
    assert update.startswith("noninteractive")
    assert update.endswith("update")
    assert installed.endswith("install -y --no-install-recommends redis-server")


@pytest.mark.parametrize(
    ("apt", "php", "word"),
    [("echo no network; exit 100", "", "no network"), ("", "echo xml", "php: php -m 的输出缺 'soap'")],
    ids=["apt fails", "the component stays unusable"],
)
def test_what_could_not_be_installed_is_said(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], apt: str, php: str, word: str
) -> None:
    install(machine, "apt-get", apt)
    install(machine, "php", php)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert prepare(["tests/integration/test_soap.py"]) == 1
    assert word in capfd.readouterr().err


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("tests", EVERYTHING),
        (".", EVERYTHING),
        ("tests/unit", []),
        ("./tests/dags", ["redis"]),
        ("tests/browser/test_pages.py::test_one", ["chromium", "fonts"]),
        ("benchmarks", ["ssh", "sshd", "libreoffice"]),
    ],
)
def test_a_part_needs_what_its_files_need(place: str, names: list[str]) -> None:
    assert [component.name for component in needed_in([place])] == names


def test_options_without_a_path_mean_every_test() -> None:
    assert components._places(["-k", "soap"]) == ("tests", "benchmarks")


def test_the_list_names_exactly_the_files_that_ask() -> None:
    asking = {
        (name, str(file.relative_to(ROOT)))
        for folder in ("tests", "benchmarks")
        for file in (ROOT / folder).rglob("*.py")
        if file != Path(__file__)
        for call in re.findall(r"(?:needs|demand)\(([^)]*)\)", file.read_text("utf-8"))
        for name in re.findall(r'"(\w+)"', call)
    }
    unlisted = [(name, file) for name, file in asking if COMPONENTS[name] not in needed_in([file])]
    listed = {(one.name, place) for one in COMPONENTS.values() for place in one.needed_by}
    idle = {(name, place) for name, place in listed if not any(n == name and f.startswith(place) for n, f in asking)}
    assert unlisted == []
    assert idle == {("redis", "gateway/cli/airflow_serving.py")}, "make airflow-celery"


@pytest.mark.usefixtures("machine")
def test_a_test_without_its_component_fails_and_names_it() -> None:
    components.demand.cache_clear()
    with pytest.raises(pytest.fail.Exception, match="redis is missing"):
        needs("redis")


@pytest.mark.usefixtures("machine")
def test_the_doctor_shows_what_is_missing_and_who_needs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert examine_components() == 1
    shown = capsys.readouterr().out
    for name, component in COMPONENTS.items():
        assert {name, *component.packages, *component.needed_by} <= set(shown.split())
