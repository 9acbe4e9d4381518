from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from adapters.envelope import Rejection
from adapters.errors import Unreadable
from adapters.formats import sheet, table_rows
from adapters.formats.places import letters
from tests.unit.adapters.helpers import codes, good, old_workbook, open_workbook, records, workbook

CSV = '合同导出\r\n\r\n合同号,姓名,备注\r\nA,䶮㛃𬱟,"一\n二"\r\nA,张三,\r\nB,李四,x\r\n合计,3\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_delimiter_and_header_row_are_found(encoding: str, delimiter: str) -> None:
    found = records("delimited", CSV.replace(",", delimiter).encode(encoding), header=("姓名",))
    assert [row["姓名"] for row in good(found)] == ["䶮㛃𬱟", "张三", "李四"]
    assert good(found)[0]["备注"] == "一\n二"
    assert found[1].locate(("姓名",)) == "line 6, column 2 (姓名)"  # type: ignore[union-attr]


@pytest.mark.parametrize("heads", ["", "合同号 ,姓名：,备注\n"], ids=["no heading row", "one after all"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_table_without_a_heading_row_loses_no_record(heads: str, encoding: str) -> None:
    raw = f"{heads}A,张三,x\nB,李四,\nC,王五,y,z\n".encode(encoding)
    found = records("delimited", raw, columns=("合同号", "姓名", "备注"))
    assert good(found) == [
        {"合同号": "A", "姓名": "张三", "备注": "x"},
        {"合同号": "B", "姓名": "李四", "备注": ""},
    ]
    assert codes(found) == ["FORMAT-032"]
    line = 1 + bool(heads)
    assert found[0].locate(("姓名",)) == f"line {line}, column 2 (姓名)"  # type: ignore[union-attr]


def test_rows_without_a_heading_row_are_grouped() -> None:
    found = records("delimited", b"A,1\nA,2\nB,3\n", columns=("k", "v"), group_by=("k",))
    assert [[row["v"] for row in group["$rows"]] for group in good(found)] == [["1", "2"], ["3"]]


def test_gbk_that_begins_like_ascii_is_still_recognised() -> None:
    raw = ("a,b\r\n" + "1,2\r\n" * 40_000 + "x,张三\r\n").encode("gb18030")
    assert good(records("delimited", raw))[-1]["b"] == "张三"


def test_rows_with_one_key_are_one_record() -> None:
    first, second = records("delimited", CSV.encode(), group_by=("合同号",))
    assert [row["姓名"] for row in first.data["$rows"]] == ["䶮㛃𬱟", "张三"]  # type: ignore[union-attr]
    assert first.locate(("$rows", 1, "姓名")) == "line 6, column 2 (姓名)"  # type: ignore[union-attr]
    assert second.locator == "line 7"


def test_a_group_never_silently_loses_a_row() -> None:
    raw = b'k,v\nA,1\nA,2,3\nB,1\n"B"x,2\nC,1\nD,1\nA,9\n,5\n'
    found = records("delimited", raw, group_by=("k",), header=("k",))
    assert [group["k"] for group in good(found)] == ["D"]
    assert codes(found) == ["FORMAT-035", "FORMAT-035", "FORMAT-034", "FORMAT-032"]


OPEN = [
    ("the last value of the first row", 'A,1,"x\nB,2,y\nC,3,z\n', ["B", "C"], ["line 2"]),
    ("and no line end behind the last row", 'A,1,"x\nB,2,y\nC,3,z', ["B", "C"], ["line 2"]),
    ("and blank lines behind it", 'A,1,"x\r\nB,2,y\r\n\r\n\r\n', ["B"], ["line 2"]),
    ("a value in the middle", 'Z,0,w\nA,"1,x\nB,2,y\n', ["Z", "B"], ["line 3"]),
    ("twice", 'A,1,"x\nB,2,y\nC,3,"z\nD,4,w\n', ["B", "D"], ["line 2", "line 4"]),
    ("ended by the quote that begins another value", 'A,1,"x\nB,2,"y"\nC,3,z\n', ["B", "C"], ["line 2"]),
    ("ended by one at the end of a later row", 'A,1,"x\nB,2,y\nC,3,"\nD,4,w\n', ["B", "D"], ["line 2", "line 4"]),
    ("lines that are no rows", 'A,1,"x\nand more\nB,2,y\n', ["B"], ["line 2-3"]),
    ("nothing but lines that are no rows", 'A,1,"x\nB,2\n', [], ["line 2-3"]),
    ("nothing behind it", 'A,1,x\nB,2,"y\n', ["A"], ["line 3"]),
    ("a value of several lines is fine", 'A,1,"x\ny, or z\n"\nB,2,y\n', ["A", "B"], []),
]


@pytest.mark.parametrize("group_by", [(), ("k",)])
@pytest.mark.parametrize(("raw", "good_keys", "lost"), [case[1:] for case in OPEN], ids=[case[0] for case in OPEN])
def test_an_open_quote_costs_the_rows_behind_it_nothing(
    raw: str, good_keys: list[str], lost: list[str], group_by: tuple[str, ...]
) -> None:
    found = records("delimited", f"k,n,v\n{raw}".encode(), group_by=group_by, header=("k",))
    if group_by and any("-" in place for place in lost):
        good_keys = []  # what was swallowed may have been part of the records beside it
    assert [record["k"] for record in good(found)] == good_keys
    told = {finding.locator for each in found if isinstance(each, Rejection) for finding in each.findings}
    assert (set(codes(found)), told) == ({"FORMAT-035"} if lost else set(), set(lost))


@pytest.mark.parametrize("in_memory", [10_000, 0])
def test_a_row_that_is_broken_beside_its_key_costs_its_own_record_alone(
    monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(table_rows, "IN_MEMORY", in_memory)
    raw = "k,n,v\nA,1,x\nB,2,李\nB,3,y\nC,4,\0\nD,5,z\n".encode("gb18030")
    raw = raw.replace("李".encode("gb18030"), b"\xff")
    found = records("delimited", raw, group_by=("k",), header=("k",), encoding="gb18030")
    assert [record["k"] for record in good(found)] == ["A", "D"]
    bad = [each for each in found if isinstance(each, Rejection)]
    told = [(each.locator, *((one.code, one.locator) for one in each.findings)) for each in bad]
    assert told == [
        ("line 3", ("FORMAT-008", "line 3, column 3 (v)")),
        ("line 5", ("FORMAT-005", "line 5, column 3 (v)")),
    ]


def test_a_ragged_row_is_rejected_alone() -> None:
    found = records("delimited", b"a,b\n1,2\n1,2,3\n4\n5,6,,\n")
    assert good(found) == [{"a": "1", "b": "2"}, {"a": "4"}, {"a": "5", "b": "6"}]
    assert codes(found) == ["FORMAT-032"]


@pytest.mark.parametrize("raw", [b"", b"\r\n \r\n", b"only one column\n1\n"])
def test_text_without_a_table_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        records("delimited", raw)


def test_a_nul_byte_spoils_one_row_only() -> None:
    found = records("delimited", b"a,b\n1,2\n3,\0\n5,6\n")
    assert good(found) == [{"a": "1", "b": "2"}, {"a": "5", "b": "6"}]
    assert codes(found) == ["FORMAT-005"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_as_text(raw: bytes) -> None:
    with suppress(Unreadable):
        records("delimited", raw)


def test_a_sheet_keeps_text_ids_and_shows_numbers_as_numbers() -> None:
    rows = [["名单表"], [], ["姓名", "证件 号码："], ["张三", "011010519491231002"], ["李四", 1.10105e17], ["合计", 2]]
    found = records("sheet", workbook(rows, hidden="秘密"), header=("姓名", "证件号码"))
    assert [row["证件号码"] for row in good(found)] == ["011010519491231002", 1.10105e17]
    assert found[1].locate(("证件号码",)) == "名单!B5"  # type: ignore[union-attr]


def test_hidden_sheets_are_not_read() -> None:
    raw = workbook([["别的"], [1]], hidden="秘密")
    with pytest.raises(Unreadable, match="FORMAT-030"):
        records("sheet", raw, header=("姓名",))
    with pytest.raises(Unreadable, match="FORMAT-042"):
        records("sheet", raw, sheet="秘密")


def test_labels_around_the_table_join_the_record() -> None:
    rows = [
        ["团队编号：", "", "BJ-01", "年份：2017  编号：7"],
        ["线路", "领队", "王五"],
        ["姓名", "性别"],
        ["张三", "男"],
        ["总人数：1", "男：1"],
    ]
    labels = ("团队编号", "年份", "编号", "线路", "领队", "总人数", "男")
    (record,) = records("sheet", workbook(rows), records="table", header=("姓名",), labels=labels)
    data = record.data  # type: ignore[union-attr]
    assert {name: data.get(name) for name in labels} == {
        "团队编号": "BJ-01", "年份": "2017", "编号": "7", "线路": None, "领队": "王五", "总人数": "1", "男": "1",
    }  # fmt: skip
    assert [row["姓名"] for row in data["$rows"]] == ["张三"]
    assert record.locate(("团队编号",)) == "名单!C1"  # type: ignore[union-attr]


def test_merged_key_cells_continue_a_group() -> None:
    rows = [["合同号", "姓名"], ["A", "张三"], [None, "李四"], ["B", "王五"]]
    groups = good(records("sheet", workbook(rows), group_by=("合同号",)))
    assert [len(group["$rows"]) for group in groups] == [2, 1]


def test_a_repeated_heading_is_numbered() -> None:
    (row,) = good(records("sheet", workbook([["姓名", "电话", "电话"], ["张三", "1", "2"]])))
    assert row == {"姓名": "张三", "电话": "1", "电话#2": "2"}


def test_date_cells_are_iso_text() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "日期"])
    page.write_datetime(1, 1, datetime(2017, 8, 4), book.add_format({"num_format": "yyyy/m/d"}))
    book.close()
    (row,) = good(records("sheet", buffer.getvalue()))
    assert row["日期"][:10] == "2017-08-04"


def test_old_and_open_formats_are_read_alike() -> None:
    rows = [["姓名", "号码"], ["张三", "007"]]
    for raw in (old_workbook(rows), open_workbook(rows)):
        assert good(records("sheet", raw)) == [{"姓名": "张三", "号码": "007"}]


@pytest.mark.parametrize("blank", [0, 1, 2, 7])
@pytest.mark.parametrize("made", [workbook, old_workbook, open_workbook])
def test_blank_rows_at_the_top_do_not_shift_the_places(made: Callable[[list[list[Any]]], bytes], blank: int) -> None:
    raw = made([[]] * blank + [["姓名", "号码"], ["张三", "007"], [], ["李四", "008"]])
    first, second = records("sheet", raw, header=("姓名",))
    assert first.locate(("号码",)) == f"名单!B{blank + 2}"  # type: ignore[union-attr]
    assert second.locator == f"名单!{blank + 4}"


def test_a_record_knows_the_lines_of_rows_that_do_not_follow_one_another() -> None:
    raw = b'k,v\nA,"1\n2"\nA,3\n\nA,4\nB,5\nB,6\n'
    first, second = good(records("delimited", raw, group_by=("k",), header=("k",)))
    assert first["$lines"] == [2, 4, 6]
    assert "$lines" not in second


def _bomb(members: int, size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * size)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "FORMAT-001"),
        (b"PK\x03\x04 not a zip", "FORMAT-040"),
        (workbook([["a", "b"], [1, 2]])[:-200], "FORMAT-040"),
        (b"\x1f\x8b\x08\x00truncated", "FORMAT-040"),
        (_bomb(1, 32 << 20), "FORMAT-041"),
        (_bomb(2001, 1), "FORMAT-041"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "FORMAT-040"),
    ],
)
def test_a_hostile_or_broken_workbook_is_unreadable(raw: bytes, code: str) -> None:
    with pytest.raises(Unreadable, match=code):
        records("sheet", raw)


def test_the_worker_ends_with_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    real = sheet.subprocess.Popen
    monkeypatch.setattr(sheet.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])
    rows = iter(sheet.read(workbook([["姓名", "号"]] + [["张三", "1"]] * 5000), sheet.Read()))
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert started[0].poll() is not None


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_day_is_not_shifted_by_its_format() -> None:
    assert date(1899, 12, 30).toordinal() + 42951 == date(2017, 8, 4).toordinal()
