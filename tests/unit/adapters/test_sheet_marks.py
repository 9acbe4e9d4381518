"""Cells that hold no value of their own: errors, formulas without a result, cells that a merged one covers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
import xlwt

from adapters.envelope import CanonicalRecord, Rejection
from adapters.formats import sheet
from adapters.mapping.compiler import Mapper
from adapters.mapping.loader import load
from adapters.reading import records as read_records
from schemas.samples import CHECKED_ON
from tests.unit.adapters.helpers import convert, good, records
from tests.unit.adapters.test_partners import ROOT

HEADINGS = ["合同号", "姓名", "线路", "人数"]
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="名单">{}</table:table></office:spreadsheet>'
    "</office:body></office:document-content>"
)

_CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'


def xlsx(fill: Callable[[Any], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet("名单")
        page.write_row(0, 0, HEADINGS)
        fill(page)
    return buffer.getvalue()


def without_result(raw: bytes) -> bytes:
    """As programs write formulas that never computed one: no value at all."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</f><v>0</v>", b"</f>"))
    return target.getvalue()


def xls(fill: Callable[[Any], None]) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("名单")
    for column, heading in enumerate(HEADINGS):
        page.write(0, column, heading)
    fill(page)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(*rows: str) -> bytes:
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    every = ["".join(map(text.format, HEADINGS)), *rows]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        body = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in every)
        archive.writestr("content.xml", _ODS.format(body))
    return buffer.getvalue()


def _xlsx_errors(page: Any) -> None:
    page.write_row(1, 0, ["A", "张三"])
    page.write_formula(1, 2, "=NA()", None, "#N/A")
    page.write_formula(1, 3, "=1/0", None, "#DIV/0!")


def _xls_errors(page: Any) -> None:
    page.write(1, 0, "A")
    page.write(1, 1, "张三")
    page.row(1).set_cell_error(2, 0x2A)
    page.row(1).set_cell_error(3, 0x07)


_ODS_ERRORS = (
    '<table:table-cell office:value-type="string"><text:p>A</text:p></table:table-cell>'
    '<table:table-cell office:value-type="string"><text:p>张三</text:p></table:table-cell>'
    '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value=""'
    ' calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0"'
    ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
)
WITH_ERRORS = [xlsx(_xlsx_errors), xls(_xls_errors), ods(_ODS_ERRORS)]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("raw", WITH_ERRORS, ids=["xlsx", "xls", "ods"])
def test_an_error_is_told_as_the_sheet_shows_it(monkeypatch: pytest.MonkeyPatch, raw: bytes, large: bool) -> None:
    if large:
        monkeypatch.setattr(sheet, "LARGE_BYTES", 0)
    (row,) = good(records("sheet", raw))
    assert row == {"合同号": "A", "姓名": "张三", "线路": "#N/A", "人数": "#DIV/0!"}


def test_a_formula_without_a_result_is_told_as_the_formula() -> None:
    raw = without_result(xlsx(lambda page: page.write_formula(1, 2, "=B2&C1") or page.write(1, 0, "A")))
    (row,) = good(records("sheet", raw))
    assert row["线路"] == "=B2&C1"
    cells = '<table:table-cell table:formula="of:=[.B2]"/>' + _CELL.format("", "x")
    (row,) = good(records("sheet", ods(cells)))
    assert (row["合同号"], row["姓名"]) == ("=[.B2]", "x")


@pytest.mark.parametrize(
    "text", ["#N/A", " #REF! ", "#DIV/0!", "#NAME?", "Err:508", "＃VALUE!", "=VLOOKUP(A1,B:C,2,0)", "=1+2"]
)
@pytest.mark.parametrize("policy", ["reject", "blank", "warn"])
def test_what_is_no_value_is_never_kept(text: str, policy: str) -> None:
    body, failures = convert(f"  route_name: {{from: [a, b], invalid: {policy}}}\n", {"a": text, "b": "x"})
    assert body == {}
    assert [failure.dirty.problem.code for failure in failures] == ["MAP-006" if text.startswith("=") else "MAP-005"]


@pytest.mark.parametrize("text", ["#1 号线路", "=见附件=", "＃", "Error", '="TG-1"'])
def test_text_that_only_begins_like_that_is_text(text: str) -> None:
    body, failures = convert("  route_name: {from: a}\n", {"a": text})
    assert (bool(body), failures) == (True, [])


