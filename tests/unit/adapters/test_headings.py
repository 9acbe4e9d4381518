"""Headings as people write them, and what is said where those that are wanted are not there."""

from __future__ import annotations

import pytest

from adapters.errors import Unreadable
from adapters.formats.headings import heading, headings, several_rows
from tests.unit.adapters.helpers import good, items, records

KNOWN = frozenset({"姓名", "护照号码", "证件类型", "证件号码", "出境日期(口岸)"})


@pytest.mark.parametrize(
    "text",
    [
        "护照号码",
        "\ufeff护照号码",
        "护照\u200b号码",
        "\u2060护照号码\u200f",
        " 护 照\n号　码 ",
        "护照号码：",
        "*护照号码",
        "护照号码 *",
        "护照\u00ad号码",
    ],
)
def test_what_nobody_sees_is_no_part_of_a_heading(text: str) -> None:
    assert heading(text) == "护照号码"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["护照号码(必填)", "姓名（中文）"], ["护照号码", "姓名"]),
        (["【必填】护照号码", "姓名[与护照一致]*"], ["护照号码", "姓名"]),
        (["姓名（中文）", "姓名（英文）"], ["姓名(中文)", "姓名(英文)"]),
        (["姓名", "姓名（英文）"], ["姓名", "姓名(英文)"]),
        (["出境日期（口岸）", "姓名"], ["出境日期(口岸)", "姓名"]),
        (["房间(备注)", "电话", "电话"], ["房间(备注)", "电话", "电话#2"]),
        (["（必填）", None], ["(必填)", ""]),
    ],
)
def test_a_remark_in_brackets_is_none_where_it_tells_columns_apart(cells: list[str], found: list[str]) -> None:
    assert headings(cells, KNOWN) == found


def test_headings_over_several_columns_join_those_below() -> None:
    rows = [
        ["名单"],
        ["序号", "姓名", "证件", "", "备注"],
        ["", "", "类型", "号码", ""],
        [1, "张三", "护照", "E1", "x"],
    ]
    (row,) = good(items(rows, header=("姓名", "证件号码"), known=KNOWN))
    assert row == {"序号": 1.0, "姓名": "张三", "证件类型": "护照", "证件号码": "E1", "备注": "x"}


def test_a_table_of_one_heading_row_is_not_joined_with_its_first_record() -> None:
    rows = [["姓名", "护照号码"], ["张三", "E1"]]
    with pytest.raises(Unreadable):
        items(rows, header=("姓名", "证件号码"), known=KNOWN)


def test_two_exports_in_one_file_are_read_as_one() -> None:
    raw = "\ufeff姓名,护照号码\n张三,E1\n\ufeff姓名,护照号码\n李四,E2\n".encode()
    assert [row["姓名"] for row in good(records("delimited", raw, header=("姓名",), known=KNOWN))] == ["张三", "李四"]


def test_a_heading_with_a_remark_comes_again_on_page_two() -> None:
    rows = [["姓名（必填）", "护照号码"], ["张三", "E1"], ["姓名（必填）", "护照号码"], ["李四", "E2"]]
    assert [row["姓名"] for row in good(items(rows, header=("姓名",)))] == ["张三", "李四"]


def test_what_was_found_stands_beside_what_was_wanted() -> None:
    rows = [["名单"], ["序号", "姓名", "护照号"], ["1", "张三", "E1"]]
    with pytest.raises(Unreadable) as refused:
        items(rows, header=("姓名", "护照号码"), known=KNOWN)
    reason = refused.value.finding.reason
    assert reason.zh.endswith("：姓名、护照号码；第 2 行最接近，缺少：护照号码；该行的列名：序号、姓名、护照号")
    assert reason.en.endswith("; row 2 comes nearest and lacks 护照号码; its headings: 序号、姓名、护照号")
    with pytest.raises(Unreadable, match="FORMAT-030") as refused:
        items([["甲", "乙"]], header=("姓名",))
    assert refused.value.finding.reason.en.endswith("rows; no row comes near")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["姓名", "证件", "", "备注"], ["", "类型", "号码", ""]], ["姓名", "证件/类型", "证件/号码", "备注"]),
        ([["证件", "", ""], ["类型", "号码", ""]], ["证件/类型", "证件/号码", ""]),
        ([["证件", None, ""], ["类型", "号码", "姓名"]], ["证件/类型", "证件/号码", "姓名"]),
        ([["甲", "", "乙"], ["一", "", ""], ["x", "y", "z"]], ["甲/一/x", "甲/一/y", "乙/z"]),
        ([["导游", "", "姓名"], ["证号", "姓名", ""]], ["导游/证号", "导游/姓名", "姓名"]),
        ([["证件 ："], ["类型", "类型"]], ["证件/类型", "证件/类型#2"]),
    ],
)
def test_headings_of_several_rows_are_joined_by_a_slash(rows: list[list[str]], found: list[str]) -> None:
    assert several_rows(rows, {"证件/类型", "姓名"}) == found


def test_joined_headings_that_are_read_and_come_twice_are_refused() -> None:
    rows = [["名单"], ["姓名", "证件", ""], ["", "号码", "号码"], ["张三", "E1", "E2"]]
    known = frozenset({"姓名", "证件/号码"})
    with pytest.raises(Unreadable) as failure:
        items(rows, header=("姓名",), header_rows=2, known=known)
    assert (failure.value.finding.code, failure.value.finding.locator) == ("FORMAT-031", "名单!3")
    (row,) = good(items(rows, header=("姓名",), header_rows=2, known=known - {"证件/号码"}))
    assert row["证件/号码#2"] == "E2"
