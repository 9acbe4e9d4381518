"""A source that stands in no golden example is named with its line, in every format."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.check import check_connector, counted, write_expected
from adapters.connector import load_connector
from gateway.cli.onboarding import check_folders
from schemas.samples import CHECKED_ON
from tests.unit.adapters.test_partners import ROOT


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return Path(shutil.copytree(ROOT / request.param, tmp_path / request.param))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("folder", "mapping", "old", "new", "place"),
    [
        ("lvy", "contract.yaml", "from: supplementaryClause}", "from: supplementaryClauses}", "supplementaryClauses"),
        ("lvy", "contract.yaml", "from: travelAgency.email}", "from: agency.email}", "agency.email"),
        ("haiyan", "contract.yaml", "^head.agency.name", "^head.agency.title", "^head.agency.title"),
        ("haiyan", "contract.yaml", "Key=TourCode", "Key=Tour", "Extend[Key=Tour].Value"),
        ("haiyan", "contract.yaml", "[adults, children]", "[adult, children]", "adult"),
        ("qingteng", "roster.yaml", "from: 导游/姓名", "from: 导游/名字", "导游/名字"),
        ("huaxia", "contract.yaml", "from: 游客名单.@人数,", "from: 游客名单.@人次,", "游客名单.@人次"),
        ("laoqiao", "contract.yaml", "from: 性别,", "from: 姓别,", "$rows/姓别"),
        ("shanhai", "roster.yaml", "from: 出境日期,", "from: 离境日期,", "离境日期"),
        ("laoqiao", "contract.yaml", "{from: 合同号}", "{from: [合同号, 合同编号]}", "合同编号"),
    ],
    indirect=["folder"],
)
def test_a_source_that_stands_nowhere_is_named(folder: Path, mapping: str, old: str, new: str, place: str) -> None:
    file = folder / mapping
    change(file, old, new)
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if new in text)
    named = [problem.en for problem in check_connector(folder) if "no golden example has" in problem.en]
    assert len(named) == 1
    assert f"line {line}: no golden example has {place!r}" in named[0]


@pytest.mark.parametrize("folder", ["laoqiao"], indirect=True)
def test_what_only_the_description_has_is_listed_and_leaves_the_list_again(folder: Path) -> None:
    change(folder / "contract.yaml", "{from: 合同号}", "{from: [合同号, 合同编号]}")
    change(folder / "contract.yaml", "\nfields:", "\nunseen: [合同编号]\nfields:")
    assert check_connector(folder) == []
    change(folder / "contract.yaml", "unseen: [合同编号]", "unseen: [合同编号, 线路]")
    (problem,) = check_connector(folder)
    assert "'线路' is listed under `unseen`" in problem.en


@pytest.mark.parametrize("folder", ["laoqiao"], indirect=True)
def test_what_an_example_gives_is_written_with_counts_and_reasons(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in folder.glob("examples/*.expected.json"):
        file.unlink()
    (folder / "examples/noise.csv").write_bytes(b"\0" * 20)
    check_folders([folder], None, accept=True)
    shown = capsys.readouterr().out
    for file in folder.glob("examples/*.expected.json"):
        file.unlink()
    for file, outcome in write_expected(load_connector(folder), CHECKED_ON).items():
        accepted, rejected, codes = counted(outcome)
        (line,) = [each for each in shown.splitlines() if file.name in each]
        assert f"accepted {accepted}, 未通过 rejected {rejected}" in line
        assert all(f"{code} x" in line for code in codes if not code.startswith("CONTRACT")), line
    assert "noise.expected.json" in shown
    assert "unreadable (FORMAT-" in shown