def test_the_finding_names_the_cell() -> None:
    def fill(page: Any) -> None:
        page.write_row(0, 0, ["团队编号：", "TG-1", "", "", "", ""])
        page.write_row(1, 0, ["姓名", "汉语拼音", "护照号码", "出生地", "发证机关", "备注"])
        page.write_row(2, 0, ["张三", "ZHANG/SAN", "E12345678", "", "", ""])
        page.write_formula(2, 3, "=NA()", None, "#N/A")

    mapper = Mapper(load(ROOT / "shanhai" / "roster.yaml"))
    (record,) = read_records(xlsx(fill), mapper.read)
    outcome = mapper(record, CHECKED_ON)  # type: ignore[arg-type]
    assert isinstance(outcome, Rejection)
    (found,) = [finding for finding in outcome.findings if finding.code == "MAP-005"]
    assert (found.locator, found.field) == ("名单!D3", "/travellers/0/birth_place")


def _xlsx_merged(page: Any) -> None:
    page.merge_range(1, 0, 3, 0, "A")
    page.merge_range(1, 2, 2, 3, "黄山")
    page.write_column(1, 1, ["张三", "李四", "王五"])
    page.merge_range(5, 0, 7, 3, "合计")


def _xls_merged(page: Any) -> None:
    page.write_merge(1, 3, 0, 0, "A")
    page.write_merge(1, 2, 2, 3, "黄山")
    for row, name in enumerate(["张三", "李四", "王五"], 1):
        page.write(row, 1, name)


_COVERED = "<table:covered-table-cell/>"
_ODS_MERGED = (
    _CELL.format(' table:number-rows-spanned="3"', "A")
    + _CELL.format("", "张三")
    + _CELL.format(' table:number-rows-spanned="2" table:number-columns-spanned="2"', "黄山")
    + _COVERED,
    _COVERED + _CELL.format("", "李四") + _COVERED * 2,
    _COVERED + _CELL.format("", "王五"),
)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("raw", [xlsx(_xlsx_merged), xls(_xls_merged), ods(*_ODS_MERGED)], ids=["xlsx", "xls", "ods"])
def test_a_merged_cell_gives_its_value_to_every_row(monkeypatch: pytest.MonkeyPatch, raw: bytes, large: bool) -> None:
    if large:
        monkeypatch.setattr(sheet, "LARGE_BYTES", 0)
    rows = good(records("sheet", raw))
    assert [(row["合同号"], row["姓名"], row.get("线路") or None, row.get("人数") or None) for row in rows] == [
        ("A", "张三", "黄山", None),
        ("A", "李四", "黄山", None),
        ("A", "王五", None, None),
    ]


def test_numbers_that_show_leading_zeros_keep_them() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADINGS)
        for column, code in enumerate(["000000", "00000000;-0", "0", "0.00"]):
            page.write_number(1, column, 12, book.add_format({"num_format": code}))
    (row,) = good(records("sheet", buffer.getvalue()))
    assert list(row.values()) == ["000012", "00000012", 12.0, 12.0]


PADDED = (("000000", "000012"), ("00000000;-0", "00000012"), ("0", 12.0), ("0.00", 12.0))


def _xls_padded(page: Any) -> None:
    for column, (code, _) in enumerate(PADDED):
        page.write(1, column, 12, xlwt.easyxf(num_format_str=code))
        page.write(2, column, 12.5, xlwt.easyxf(num_format_str=code))
        page.write(3, column, -12, xlwt.easyxf(num_format_str=code))
    for column in range(4):
        page.write(4, column, 20260000123 if column % 2 else 123, xlwt.easyxf(num_format_str="0" * 12))


