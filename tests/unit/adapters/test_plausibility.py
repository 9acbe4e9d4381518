"""What a connector takes for usual, where it is not what everybody does, and what it expects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.check import outcome_of
from adapters.connector import load_connector
from adapters.mapping.strict_yaml import BadConfiguration
from schemas import samples

ROOT = Path(__file__).parents[3] / "mappings"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A partner that sends a hundred times its prices."""
    copy = tmp_path / "haiyan"
    shutil.copytree(ROOT / "haiyan", copy)
    mapping = copy / "contract.yaml"
    mapping.write_text(mapping.read_text("utf-8").replace('times: "0.01"', 'times: "1"'), "utf-8")
    return copy


def found(folder: Path, said: str = "") -> set[str]:
    """Codes of what is found plausible or not in the clean example; nothing is rejected for it."""
    file = folder / "connector.yaml"
    file.write_text(file.read_text("utf-8") + said, "utf-8")
    outcome = outcome_of(load_connector(folder), folder / "examples" / "clean.json", samples.CHECKED_ON)
    assert all(each["accepted"] for each in outcome["outcomes"])
    codes = {finding["code"] for each in outcome["outcomes"] for finding in each["findings"]}
    return {code for code in codes if code.startswith(("PLAUSIBLE", "PARTNER"))}


def test_a_wrong_scale_shows_on_the_first_try(folder: Path) -> None:
    assert found(folder) == {"PLAUSIBLE-001"}


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("plausibility: {price: off}\n", set[str]()),
        ("plausibility: {price: {domestic: off}}\n", set[str]()),
        ('plausibility: {price: {domestic: ["10", "100000"]}}\n', set[str]()),
        ("plausibility: {price: {outbound: off}}\n", {"PLAUSIBLE-001"}),
        ("agencies: [L-BJCJ00144, 91350100M000100Y43]\nplausibility: {price: off}\n", set[str]()),
        ("agencies: [L-BJ-CJ00145]\nplausibility: {price: off}\n", {"PARTNER-001"}),
        ('plausibility: {days: {domestic: ["1", "3"]}}\n', {"PLAUSIBLE-001", "PLAUSIBLE-004"}),
        ('plausibility: {age: {traveller: ["0", "20"]}, price: off}\n', {"PLAUSIBLE-003"}),
    ],
)
def test_a_connector_says_what_is_usual_of_its_partner(folder: Path, said: str, codes: set[str]) -> None:
    assert found(folder, said) == codes


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("plausibility: {prize: off}\n", "did you mean 'price'?"),
        ("plausibility: {price: {domestc: off}}\n", "did you mean 'domestic'?"),
        ('plausibility: {price: {domestic: ["9", "1"]}}\n', "the least stands before the most"),
        ('plausibility: {price: {domestic: ["1"]}}\n', "not valid"),
        ("agencies: [京A00144]\n", "does not match"),
        ('expects: {contract: ["1", "2"]}\n', "'frequency' is a dependency"),
        ('frequency: daily\nexpects: {contrat: ["1", "2"]}\n', "did you mean 'contract'?"),
        ('frequency: daily\nexpects: {contract: ["2", "1"]}\n', "the least stands before the most"),
    ],
)
def test_bounds_that_are_not_understood_are_refused(folder: Path, said: str, words: str) -> None:
    with pytest.raises(BadConfiguration, match=words) as failure:
        found(folder, said)
    last = len((folder / "connector.yaml").read_text("utf-8").splitlines())
    assert failure.value.line == (1 if "dependency" in words else last)
