from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from adapters.canonical import builtin, canonical, template
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.formats.unread import Notes
from adapters.reading import read
from schemas import samples
from schemas.projections.spreadsheet import write_template
from tests.templates import filled
from tests.unit.adapters.helpers import workbook


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


def _fill_in(raw: bytes, sheet: str, cells: dict[str, Any]) -> bytes:
    """The workbook's values, with some cells of one sheet written over, as a plain workbook."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name in CalamineWorkbook.from_filelike(io.BytesIO(raw)).sheet_names:
            page = book.add_worksheet(name)
            for number, row in enumerate(
                CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_name(name).to_python()
            ):
                page.write_row(number, 0, [str(cell) if isinstance(cell, date) else cell for cell in row])
            for place, value in cells.items() if name == sheet else ():
                page.write(place, value)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("template") / "empty.xlsx"
    write_template("contract.v1", file)
    return file.read_bytes()


@pytest.mark.parametrize(("sheet", "place"), [("旅游者", "C3"), ("基本信息", "D3"), ("购物安排", "B3")])
def test_what_is_typed_over_the_example_is_told(empty: bytes, sheet: str, place: str) -> None:
    (found,) = outcomes("contract.v1", _fill_in(empty, sheet, {place: "王小明"}))
    assert [(each.code, each.locator) for each in found.findings] == [("FORMAT-049", f"{sheet}!A3")]
    assert outcomes("contract.v1", _fill_in(empty, sheet, {place: ""})) == []


@pytest.mark.parametrize(("since_1904", "number"), [(True, 41489), (False, 42951)])
def test_a_bare_number_of_days_is_the_day_that_the_workbook_shows(since_1904: bool, number: int) -> None:
    body = samples.contract(1) | {"signed_on": number, "headcount": 3}
    (outcome,) = outcomes("contract.v1", filled("contract.v1", [body], since_1904=since_1904))
    assert isinstance(outcome, CanonicalRecord), outcome.findings
    assert (outcome.body["signed_on"], outcome.body["headcount"]) == ("2017-08-04", 3)


@pytest.mark.parametrize(
    ("main", "detail"), [("TG-1", "ＴＧ-１"), ("ＴＧ-１", "TG-1"), ("12", 12), (12, "12"), ("TG-1 ", "TG-1")]
)
def test_a_key_is_one_on_every_sheet(main: Any, detail: Any) -> None:
    body = samples.contract(1) | {"business_no": main, "travellers": []}
    traveller = samples.contract(1)["travellers"][0]
    more = [detail, 1, traveller["name"]]
    codes = [
        f.code
        for outcome in outcomes("contract.v1", filled("contract.v1", [body], 旅游者=[more]))
        for f in outcome.findings
    ]
    assert "FORMAT-046" not in codes


def test_rows_put_in_or_headings_left_out_lose_nothing(empty: bytes) -> None:
    raw = filled("contract.v1", [samples.contract(1)])
    for change in ([0], [1], [2], [0, 1, 2]):
        assert [type(one) for one in outcomes("contract.v1", _shifted(raw, change))] == [CanonicalRecord], change


def _shifted(raw: bytes, before: list[int]) -> bytes:
    """Every sheet with a blank row put in before these rows."""
    buffer = io.BytesIO()
    source = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name in source.sheet_names:
            page, at = book.add_worksheet(name), 0
            for number, row in enumerate(source.get_sheet_by_name(name).to_python()):
                at += number in before
                page.write_row(at, 0, row)
                at += 1
    return buffer.getvalue()


def test_a_copy_without_the_hidden_row_says_what_to_do() -> None:
    with pytest.raises(Unreadable, match="FORMAT-056"):
        outcomes("contract.v1", workbook([["业务单号 *", "合同类型 *"], ["A", "境内"]]))


def test_a_sheet_of_ones_own_is_told() -> None:
    raw = filled("contract.v1", [samples.contract(1)])
    told = Notes()
    buffer = io.BytesIO()
    source = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name in source.sheet_names:
            for number, row in enumerate(source.get_sheet_by_name(name).to_python()):
                page = book.get_worksheet_by_name(name) or book.add_worksheet(name)
                page.write_row(number, 0, row)
        book.add_worksheet("旅游者 (2)").write_row(0, 0, ["TG-1", 2, "李四"])
        book.add_worksheet("说明").write(0, 0, "一行填一条记录")
    raw = buffer.getvalue()
    list(read(raw, builtin("contract.v1", raw), today=samples.CHECKED_ON, notes=told))
    assert [(note.code, note.locator) for note in told.findings] == [("FORMAT-050", "旅游者 (2)")]


def test_a_template_of_another_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="FORMAT-030"):
        outcomes("roster.v1", filled("contract.v1", [samples.contract(1)]))


def test_json_is_canonical_and_a_workbook_is_a_template() -> None:
    assert builtin("contract.v1", b"{}") is canonical("contract.v1")
    assert builtin("contract.v1", b"PK\x03\x04...") is template("contract.v1")