_FORMATS = (
    '<office:automatic-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0">'
    '<number:number-style style:name="N12"><number:number number:min-integer-digits="12"/></number:number-style>'
    '<number:number-style style:name="N6"><number:number number:decimal-places="0" number:min-integer-digits="6"/>'
    '</number:number-style><number:number-style style:name="N8P0"><number:number number:min-integer-digits="8"/>'
    '</number:number-style><number:number-style style:name="N8"><number:text>-</number:text><number:number'
    ' number:min-integer-digits="1"/><style:map style:condition="value()&gt;=0" style:apply-style-name="N8P0"/>'
    '</number:number-style><number:number-style style:name="N1"><number:number number:min-integer-digits="1"/>'
    '</number:number-style><number:number-style style:name="N2"><number:number number:decimal-places="2"'
    ' number:min-integer-digits="3"/></number:number-style>'
    + "".join(
        f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="{data}"/>'
        for name, data in (("six", "N6"), ("twelve", "N12"), ("eight", "N8"), ("one", "N1"), ("money", "N2"))
    )
    + "</office:automatic-styles>"
)


TWICE = ' table:number-columns-repeated="2"'


def _ods_number(style: str, value: str = "12", more: str = "") -> str:
    named = f' table:style-name="{style}"' if style else ""
    return f'<table:table-cell{named}{more} office:value-type="float" office:value="{value}"/>'


def _ods_padded() -> bytes:
    """The first column has its style from the column, in the file of common styles."""
    styles = ("", "eight", "one", "money")
    rows = ["".join(_ods_number(style, value) for style in styles) for value in ("12", "12.5", "-12")]
    rows.append(
        _ods_number("twelve", "123") + _ods_number("twelve", "20260000123") + _ods_number("twelve", "123", TWICE)
    )
    source, target = zipfile.ZipFile(io.BytesIO(ods(*rows))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            column = '<table:table-column table:default-cell-style-name="six"/>'
            text = source.read(name).decode().replace('table:name="名单">', f'table:name="名单">{column}')
            archive.writestr(name, text.replace("<office:body>", f"{_FORMATS}<office:body>"))
    return target.getvalue()


@pytest.mark.parametrize(
    "raw",
    [xls(_xls_padded), _ods_padded()],
    ids=["xls", "ods"],
)
def test_numbers_of_other_sheets_that_show_leading_zeros_keep_them(raw: bytes) -> None:
    whole, broken, negative, long = good(records("sheet", raw))
    assert list(whole.values()) == [shown for _, shown in PADDED]
    assert (list(broken.values()), list(negative.values())) == ([12.5] * 4, [-12.0] * 4)
    assert list(long.values())[:3] == ["000000000123", "020260000123", "000000000123"]


def test_a_canonical_record_is_made_of_a_sheet_without_faults() -> None:
    mapper = Mapper(load(ROOT / "shanhai" / "roster.yaml"))
    (record,) = read_records(ROOT / "shanhai" / "examples" / "form.xlsx", mapper.read)
    assert isinstance(mapper(record, CHECKED_ON), CanonicalRecord)  # type: ignore[arg-type]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_bare_days_of_a_1904_workbook_are_those_that_it_shows(
    monkeypatch: pytest.MonkeyPatch, form: str, large: bool
) -> None:
    if large:
        monkeypatch.setattr(sheet, "LARGE_BYTES", 0)
    rows = [["出境日期", 41489], ["姓名", "出生日期", "人数"], ["张三", 41489, 41489], ["李四", "1985-07-08", 2]]
    rows += [["王五", 20170804, 1]]
    buffer = io.BytesIO()
    if form == "xlsx":
        with xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": True}) as book:
            page = book.add_worksheet()
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    else:
        old = xlwt.Workbook()
        old.dates_1904 = True
        page = old.add_sheet("名单")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                page.write(number, column, value)
        old.save(buffer)
    options = {"header": ("姓名",), "labels": ("出境日期",), "dates": frozenset({"出生日期", "出境日期"})}
    found = good(records("sheet", buffer.getvalue(), **options))
    assert [row["出生日期"] for row in found] == [42951.0, "1985-07-08", 20170804.0]
    assert (found[0]["出境日期"], found[0]["人数"]) == (42951.0, 41489.0)


def test_a_mapping_tells_which_columns_are_days() -> None:
    read = load(ROOT / "shanhai" / "roster.yaml").read
    assert {"出境日期", "入境日期", "出生日期", "发证日期", "护照有效期"} == read.dates
    assert {"出境日期", "线路"} <= set(read.shared)
    assert "姓名" not in read.shared
    assert {"姓名", "线路"} <= read.known
