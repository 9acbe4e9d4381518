"""The workbook of dead letters: readable, marked at the right cells, harmless to open."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from gateway.dead_letters.lines import FIELD, VALUE, lines_of
from gateway.dead_letters.workbook import workbook
from gateway.wording.cells import neutral


def finding(locator: str, zh: str = "证件号码", severity: str = "error") -> dict[str, Any]:
    return {
        "code": "TEST-001",
        "severity": severity,
        "field": "/x",
        "locator": locator,
        "title": {"zh": zh, "en": "Number"},
        "value": None,
        "reason": {"zh": "有误", "en": "Wrong"},
        "advice": {"zh": "请改正", "en": "Correct it"},
    }


def letter(ordinal: int, locator: str, *findings: dict[str, Any]) -> Any:
    return SimpleNamespace(ordinal=ordinal, locator=locator, findings=findings)


def read_back(book: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()


def bad_cells(book: bytes) -> set[str]:
    """The cells with the fill of bad ones, from the file itself."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        styles = etree.fromstring(archive.read("xl/styles.xml"))
        sheet = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    fills = styles.findall("{*}fills/{*}fill")
    red = {str(number) for number, fill in enumerate(fills) if b"FFFFD9D6" in etree.tostring(fill)}
    formats = styles.findall("{*}cellXfs/{*}xf")
    marked = {str(number) for number, each in enumerate(formats) if each.get("fillId") in red}
    return {str(cell.get("r")) for cell in sheet.iter("{*}c") if cell.get("s") in marked}


def test_a_csv_row_comes_back_with_its_bad_cell_marked_and_the_reason_beside_it() -> None:
    source = {"合同号": "LQ-3", "证件号码": "1.1E+17", "人数": 2}
    book = workbook([(letter(3, "line 8", finding("line 8, column 2 (证件号码)")), source)])
    heading, row = read_back(book)
    assert heading == ["序号 No.", "位置 Locator", "原因 Reason", "处理建议 Advice", "合同号", "证件号码", "人数"]
    assert row == [
        3.0,
        "line 8, column 2 (证件号码)",
        "[TEST-001] 证件号码：有误\nWrong",
        "请改正\nCorrect it",
        "LQ-3",
        "1.1E+17",
        2.0,
    ]
    assert bad_cells(book) == {"F2"}


def test_the_rows_of_a_group_come_back_as_rows_each_with_its_own_reasons() -> None:
    rows = [{"姓名": "甲", "": None, "护照号码": "E1"}, {"姓名": "乙", "": None, "护照号码": 45718.0}]
    source = {**rows[0], "团队编号": "T-1", "$rows": rows}
    book = workbook([(letter(1, "名单表!9", finding("名单表!C10")), source)])
    _, first, second = read_back(book)
    assert first[1:3] == ["名单表!9", ""]
    assert second[1:3] == ["名单表!C10", "[TEST-001] 证件号码：有误\nWrong"]
    assert bad_cells(book) == {"G3"}
    assert first[4:] == ["甲", "", "E1", "T-1"]
    assert second[4:] == ["乙", "", 45718.0, "T-1"]


@pytest.mark.parametrize(("place", "row"), [("名单表!A9", 0), ("名单表!A11", 1), ("名单表!A14", 2), ("名单表!A12", 0)])
def test_rows_that_do_not_follow_one_another_keep_their_own_reasons(place: str, row: int) -> None:
    source = {"$rows": [{"姓名": "甲"}, {"姓名": "乙"}, {"姓名": "丙"}], "$lines": [9, 11, 14]}
    lines = list(lines_of([(letter(1, "名单表!9", finding(place)), source)]))
    assert [bool(line.findings) for line in lines] == [number == row for number in range(3)]
    assert set(lines[row].cells) == {"姓名"}


@pytest.mark.parametrize(("place", "row"), [("名单!A3", 0), ("续!A3", 1), ("续!B4", 2), ("名单!A4", 0)])
def test_rows_of_several_sheets_keep_their_own_reasons(place: str, row: int) -> None:
    source = {"$rows": [{"姓名": "甲"}, {"姓名": "乙"}, {"姓名": "丙"}], "$lines": ["名单!3", "续!3", "续!4"]}
    lines = list(lines_of([(letter(1, "名单!3", finding(place)), source)]))
    assert [bool(line.findings) for line in lines] == [number == row for number in range(3)]


