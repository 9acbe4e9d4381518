"""Bytes that are text, bytes that are not, and characters that a newer edition of their encoding has."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.formats import charset
from tests.unit.adapters.helpers import codes, good, records

HEADER = ("编号", "姓名")
TEXT = "编号,姓名,线路\n1,张三,黄山三日游\n2,李四,三亚五日游\n3,王五,桂林四日游\n"


@pytest.mark.parametrize(
    ("codec", "bad"),
    [
        ("utf-8", b"\xff"),
        ("utf-8", b"\xe9\xbb"),
        ("gb18030", b"\xff"),
        ("gb18030", b"\x81"),
        ("utf-16-le", b"\x00\xd8"),
    ],
)
@pytest.mark.parametrize("group_by", [(), ("编号",)])
def test_a_bad_byte_costs_its_own_row_only(codec: str, bad: bytes, group_by: tuple[str, ...]) -> None:
    raw = TEXT.encode(codec).replace("三亚".encode(codec), "三".encode(codec) + bad)
    found = records("delimited", raw, header=HEADER, group_by=group_by, encoding=codec)
    told = [finding for record in found for finding in getattr(record, "findings", ())]
    assert {finding.code for finding in told} == {"FORMAT-008"}
    assert {finding.locator for finding in told} == {"line 3, column 3 (线路)"}
    if not group_by:
        assert [row["姓名"] for row in good(found)] == ["张三", "王五"]


def test_a_delimiter_behind_half_a_character_is_one() -> None:
    raw = TEXT.encode("gb18030").replace("张三".encode("gb18030"), "张".encode("gb18030") + b"\x81")
    found = records("delimited", raw, header=HEADER)
    assert [row["编号"] for row in good(found)] == ["2", "3"]
    assert codes(found) == ["FORMAT-008"]


@pytest.mark.parametrize("end", [b"\x1a", b"\r\n\x1a", b"\x1a\x1a\x1a", b"\x1a" + bytes(90), b"\r\n\x1a\r\n\r\n", b""])
def test_a_file_of_dos_ends_with_ctrl_z(end: bytes) -> None:
    found = records("delimited", b"k,v\r\nA,1\r\nB,2" + end, header=("k",))
    assert good(found) == [{"k": "A", "v": "1"}, {"k": "B", "v": "2"}]
    assert len(found) == 2


def test_what_follows_a_ctrl_z_is_not_lost() -> None:
    found = records("delimited", b"k,v\nA,1\n\x1a\nB,2\nC,3", header=("k",))
    assert [row["k"] for row in good(found)] == ["A", "\x1a", "B", "C"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("FE59", "龴"), ("FE61", "\u9fb5"), ("FEA0", "\u9fbb"), ("FE51", "\U00020087"), ("FE91", "\U000241fe"),
        ("A6D9", "︐"), ("A6DA", "︒"), ("A6DB", "︑"), ("A6F3", "︙"), ("A8BC", "ḿ"), ("B0A1", "啊"),
        ("8135F437", "ḿ"),
    ],
)  # fmt: skip
def test_gb18030_is_that_of_2022(raw: str, text: str) -> None:
    line = "编号,姓名\n1,".encode("gb18030") + bytes.fromhex(raw) + b"\n"
    assert charset.decode(bytes.fromhex(raw), "GBK") == text
    assert good(records("delimited", line, header=HEADER)) == [{"编号": "1", "姓名": text}]


@pytest.mark.parametrize(
    ("raw", "text"), [("B3AF", "陳"), ("F9D6", "碁"), ("FA40", "𠕇"), ("A145", "‧"), ("A14E", "﹑")]
)
def test_big5_has_the_names_of_hong_kong(raw: str, text: str) -> None:
    line = b"k,v\n1," + bytes.fromhex(raw) + b"\n"
    row: Any
    (row,) = good(records("delimited", line, header=("k",), encoding="big5"))
    assert row["v"] == text
