"""Rows of one record, wherever they stand, and rows that contradict each other."""

from __future__ import annotations

import pytest

from adapters.connector import load_connector
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.formats import grouping, table, table_rows
from adapters.formats.options import Read
from adapters.formats.places import Grid
from adapters.formats.problems import ENCODING, unreadable
from adapters.formats.table_rows import Rows
from adapters.reading import read
from schemas.samples import CHECKED_ON
from tests.unit.adapters.helpers import codes, good, records, workbook
from tests.unit.adapters.test_partners import ROOT

HEADINGS = "合同号,合同类型,旅行社,许可证号,线路,出发日期,返回日期,人数,总价,姓名,证件类型,证件号码"
FIRST = ["LQ-1", "国内", "上海示例旅行社有限公司", "L-SH-00321", "黄山三日游", "2026/12/4", "2026/12/6", "2", "1980.00"]
PEOPLE = [["赵示例", "身份证", "310115195712031557"], ["王小明", "身份证", "440106195803101680"]]


def export(*rows: list[str]) -> bytes:
    return "\n".join([HEADINGS, *map(",".join, rows)]).encode()


def outcomes(raw: bytes) -> list[Outcome]:
    return list(read(raw, load_connector(ROOT / "laoqiao"), today=CHECKED_ON))


def with_value(column: str, value: str) -> list[str]:
    row = [*FIRST, *PEOPLE[1]]
    row[HEADINGS.split(",").index(column)] = value
    return row


@pytest.mark.parametrize("in_memory", [10_000, 2, 0])
def test_rows_that_stand_apart_are_one_record(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(table_rows, "IN_MEMORY", in_memory)
    raw = b'k,v\nA,1\nB,2\nA,3\nC,"4\n"\nA,\xe4\xb8\x80\nB,5\n'
    found = records("delimited", raw, group_by=("k",), header=("k",))
    assert [(record["k"], [row["v"] for row in record["$rows"]]) for record in good(found)] == [
        ("C", ["4\n"]),
        ("A", ["1", "3", "一"]),
        ("B", ["2", "5"]),
    ]
    assert [record.ordinal for record in found] == [1, 2, 3]
    assert found[1].locate(("$rows", 2, "v")) == "line 7, column 2 (v)"  # type: ignore[union-attr]


@pytest.mark.parametrize("in_memory", [10_000, 1])
def test_a_row_that_cannot_be_read_spoils_what_it_may_belong_to(
    monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(table_rows, "IN_MEMORY", in_memory)
    raw = b'k,v\nA,1\nB,2\n"A"x,3\nA,4\nC,5\n'
    found = records("delimited", raw, group_by=("k",), header=("k",))
    assert [record["k"] for record in good(found)] == ["C"]
    assert codes(found) == ["FORMAT-035", "FORMAT-035"]


def test_of_what_is_too_much_to_gather_no_part_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_GATHERED", 3)
    raw = b"k,v\nA,1\nB,1\nC,1\nA,2\nB,2\nD,1\nA,3\nB,3\n"
    found = records("delimited", raw, group_by=("k",), header=("k",))
    assert sorted(record["k"] for record in good(found)) == ["C", "D"]
    assert codes(found) == ["FORMAT-033"] * 5
    rows = [row["v"] for record in found if isinstance(record, Rejection) for row in record.source["$rows"]]
    assert len(rows) == 6


def test_rows_that_are_said_to_stand_apart_have_a_bound_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_GATHERED", 3)
    monkeypatch.setattr(grouping, "MOST_APART", 6)
    raw = b"k,v\nA,1\nB,1\nC,1\nA,2\nB,2\n"
    found = {together: records("delimited", raw, group_by=("k",), together=together) for together in (True, False)}
    assert set(codes(found[True])) == {"FORMAT-033"}
    assert [record["k"] for record in good(found[True])] == ["C"]
    assert [len(record["$rows"]) for record in good(found[False])] == [1, 2, 2]
    assert codes(records("delimited", raw + b"A,3\nB,3\nA,4\n", group_by=("k",), together=False))


def test_a_document_that_breaks_off_gives_no_record_that_may_go_on() -> None:
    def rows() -> Rows:
        yield from enumerate([["k", "v"], ["A", "1"], ["B", "1"], ["A", "2"], ["C", "3"]], 1)
        raise unreadable(ENCODING, encoding="UTF-8")

    reading = table.records(rows(), Read("delimited", group_by=("k",)), Grid())
    assert next(reading).locator == "line 3"
    with pytest.raises(Unreadable):
        next(reading)


def test_keys_are_one_however_they_are_written() -> None:
    rows = [["合同号", "姓名"], ["LQ-１", "张三"], ["ＬＱ-1 ", "李四"], [7, "王五"], ["7", "赵六"]]
    assert [len(record["$rows"]) for record in good(records("sheet", workbook(rows), group_by=("合同号",)))] == [2, 2]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("旅行社", "北京示例旅行社有限公司"),
        ("线路", "三亚五日游"),
        ("出发日期", "2026-12-05"),
        ("总价", "1980.50"),
        ("合同类型", "出境"),
        ("人数", "3"),
        ("许可证号", "L-BJ-00001"),
        ("出发日期", "不详"),
    ],
)
def test_rows_of_one_record_that_contradict_each_other_are_told(column: str, value: str) -> None:
    (found,) = outcomes(export([*FIRST, *PEOPLE[0]], with_value(column, value)))
    assert isinstance(found, Rejection)
    (told,) = [finding for finding in found.findings if finding.code == "MAP-060"]
    assert told.locator.startswith("line 3, column ")
    assert told.locator.endswith(f"({column})")
    assert told.reason.zh == f"同一编号的各行内容不一致：第 3 行的“{column}”与第 2 行不同"
    assert "row 3 differs from row 2" in told.reason.en


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("出发日期", "2026年12月4日"),
        ("总价", "1980"),
        ("线路", ""),
        ("线路", " 黄山三日游 "),
        ("旅行社", "无"),
        ("合同类型", "境内"),
        ("许可证号", "l-sh-00321"),
    ],
)
def test_rows_that_mean_the_same_are_one_record(column: str, value: str) -> None:
    (found,) = outcomes(export([*FIRST, *PEOPLE[0]], with_value(column, value)))
    assert isinstance(found, CanonicalRecord), found
    (found,) = outcomes(export(with_value(column, value), [*FIRST, *PEOPLE[0]]))
    assert isinstance(found, CanonicalRecord) or value == "无", found


def test_what_the_first_row_leaves_out_is_taken_from_a_later_one_with_its_place() -> None:
    late = [*FIRST, *PEOPLE[1]]
    late[5] = "2026-13-04"
    (found,) = outcomes(export(with_value("出发日期", ""), late))
    assert isinstance(found, Rejection)
    assert "line 3, column 6 (出发日期)" in {finding.locator for finding in found.findings}
