"""Readers of third parties: written by a command or by hand, installed, found by their entry point, and used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import invalidate_caches
from pathlib import Path

import httpx
import pytest

from adapters import registry
from adapters.transports.partner_server import partner_server
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.adapter_scaffold import new_adapter
from schemas.samples import resident_id
from tests.conftest import issue_partner, running
from tests.processes import environment, yizhan

PACKAGE = Path(__file__).parents[1] / "packages" / "yizhan-adapter-fixedwidth"
WIDTHS = (12, 2, 40, 16, 24, 8, 8, 10, 12, 18)
OLD = 1_700_000_000


def line(number: str, guest: str = "11010519491231002X") -> bytes:
    values = (
        number,
        "1",
        "上海示例旅行社有限公司",
        "L-SH-00321",
        "黄山三日游",
        "20261205",
        "20261207",
        "198000",
        "张示例",
        guest,
    )
    return b"".join(each.encode("gb18030").ljust(width) for each, width in zip(values, WIDTHS, strict=True)) + b"\r\n"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed folders: that of the example package."""
    root = tmp_path_factory.mktemp("folders")
    shutil.copytree(PACKAGE / "tests/folders/dingkuan", root / "dingkuan")
    return root


@pytest.fixture(scope="module")
def settings(settings: Settings, folders: Path) -> Settings:
    changed = settings.model_copy(deep=True)
    changed.mappings = folders
    return changed


@pytest.fixture(scope="module")
def packages(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the example and a package fresh from the command are installed; this process finds them as well."""
    sources = tmp_path_factory.mktemp("sources")
    target = sources / "installed"
    shutil.copytree(PACKAGE, sources / "fixedwidth")
    written = yizhan(settings, "adapter", "new", "tide", "--folder", sources / "tide")
    assert written.returncode == 0, written.stderr
    options = ["-q", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target"]
    command = [sys.executable, "-m", "pip", "install", *options, target, sources / "fixedwidth", sources / "tide"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sys.path.insert(0, str(target))
    forget()
    yield sources
    sys.path.remove(str(target))
    forget()


def forget() -> None:
    invalidate_caches()
    registry.offers.cache_clear()
    registry.reader.cache_clear()


@pytest.fixture(scope="module")
def client(settings: Settings, packages: Path) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


def found(packages: Path, **more: str) -> Mapping[str, str]:
    """The environment of a process that finds the packages."""
    return {**os.environ, **more, "PYTHONPATH": str(packages / "installed")}


def suite(where: Path, folders: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The tests of packages, run as their authors do."""
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "--import-mode=importlib"]
    command = [sys.executable, "-m", "pytest", *options, *folders]
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)


def test_installed_packages_pass_the_standard_suites(packages: Path) -> None:
    done = suite(packages, ["fixedwidth", "tide"], found(packages))
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 50


def test_a_reader_that_raises_fails_the_suite(packages: Path, tmp_path: Path) -> None:
    spoilt = Path(shutil.copytree(packages / "tide", tmp_path / "spoilt"))
    module = (spoilt / "yizhan_tide.py").read_text("utf-8")
    (spoilt / "yizhan_tide.py").write_text(module.replace("except UnicodeDecodeError", "except KeyError"), "utf-8")
    where = {**found(packages), "PYTHONPATH": f"{spoilt}:{packages / 'installed'}"}
    done = suite(spoilt, ["tests"], where)
    assert (done.returncode, "UnicodeDecodeError" in done.stdout) == (1, True)


def test_a_push_is_read_by_the_package(client: httpx.Client, settings: Settings) -> None:
    who = issue_partner(settings, "dingkuan-pushes", connector="dingkuan")
    body = line("DK-PUSH-1") + line("DK-PUSH-2", "123") + line("DK-PUSH-3", resident_id(71))
    answer = client.post("/v1/submissions?connector=dingkuan", content=body, headers=who.bearer).json()
    assert [record["status"] for record in answer["records"]] == ["accepted", "rejected", "accepted"]
    assert answer["records"][1]["findings"][0]["locator"] == "line 2, 证件号码"
    code = answer["records"][0]["code"]
    stored = client.get(f"/v1/contracts/{code}", headers=who.bearer).json()["body"]
    assert (stored["total_price"], stored["travellers"][0]["name"]) == ("1980.00", "张示例")


@pytest.mark.needs("sshd")
def test_a_pull_is_read_by_the_package(
    client: httpx.Client, settings: Settings, packages: Path, folders: Path, tmp_path: Path
) -> None:
    outbox = tmp_path / "out"
    outbox.mkdir()
    (outbox / "export.txt").write_bytes(line("DK-PULL-1") + line("DK-PULL-2", resident_id(72)))
    os.utime(outbox / "export.txt", (OLD, OLD))
    who = issue_partner(settings, "dingkuan-pulled", connector="pulled")
    (tmp_path / "sshd").mkdir()
    with partner_server(tmp_path / "sshd") as server:
        folder = Path(shutil.copytree(folders / "dingkuan", folders / "pulled"))
        options = server.options(outbox)
        source = (
            f"source: {{transport: sftp, host: 127.0.0.1, port: '{options.port}', username: {options.username}, "
            f"key: 'file:{options.key_file}', host_keys: [{options.host_keys[0]}], folder: {outbox}, "
            "pattern: '*.txt'}\n"
        )
        text = (folder / "connector.yaml").read_text("utf-8").replace("connector: dingkuan", "connector: pulled")
        (folder / "connector.yaml").write_text(text + source, "utf-8")
        command = [Path(sys.executable).with_name("yizhan"), "sync", "pulled"]
        done = subprocess.run(command, env=found(packages, **environment(settings)), capture_output=True, text=True)
    assert (done.returncode, "accepted 2" in done.stdout) == (0, True), done.stdout + done.stderr
    told = client.get("/v1/changes", headers=who.bearer).json()["changes"]
    assert {each["key"] for each in told} == {"DK-PULL-1", "DK-PULL-2"}


@pytest.mark.parametrize("name", ["Tide", "x", "tide_", "a__b", "class", "json", "fixedwidth", "潮汐", "../x"])
def test_a_name_that_cannot_be_used_is_refused_in_both_languages(packages: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as refused:
        new_adapter(name, tmp_path / "new")
    zh, _, en = str(refused.value).partition(" / ")
    assert (any("\u4e00" <= each <= "\u9fff" for each in zh), en.isascii(), (tmp_path / "new").exists()) == (
        True,
        True,
        False,
    )


def test_what_stands_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        new_adapter("ebb", tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
