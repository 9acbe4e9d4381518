"""The reader of large sheets gives what calamine gives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter

from adapters.errors import Unreadable
from adapters.formats import sheet
from adapters.formats.options import Read
from adapters.formats.problems import ARCHIVE_BROKEN


def workbook(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, options)
    fill(book, book.add_worksheet("数据"))
    book.close()
    return buffer.getvalue()


def rows(raw: bytes, wanted: str | None = None) -> list[tuple[str, list[list[Any]]]]:
    """Every visible sheet's rows without trailing blanks, and without blank rows at both ends."""
    found = []
    with sheet.sheets(raw, wanted) as sheets:
        for name, numbered in sheets:
            stripped = [(number, _stripped(cells)) for number, cells in numbered]
            found.append((name, [(number, cells) for number, cells in stripped if cells]))
    return found


def _stripped(cells: Any) -> list[Any]:
    kept = list(cells)
    while kept and kept[-1] in ("", None):
        kept.pop()
    return kept


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], tuple[Any, Any]]:
    """The rows as calamine reads them, and as the reader of large sheets does."""

    def read(raw: bytes) -> tuple[Any, Any]:
        small = rows(raw)
        monkeypatch.setattr(sheet, "LARGE_BYTES", 0)
        return small, rows(raw)

    return read


def values(book: Any, page: Any) -> None:
    page.write_row(0, 0, ["姓名", "数", "日期", "时刻", "真", "公式", "空"])
    page.write_string(2, 0, "赵龑䶮 𬱟\n第二行 & <b>")
    page.write_number(2, 1, 42951)
    page.write_datetime(2, 2, date(2017, 8, 4), book.add_format({"num_format": "yyyy-mm-dd"}))
    page.write_datetime(2, 3, datetime(2017, 8, 4, 9, 30, 15), book.add_format({"num_format": 22}))
    page.write_boolean(2, 4, True)
    page.write_formula(2, 5, "=1+2", None, 3)
    page.write_blank(2, 6, None, book.add_format({"bold": True}))
    page.write_formula(3, 1, '="a"', None, "a")
    page.write_number(3, 2, 1.10105e17)
    page.write_number(3, 3, 0.5, book.add_format({"num_format": '0.00"day"'}))
    page.write_rich_string(4, 0, "甲", book.add_format({"bold": True}), "乙", "丙")
    page.write_number(5, 2, 42951, book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))
    page.write_number(5, 3, 42951, book.add_format({"num_format": "[Red]0"}))
    page.write_number(6, 1, -3.25)
    page.write_number(9, 27, 7)


@pytest.mark.parametrize("options", [{}, {"in_memory": True}, {"constant_memory": True}], ids=str)
def test_values_are_what_calamine_reads(both: Callable[[bytes], tuple[Any, Any]], options: dict[str, Any]) -> None:
    small, large = both(workbook(values, **options))
    assert large == small


def test_dates_of_1904_workbooks(both: Callable[[bytes], tuple[Any, Any]]) -> None:
    def fill(book: Any, page: Any) -> None:
        page.write_datetime(0, 0, date(2017, 8, 4), book.add_format({"num_format": 14}))

    small, large = both(workbook(fill, date_1904=True))
    assert large == small
    assert large[0][1][0][1] == ["2017-08-04"]


def test_days_of_chinese_formats_and_before_march_1900(both: Callable[[bytes], tuple[Any, Any]]) -> None:
    def fill(book: Any, page: Any) -> None:
        for row, number in enumerate([14, 27, 30, 31, 36, 50, 57, 58]):
            style = book.add_format({"num_format": number})
            for column, serial in enumerate([0, 1, 59, 60, 61, 42951, 42951.5]):
                page.write_number(row, column, serial, style)

    small, large = both(workbook(fill))
    assert large == small
    assert large[0][1][0][1][1:5] == ["1900-01-01", "1900-02-28", "1900-02-28", "1900-03-01"]


def test_durations_and_times(both: Callable[[bytes], tuple[Any, Any]]) -> None:
    def fill(book: Any, page: Any) -> None:
        page.write_datetime(0, 0, time(9, 30), book.add_format({"num_format": "hh:mm"}))
        page.write_number(0, 1, 1.5, book.add_format({"num_format": "[h]:mm"}))

    small, large = both(workbook(fill))
    assert large == small


def test_hidden_sheets_are_left_out_and_a_sheet_can_be_named(
    both: Callable[[bytes], tuple[Any, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(book: Any, page: Any) -> None:
        page.write(0, 0, "第一")
        hidden = book.add_worksheet("藏")
        hidden.write(0, 0, "看不见")
        hidden.hide()
        book.add_worksheet("末").write(0, 0, "第三")

    raw = workbook(fill)
    small, large = both(raw)
    assert large == small
    assert [name for name, _ in large] == ["数据", "末"]
    assert [name for name, _ in rows(raw, "末")] == ["末"]
    with pytest.raises(Unreadable):
        rows(raw, "藏")


def _patched(raw: bytes, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                assert old in content
                content = content.replace(old, new)
            target.writestr(item, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="3"', b'<row r="1"'),
        (b'<row r="3"', b'<row r="99999999"'),
        (b"<v>42951</v>", b"<v>&x;</v>"),
        (b"</sheetData>", b""),
        (b'<c r="B3"', b'<c r="ZZZZ3"'),
        (b"<v>3</v>", b"<v>99999</v>"),
    ],
    ids=repr,
)
def test_a_sheet_that_lies_is_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes) -> None:
    monkeypatch.setattr(sheet, "LARGE_BYTES", 0)
    raw = _patched(workbook(values), old, new)
    with pytest.raises(Unreadable) as refused:
        rows(raw)
    assert refused.value.finding.code == ARCHIVE_BROKEN.code


def test_entities_are_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "LARGE_BYTES", 0)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
    raw = _patched(workbook(values), b"<worksheet", bomb)
    raw = _patched(raw, b"<v>42951</v>", b"<v>&b;</v>")
    with pytest.raises(Unreadable):
        list(sheet.read(raw, Read(format="sheet", header=("姓名",))))
