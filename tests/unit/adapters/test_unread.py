"""What of a table is no record, and that it is said."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from adapters.envelope import Note, SourceRecord
from adapters.formats import spool
from adapters.formats.unread import MOST_NOTES, Notes, RowNumbers, sheet_unread
from tests.unit.adapters.helpers import codes, good, items, notes, records, workbook

HEADER = ("姓名", "护照号码")
TITLE, HEADINGS = ["名单表"], ["序号", "姓名", "护照号码", "备注"]
PERSON = [1, "张三", "E12345678", ""]


def items_of(*rows: list[Any], **options: Any) -> list[Any]:
    return items([TITLE, HEADINGS, PERSON, *rows], header=HEADER, **options)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ([2], "只有序号"),
        (["3"], "只有序号"),
        (["4."], "只有序号"),
        (["注：以上名单由系统导出"], "注释或落款"),
        (["注1. 领队为 0 号"], "注释或落款"),
        (["制表人：吴示例", "", "", "审核人：郑示例"], "注释或落款"),
        (["制表人：", "吴示例"], "注释或落款"),
        (["", "打印时间：2026-11-02"], "注释或落款"),
        (["第 1 页 共 2 页"], "注释或落款"),
        (["以下空白"], "注释或落款"),
        (["名单表"], "重复的标题或表头"),
        (["序 号", "姓名：", "护照号码", "备注"], "重复的标题或表头"),
        (["", "姓名", "护照号码"], "重复的标题或表头"),
        (["合计", "", "1 人"], "合计行"),
        (["", "小计：1"], "合计行"),
    ],
)
def test_a_row_that_is_no_record_is_left_out_and_told(row: list[Any], what: str) -> None:
    found = items_of(row, [2, "李四", "E12345679"])
    assert [each["姓名"] for each in good(found)] == ["张三", "李四"]
    (told,) = [each.finding for each in found if isinstance(each, Note)]
    assert (told.code, told.locator, told.is_error) == ("FORMAT-053", "名单!4", False)
    assert told.reason.zh == f"第 4 行不是记录，未读取：{what}"


@pytest.mark.parametrize(
    "row",
    [
        ["", "李四", "E12345679"],
        [" ", "李四", "E12345679"],
        ["男", "李四", "E12345679"],
        ["领队：", "李四", "E12345679"],
        ["", "", "E12345679"],
        [2, "", "", "x"],
        ["张三丰"],
        ["联系人"],
    ],
)
def test_a_row_that_may_be_a_record_is_read(row: list[Any]) -> None:
    found = items_of(row, labels=("男", "领队", "联系人")[: 1 + bool(row[1:])])
    assert len(good(found)) == len(found) == 2


def test_two_forms_on_one_sheet_are_told_apart_and_refused() -> None:
    form = [["团队编号：", "TG-7"], HEADINGS, PERSON, ["总人数：1"]]
    second = [["团队编号：", "TG-8"], *form[1:]]
    options = {"header": HEADER, "labels": ("团队编号", "总人数"), "records": "table"}
    (found,) = records("sheet", workbook([*form, [], *second]), **options)
    assert codes([found]) == ["FORMAT-047"]
    assert found.findings[0].locator == "名单!B6"  # type: ignore[union-attr]
    assert codes(records("sheet", workbook([*form, [], *form]), **options)) == []


def test_columns_that_nobody_maps_are_told() -> None:
    raw = workbook([["姓名", "护照号码", "房间", "电话", "电话"], ["张三", "E12345678", "301", "1", "2"]])
    known = frozenset({"姓名", "护照号码", "电话", "性别"})
    (told,) = notes("sheet", raw, header=HEADER, known=known)
    assert (told.code, told.locator, told.reason.zh) == ("FORMAT-051", "名单!1", "以下列未读取：房间、电话#2")
    assert notes("sheet", raw, header=HEADER) == []


@pytest.mark.parametrize("format_", ["sheet", "delimited"])
def test_text_under_no_heading_is_told(format_: str) -> None:
    rows = [["姓名", "", "护照号码", ""], ["张三", "", "E1", ""], ["李四", "x", "E2", "y"]]
    raw = workbook(rows) if format_ == "sheet" else "\n".join(map(",".join, rows)).encode()
    (told,) = notes(format_, raw, header=HEADER)
    assert (told.code, told.locator) == ("FORMAT-052", "名单!B3" if format_ == "sheet" else "line 3, column 2 ()")
    assert told.reason.en.endswith(": 2")


def test_what_stands_right_of_the_headings_of_a_sheet_is_told_and_refused_in_text() -> None:
    (told,) = notes("sheet", workbook([list(HEADER), ["张三", "E1", "x"]]), header=HEADER)
    assert told.code == "FORMAT-052"
    assert codes(records("delimited", "姓名,护照号码\n张三,E1,x\n".encode(), header=HEADER)) == ["FORMAT-032"]


def _book(**sheets: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
            if name == "隐藏行":
                for number in (0, 1, 2, 6, 7):
                    page.set_row(number, None, None, {"hidden": True})
    return buffer.getvalue()


def test_other_sheets_are_told_blank_ones_not() -> None:
    table = [list(HEADER), ["张三", "E1"]]
    raw = _book(白=[], 说明=[["填表说明"]], 名单=table, 汇总=[["姓名", "人数"]], 空=[])
    found = notes("sheet", raw, header=HEADER)
    assert [(told.code, told.locator) for told in found] == [("FORMAT-050", "说明"), ("FORMAT-050", "汇总")]
    assert notes("sheet", raw, header=HEADER, sheet="名单") == []


FORM = {"records": "table", "labels": ("团号", "领队"), "header": HEADER}
FIRST = [["团号：", "TG-1", "领队：", "郑领队"], list(HEADER), ["张三", "E1"], ["合计", "1"]]


def people(found: list[Any]) -> list[tuple[str, list[str]]]:
    """By group who is in it."""
    return [(record.get("团号", ""), [row["姓名"] for row in record["$rows"]]) for record in good(found)]


FURTHER = [
    ("the headings alone", [list(HEADER), ["李四", "E2"]], [("TG-1", ["张三", "李四"])]),
    ("nothing but headings", [list(HEADER)], [("TG-1", ["张三"])]),
    ("the same labels", [*FIRST[:2], ["李四", "E2"]], [("TG-1", ["张三", "李四"])]),
    ("another group", [["团号：", "TG-2"], list(HEADER), ["李四", "E2"]], [("TG-1", ["张三"]), ("TG-2", ["李四"])]),
    (
        "other columns, in another order",
        [["护照号码", "籍贯", "姓名"], ["E2", "皖", "李四"]],
        [("TG-1", ["张三", "李四"])],
    ),
]


@pytest.mark.parametrize(("further", "found"), [case[1:] for case in FURTHER], ids=[case[0] for case in FURTHER])
def test_a_further_sheet_with_the_headings_is_read(
    further: list[list[Any]], found: list[tuple[str, list[str]]]
) -> None:
    raw = _book(名单=FIRST, 续=further, 说明=[["填表说明"]])
    read = records("sheet", raw, **FORM)
    assert people(read) == found
    assert [record.ordinal for record in read] == list(range(1, len(found) + 1))
    told = [(each.code, each.locator) for each in notes("sheet", raw, **FORM)]
    assert told == [("FORMAT-053", "名单!4"), ("FORMAT-050", "说明")]


def test_places_name_the_sheet_that_a_row_stands_on() -> None:
    raw = _book(名单=FIRST, 续=[[], ["籍贯", *HEADER], ["皖", "李四", "E2"], ["沪", "王五", "E3"]])
    (record,) = spool.load(spool.dump(records("sheet", raw, **FORM)))
    assert isinstance(record, SourceRecord)
    assert record.locate(("$rows", 0, "姓名")) == "名单!A3"
    assert record.locate(("$rows", 2, "护照号码")).startswith("续!")
    assert [record.locate(("$rows", row)) for row in range(3)] == record.data["$lines"] == ["名单!3", "续!3", "续!4"]
    assert record.data["$rows"][2]["籍贯"] == "沪"
    assert record.locate(("团号",)) == "名单!B1"


def test_a_label_below_the_last_sheet_is_the_tables() -> None:
    raw = _book(
        名单=FIRST, 续=[list(HEADER), ["李四", "E2"], ["领队：", "郑领队"]], 末=[list(HEADER), ["团号：", "TG-9"]]
    )
    (record,) = records("sheet", raw, **FORM)
    (finding,) = record.findings  # type: ignore[union-attr]
    assert (finding.code, finding.locator) == ("FORMAT-047", "末!B2")


def test_rows_of_one_key_on_several_sheets_are_one_record() -> None:
    raw = _book(一=[["k", "v"], ["A", "1"], ["B", "2"]], 二=[["k", "v"], ["", "3"], ["A", "4"], ["C", "5"]])
    found = records("sheet", raw, group_by=("k",))
    assert [(one["k"], [row["v"] for row in one["$rows"]]) for one in good(found)] == [
        ("B", ["2", "3"]),
        ("C", ["5"]),
        ("A", ["1", "4"]),
    ]
    by_key = {one.data["k"]: one for one in found if isinstance(one, SourceRecord)}
    assert by_key["B"].locate(("$rows", 1, "v")) == "二!B2"
    assert by_key["C"].locator == "二!4"


def test_single_rows_go_on_on_the_next_sheet() -> None:
    raw = _book(一=[list(HEADER), ["张三", "E1"]], 二=[list(HEADER), ["李四", "E2"], ["", "E3"]])
    found = records("sheet", raw, header=HEADER)
    assert [one["护照号码"] for one in good(found)] == ["E1", "E2", "E3"]
    assert [one.locator for one in found] == ["一!2", "二!2", "二!3"]


def test_hidden_rows_are_read_and_told() -> None:
    raw = _book(隐藏行=[list(HEADER), ["张三", "E1"], ["李四", "E2"], ["王五", "E3"]])
    assert len(good(records("sheet", raw, header=HEADER))) == 3
    (told,) = notes("sheet", raw, header=HEADER)
    assert (told.code, told.reason.zh) == ("FORMAT-054", "第 2-3 行是隐藏行，已照常读取")


def test_rows_are_told_in_ranges_and_not_without_end() -> None:
    assert RowNumbers([3, 5, 6, 7, 9]).text == ("第 3、5-7、9 行", "rows 3, 5-7, 9")
    many = RowNumbers(range(1, 1001, 2)).text
    assert many.zh.endswith("、59 行等（另有 470 行）")


def test_as_many_notes_are_kept_as_anybody_reads() -> None:
    kept = Notes()
    for number in range(MOST_NOTES + 7):
        kept.add(sheet_unread(f"表{number}"))
    assert len(kept.findings) == MOST_NOTES + 1
    assert (kept.findings[-1].code, kept.findings[-1].reason.zh) == ("FORMAT-055", "另有 7 条提示未列出")


@pytest.mark.parametrize(
    "row",
    [["国内：散客", "李四", ""], ["饮食：清真", "", "E12345679"], ["合计二日游", "李四", "E12345679"]],
)
def test_whoever_stands_in_a_row_is_not_skipped_with_its_first_cell(row: list[Any]) -> None:
    found = items_of(row)
    assert [each for each in found if isinstance(each, Note)] == []
    assert len(found) == 2
