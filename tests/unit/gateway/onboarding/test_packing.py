"""Partner folders as bytes: equal folders are equal, and nothing but a folder's files is taken from an archive."""

from __future__ import annotations

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.errors import Fatal
from gateway.onboarding.packing import (
    MOST_BYTES,
    MOST_FILES,
    digest_of,
    digest_of_files,
    files_in,
    files_in_zip,
    files_of,
    packed,
    unpack,
)

ROOT = Path(__file__).parents[4] / "mappings"
_FILES = {"connector.yaml": b"connector: x\n", "examples/a.json": b"{}", "对照.csv": b"from,to\n"}


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("connector", ["lvy", "shanhai", "minjiang"])
def test_a_folder_comes_back_as_it_was(tmp_path: Path, connector: str) -> None:
    files = files_in(ROOT / connector)
    content = packed(files)
    unpack(content, tmp_path / "again")
    assert files_in(tmp_path / "again") == files == files_of(content)
    assert digest_of(packed(files_in(tmp_path / "again"))) == digest_of(content)


def test_what_the_file_system_says_beside_the_files_does_not_count(tmp_path: Path) -> None:
    unpack(packed(_FILES), tmp_path / "one")
    os.utime(tmp_path / "one/connector.yaml", (0, 0))
    (tmp_path / "one/.DS_Store").write_bytes(b"x")
    (tmp_path / "one/make.py").write_bytes(b"x")
    assert digest_of(packed(files_in(tmp_path / "one"))) == digest_of(packed(dict(reversed(_FILES.items()))))


@pytest.mark.parametrize("other", [{"examples/a.json": b"[]"}, {"b.csv": b""}, {"examples/b.json": b"{}"}])
def test_folders_that_differ_are_told_apart(other: dict[str, bytes]) -> None:
    assert digest_of(packed(_FILES | other)) != digest_of(packed(_FILES))


@pytest.mark.parametrize("top", ["", "partner/"])
def test_an_archive_may_hold_a_folder_or_its_files(top: str) -> None:
    assert files_in_zip(zipped({f"{top}{name}": content for name, content in _FILES.items()})) == _FILES


@pytest.mark.parametrize(
    "files",
    [
        _FILES | {"../../etc/passwd": b"x"},
        _FILES | {"/etc/passwd": b"x"},
        _FILES | {"examples/deep/er.json": b"x"},
        _FILES | {"a\0b": b"x"},
        _FILES | {"large": bytes(MOST_BYTES)},
        _FILES | {f"f{number}": b"" for number in range(MOST_FILES)},
        {"contract.yaml": b"x"},
        {},
    ],
    ids=range(8),
)
def test_what_is_no_partner_folder_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(Fatal):
        packed(files)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 torn", zipped({"bomb": bytes(MOST_BYTES + 1)}), b"\0" * 100])
def test_an_archive_that_cannot_be_opened_is_refused(raw: bytes) -> None:
    with pytest.raises(Fatal):
        files_in_zip(raw)


def test_a_folder_is_whole_however_many_unpack_it(tmp_path: Path) -> None:
    content = packed(_FILES | {f"examples/{number}.json": b"{}" * number for number in range(200)})
    for round_ in range(5):
        folder = tmp_path / f"{round_}"
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: unpack(content, folder), range(6)))  # noqa: B023 - done within the round
        assert digest_of_files(files_in(folder)) == digest_of(content)
    assert {each.name for each in tmp_path.iterdir()} == {f"{round_}" for round_ in range(5)}, "and nothing is left"


def test_what_is_left_of_a_folder_is_made_whole(tmp_path: Path) -> None:
    content, folder = packed(_FILES), tmp_path / "torn"
    unpack(content, folder)
    (folder / "connector.yaml").unlink()
    unpack(content, folder)
    assert files_in(folder) == _FILES


@pytest.mark.parametrize("name", ["examples", "对" * 80 + ".csv"])
def test_a_name_that_no_disk_takes_is_refused(name: str) -> None:
    with pytest.raises(Fatal):
        packed(_FILES | {name: b"x"})


def test_a_torn_member_of_any_method_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("connector.yaml", os.urandom(500))
    raw = bytearray(made.getvalue())
    for place in range(60, 90):
        raw[place] ^= 0xFF
    with pytest.raises(Fatal):
        files_in_zip(bytes(raw))