def test_a_label_above_the_table_is_found_by_the_title_of_its_field() -> None:
    source = {"团队编号": "", "$rows": [{"姓名": "甲"}, {"姓名": "乙"}]}
    (line, _) = lines_of([(letter(1, "表!9", finding("表!B3", "团队编号")), source)])
    assert line.bad == {"团队编号"}
    assert line.locator == "表!B3"


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ("/1", "/1/tourists/0/ID/number"),
        ("line 2", "line 2 /tourists/0/ID/number"),
        ("(//r)[2]", "(//r)[2]/tourists[1]/ID/number"),
        ("(//r)[2]", "(//r)[2]/tourists/ID/number"),
    ],
)
def test_a_nested_record_becomes_one_line_a_field(record: str, place: str) -> None:
    source = {"id": "C-1", "tourists": [{"ID": {"number": "x"}}, {"ID": {"number": "y"}}], "empty": None}
    lines = list(lines_of([(letter(2, record, finding(place)), source)]))
    assert [(line.cells[FIELD], line.cells[VALUE], bool(line.bad)) for line in lines] == [
        ("id", "C-1", False),
        ("tourists.0.ID.number", "x", True),
        ("tourists.1.ID.number", "y", False),
    ]


def test_what_is_missing_from_a_nested_record_has_a_line_of_its_own() -> None:
    lines = list(lines_of([(letter(2, "/1", finding("/1/price", "总价")), {"a": {"b": "c"}})]))
    assert [(line.cells[FIELD], line.cells[VALUE], line.locator) for line in lines] == [
        ("总价", None, "/1/price"),
        ("a.b", "c", "/1"),
    ]


def test_no_error_is_lost_and_warnings_are_not_reasons() -> None:
    letters = [
        (letter(1, "line 2", finding("line 2"), finding("line 99, column 3 (无此列)")), {"列": "值"}),
        (letter(2, "line 3", finding("line 3", severity="warning")), {}),
    ]
    assert [len(line.findings) for line in lines_of(letters)] == [2, 0]


def test_a_record_that_could_not_be_read_has_its_reason_without_cells() -> None:
    book = workbook([(letter(3, "line 3", finding("line 3, column 2")), {})])
    assert read_back(book)[1] == [3.0, "line 3, column 2", "[TEST-001] 证件号码：有误\nWrong", "请改正\nCorrect it"]


@pytest.mark.parametrize("sign", "=+-@＝＋－＠﹦﹢\t\r")
@pytest.mark.parametrize("before", ["", " ", "　", "\ufeff", "\u200b"])
def test_nothing_is_taken_for_a_formula(sign: str, before: str) -> None:
    hostile = f"{before}{sign}cmd|' /C calc'!A0"
    book = workbook([(letter(1, "line 2", finding("line 2")), {hostile: hostile})])
    heading, row = read_back(book)
    assert heading[4].startswith("'")
    assert row[4].startswith("'")
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("plain", ["-", "－", "---", "张三", "2017-08-04", "1+1", "（+86）"])
def test_ordinary_words_stay_as_they_are(plain: str) -> None:
    assert neutral(plain) == plain


def test_digits_a_spreadsheet_would_lose_stay_text_and_long_words_are_cut() -> None:
    number = 110105194912310029
    book = workbook([(letter(1, "/0", finding("/0")), {"a": {"id": number, "words": "长" * 40_000, "yes": True}})])
    cells = {row[4]: row[5] for row in read_back(book)[1:]}
    assert cells["a.id"] == str(number)
    assert len(cells["a.words"]) == 32_001
    assert cells["a.yes"] == "True"


def test_records_without_common_columns_come_back_field_by_field() -> None:
    letters = [(letter(n, f"line {n}", finding(f"line {n}")), {f"k{n}": n, f"m{n}": n}) for n in range(1, 400)]
    heading, *rows = read_back(workbook(letters))
    assert heading[4:] == [FIELD, VALUE]
    assert [row[5] for row in rows if row[4] == "k399"] == [399.0]


def test_what_is_too_long_to_be_read_says_how_much_more_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.dead_letters.workbook._MOST_LINES", 5)
    letters = [(letter(n, f"line {n}", finding(f"line {n}")), {"a": n}) for n in range(1, 9)]
    book = workbook(letters)
    assert [row[0] for row in read_back(book)[1:]] == [1.0, 2.0, 3.0, 4.0, 5.0]
    told = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("文件提示").to_python()
    assert "另有 3 处" in told[1][1]
