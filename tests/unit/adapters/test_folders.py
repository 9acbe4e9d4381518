"""A partner folder that cannot be used is set aside and named; it stops no other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.connector import load_connectors, load_folders
from adapters.errors import Fatal
from gateway.base.settings import Settings
from gateway.cli.doctor import _folders
from tests.unit.adapters.test_partners import ROOT


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    for name in ("donghai", "laoqiao"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def spoil(name: str, old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return change


def add(file: Path, content: bytes) -> None:
    file.write_bytes(file.read_bytes() + content)


BAD: dict[str, Callable[[Path], object]] = {
    "no YAML": lambda folder: add(folder / "connector.yaml", b"\n}{"),
    "another encoding": lambda folder: add(folder / "connector.yaml", b"\n# \xb6\xab"),
    "an unknown key": spoil("connector.yaml", "partner:", "partners:"),
    "no mapping file": lambda folder: (folder / "agency.yaml").unlink(),
    "an unknown cleaner": spoil("agency.yaml", "via: [uscc]", "via: [usccs]"),
    "no lookup file": lambda folder: (folder / "areas.csv").unlink(),
    "no recorded shape": lambda folder: (folder / "shape.agency.json").write_text("[]"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_folder_is_set_aside_and_the_others_are_used(mappings: Path, name: str) -> None:
    BAD[name](mappings / "donghai")
    found, (aside,) = load_folders(mappings)
    assert list(found) == ["laoqiao"]
    assert (aside.folder.name, aside.connector, aside.is_portal) == ("donghai", "donghai", True)
    assert aside.reason
    with pytest.raises(Fatal, match="donghai: "):
        load_connectors(mappings)
    *_, check = _folders(Settings(mappings=mappings))
    assert "donghai" in check.name
    assert check.advice == f"yizhan connector check {mappings / 'donghai'}"


def test_of_two_folders_of_one_name_the_one_that_bears_it_counts(mappings: Path) -> None:
    shutil.copytree(mappings / "laoqiao", mappings / "a_copy")
    found, (aside,) = load_folders(mappings)
    assert found["laoqiao"].folder == mappings / "laoqiao"
    assert (aside.folder.name, aside.connector) == ("a_copy", "laoqiao")
    assert "two folders" in aside.reason.en
