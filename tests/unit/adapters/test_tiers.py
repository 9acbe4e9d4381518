"""A partner folder reaches a tier by what can be seen of it; what is missing for the next one is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import throughput, variants
from adapters.check import check_connector, examples_of
from adapters.connector import load_connector
from adapters.tiers import Service, Tier, standing
from adapters.trial import attempt
from gateway.cli.onboarding import measure, record_shape
from schemas.samples import CHECKED_ON
from tests.unit.adapters.test_partners import ROOT
from tests.unit.adapters.test_source_check import change


@pytest.fixture
def silver(tmp_path: Path) -> Path:
    """A folder that lacks nothing."""
    folder = Path(shutil.copytree(ROOT / "laoqiao", tmp_path / "laoqiao"))
    record_shape(folder, "contract", [folder / "examples" / "export.csv"])
    with (folder / "connector.yaml").open("a", encoding="utf-8") as file:
        file.write('frequency: daily\nexpects: {contract: ["1", "400"]}\n')
    return folder


def reached(folder: Path) -> tuple[Tier, list[str]]:
    found = standing(load_connector(folder), CHECKED_ON)
    return found.tier, [rule.name for rule in found.missing]


def without_examples(folder: Path) -> None:
    shutil.rmtree(folder / "examples")


def without_shape(folder: Path) -> None:
    (folder / "shape.contract.json").unlink()


def without_volumes(folder: Path) -> None:
    change(folder / "connector.yaml", 'frequency: daily\nexpects: {contract: ["1", "400"]}\n', "")


def with_another_remark(folder: Path) -> None:
    change(folder / "contract.yaml", "from: 备注", "from: 备考")


QUIET = Service(was_in_service=True, is_sending=True, unexplained=0)


def test_a_folder_that_lacks_nothing_is_silver_until_it_has_served(silver: Path) -> None:
    assert reached(silver) == (Tier.SILVER, ["throughput", "quiet"])
    measure(silver)
    assert reached(silver) == (Tier.SILVER, ["quiet"])
    found = standing(load_connector(silver), CHECKED_ON, QUIET)
    assert (found.tier, found.missing) == (Tier.GOLD, ())


@pytest.mark.parametrize(
    "service", [replace(QUIET, was_in_service=False), replace(QUIET, is_sending=False), replace(QUIET, unexplained=1)]
)
def test_two_weeks_in_service_are_quiet_or_not(silver: Path, service: Service) -> None:
    measure(silver)
    found = standing(load_connector(silver), CHECKED_ON, service)
    assert (found.tier, [rule.name for rule in found.missing]) == (Tier.SILVER, ["quiet"])


def test_what_was_measured_is_of_one_mapping(silver: Path) -> None:
    measure(silver)
    (stamp,) = throughput.kept(silver)
    raised = stamp.replace("@1", "@2")
    change(silver / "contract.yaml", stamp, raised)
    assert "throughput" in reached(silver)[1]
    (silver / throughput.FILE).write_text("[1]", "utf-8")
    assert throughput.kept(silver) == {}


def test_a_variant_that_ends_in_an_error_is_named(silver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(source: bytes, *given: object, **named: object) -> list[object]:
        if b"\0" in source:
            raise UnicodeError("a null")
        return []

    connector = load_connector(silver)
    assert variants.survived(connector, CHECKED_ON) is None
    monkeypatch.setattr(variants, "read", stumbling)
    assert (variants.survived(connector, CHECKED_ON) or "").endswith("UnicodeError")
    assert "variants" in reached(silver)[1]


@pytest.mark.parametrize(
    ("spoil", "tier", "missing"),
    [
        (without_examples, Tier.NONE, "examples"),
        (with_another_remark, Tier.NONE, "check"),
        (without_shape, Tier.BRONZE, "shape"),
        (without_volumes, Tier.BRONZE, "volumes"),
    ],
)
def test_what_is_missing_is_named(silver: Path, spoil: Callable[[Path], None], tier: Tier, missing: str) -> None:
    spoil(silver)
    found, names = reached(silver)
    assert found is tier
    assert missing in names


@pytest.mark.parametrize(
    ("partner", "file"),
    [("qingteng", "roster.yaml"), ("lvy_team", "roster.yaml")],
)
def test_what_nobody_needs_is_told_of_until_the_mapping_says_so(tmp_path: Path, partner: str, file: str) -> None:
    folder = Path(shutil.copytree(ROOT / partner, tmp_path / partner))
    assert "unused" in reached(folder)[1]
    connector = load_connector(folder)
    unused = [
        source.way
        for example in examples_of(connector, "roster")
        for source in attempt(connector, example, today=CHECKED_ON, kind="roster").unused
    ]
    change(folder / file, "\nfields:", f"\nignored: {json.dumps(sorted(set(unused)), ensure_ascii=False)}\nfields:")
    assert "unused" not in reached(folder)[1]


@pytest.mark.parametrize(
    ("partner", "file", "way"),
    [("lvy_team", "roster.yaml", "tourists[].name"), ("qingteng", "roster.yaml", "团号")],
)
def test_what_a_field_reads_is_not_ignored(tmp_path: Path, partner: str, file: str, way: str) -> None:
    folder = Path(shutil.copytree(ROOT / partner, tmp_path / partner))
    change(folder / file, "\nfields:", f"\nignored: {json.dumps([way], ensure_ascii=False)}\nfields:")
    (problem,) = check_connector(folder)
    assert "listed under `ignored`, but a field reads it" in problem.en
