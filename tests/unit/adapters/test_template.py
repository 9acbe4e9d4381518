from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.canonical import builtin, canonical, template
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.reading import read
from schemas import samples
from schemas.projections.spreadsheet import write_template
from tests.templates import filled


def outcomes(kind_id: str, raw: bytes) -> list[Outcome]:
    return list(read(raw, builtin(kind_id, raw), today=samples.CHECKED_ON))


@pytest.mark.parametrize(
    ("kind_id", "bodies"),
    [
        ("contract.v1", [samples.contract(1), samples.contract(2)]),
        ("roster.v1", [samples.roster(1, 4), samples.roster(2, 3)]),
    ],
)
def test_a_filled_template_gives_back_what_was_typed(kind_id: str, bodies: list[dict[str, Any]]) -> None:
    found = outcomes(kind_id, filled(kind_id, bodies))
    assert all(isinstance(outcome, CanonicalRecord) for outcome in found), found
    assert [outcome.body for outcome in found] == bodies


def test_an_empty_template_holds_no_records(tmp_path: Path) -> None:
    write_template("contract.v1", tmp_path / "empty.xlsx")
    assert outcomes("contract.v1", (tmp_path / "empty.xlsx").read_bytes()) == []


def test_findings_name_the_cell() -> None:
    body = samples.contract(1)
    body["travellers"][1]["document"]["number"] = 1.10105e17
    (found,) = outcomes("contract.v1", filled("contract.v1", [body]))
    assert isinstance(found, Rejection)
    (lost,) = [finding for finding in found.findings if finding.code == "MAP-040"]
    assert lost.locator.startswith("旅游者!")
    assert lost.locator.endswith("5")


def test_rows_that_belong_to_no_record_are_rejected_alone() -> None:
    raw = filled("contract.v1", [samples.contract(1)], 旅游者=[["NOWHERE", 1, "张三"]])
    good, bad = outcomes("contract.v1", raw)
    assert isinstance(good, CanonicalRecord)
    assert isinstance(bad, Rejection)
    assert bad.findings[0].code == "FORMAT-046"


def test_a_template_of_another_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="FORMAT-030"):
        outcomes("roster.v1", filled("contract.v1", [samples.contract(1)]))


def test_json_is_canonical_and_a_workbook_is_a_template() -> None:
    assert builtin("contract.v1", b"{}") is canonical("contract.v1")
    assert builtin("contract.v1", b"PK\x03\x04...") is template("contract.v1")
