"""Tables that are not what they are called."""

from __future__ import annotations

import io
import zipfile

import pytest

from adapters.errors import Unreadable
from tests.unit.adapters.helpers import codes, good, notes, old_workbook, open_workbook, records, workbook

HEADER = ("姓名", "护照号码")
ROWS = [["名单"], [*HEADER, "备注"], ["张三", "E12345678", "x"], ["李四", "E12345679"]]
PEOPLE = [("张三", "E12345678"), ("李四", "E12345679")]
HTML = (
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{0}"></head><body><table border=1>'
    "<tr><th colspan=3>名单<tr><td>姓&nbsp;名</td><td>护照号码<br></td><td>备注</td></tr>"
    "<tr><td>张三<td>E12345678<td rowspan=2>x</tr><tr><td><b>李</b>四</td><td> E12345679</td></tr></table>"
    "<script>var a = '<td>'</script></body></html>"
)
XML_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="隐藏"><Table><Row><Cell><Data ss:Type="String">姓名</Data></Cell></Row></Table>
<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible>
</WorksheetOptions></Worksheet>
<Worksheet ss:Name="名单"><Table>
<Row ss:Index="2"><Cell><Data ss:Type="String">姓名</Data></Cell><Cell><Data ss:Type="String">护照号码</Data></Cell>
<Cell><Data ss:Type="String">备注</Data></Cell><Cell><Data ss:Type="String">日期</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">张三</Data></Cell><Cell><Data ss:Type="String">E12345678</Data></Cell>
<Cell ss:MergeDown="1"><Data ss:Type="String">x</Data></Cell><Cell><Data ss:Type="Error">#N/A</Data></Cell></Row>
<Row ss:Hidden="1"><Cell><Data ss:Type="String">李四</Data></Cell><Cell><Data ss:Type="String">E12345679</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="DateTime">2026-11-02T00:00:00.000</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def text(delimiter: str, codec: str = "utf-8") -> bytes:
    return "\n".join(delimiter.join(row) for row in ROWS).encode(codec)


@pytest.mark.parametrize("format_", ["sheet", "delimited"])
@pytest.mark.parametrize(
    "raw",
    [
        workbook(ROWS),
        old_workbook(ROWS),
        open_workbook(ROWS),
        text("\t", "gb18030"),
        text(",", "utf-8-sig"),
        text("\t", "utf-16"),
        HTML.format("gb2312").encode("gb18030"),
        HTML.format("utf-8").encode("utf-8-sig"),
        XML_2003.encode(),
    ],
    ids=["xlsx", "xls", "ods", "tsv", "csv", "utf16", "html-gbk", "html", "xml2003"],
)
def test_a_table_is_read_as_what_it_is(format_: str, raw: bytes) -> None:
    found = good(records(format_, raw, header=HEADER))
    assert [(row["姓名"], row["护照号码"]) for row in found] == PEOPLE


def test_cells_that_reach_down_hold_for_the_rows_below() -> None:
    for raw in (HTML.format("utf-8").encode(), XML_2003.encode()):
        assert [row["备注"] for row in good(records("sheet", raw, header=HEADER))] == ["x", "x"]


def test_a_sheet_of_2003_has_its_dates_errors_places_and_hidden_rows() -> None:
    first, second = records("sheet", XML_2003.encode(), header=HEADER)
    assert (first.data["日期"], second.data["日期"]) == ("#N/A", "2026-11-02")  # type: ignore[union-attr]
    assert second.locate(("日期",)) == "名单!D4"  # type: ignore[union-attr]
    (told,) = notes("sheet", XML_2003.encode(), header=HEADER)
    assert told.reason.zh == "第 4 行是隐藏行，已照常读取"


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def _locked_xls() -> bytes:
    """Its first record after BOF, the interface's code page, made a FilePass."""
    raw = bytearray(old_workbook(ROWS))
    at = raw.index(b"\x09\x08\x10\x00") + 20
    raw[at : at + 2] = b"\x2f\x00"
    return bytes(raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (_zip(**{"xl__workbook.bin": b"x"}), "FORMAT-048"),
        (b'<?xml version="1.0"?><office:document office:mimetype="..."/>', "FORMAT-048"),
        (_zip(**{"META-INF__manifest.xml": b"<manifest:encryption-data/>", "content.xml": b"x"}), "FORMAT-043"),
        (_locked_xls(), "FORMAT-043"),
        (b"\x1f\x8b\x08\x00compressed", "FORMAT-040"),
        (b"%PDF-1.4\n\x01\x02\x03", "FORMAT-040"),
        (b"<html><body><p>x</p></body></html>", "FORMAT-042"),
    ],
    ids=["xlsb", "fods", "locked-ods", "locked-xls", "gzip", "pdf", "no-table"],
)
def test_what_is_no_table_of_ours_is_refused_by_name(raw: bytes, code: str) -> None:
    with pytest.raises(Unreadable, match=code):
        records("sheet", raw, header=HEADER)


def test_one_blank_in_the_last_corner_makes_no_large_sheet() -> None:
    raw = workbook([list(HEADER), ["张三", "E12345678"]])
    corner = b'<row r="1048576"><c r="XFD1048576"/></row></sheetData>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", corner))
    assert len(good(records("sheet", buffer.getvalue(), header=HEADER))) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_the_delimiter_is_the_one_that_gives_the_headings(delimiter: str) -> None:
    other = ";" if delimiter == "," else ","
    lines = [delimiter.join(HEADER), *(delimiter.join([f"甲{other}乙{other}丙", f"E{number}"]) for number in range(9))]
    found = records("delimited", "\n".join(lines).encode(), header=HEADER)
    assert (codes(found), len(good(found))) == ([], 9)


@pytest.mark.parametrize(
    "rows",
    ["<tr><td colspan=1024>a" * 3000, "<tr><td>a" * 100_001, "<tr>" + "<td>a" * 1025],
    ids=["spans", "rows", "columns"],
)
def test_more_cells_than_a_table_may_have_are_refused(rows: str) -> None:
    with pytest.raises(Unreadable) as refused:
        records("sheet", f"<table><tr><td>姓名<td>护照号码{rows}</table>".encode(), header=HEADER)
    assert refused.value.finding.code == "FORMAT-004"


def test_what_a_browser_shows_apart_is_apart() -> None:
    cells = "<tr><td>张三<br>李四<td colspan=0>E1<td>x"
    (row,) = good(records("sheet", f"<table><tr><td>姓名<td>护照号码<td>备注{cells}</table>".encode(), header=HEADER))
    assert (row["姓名"], row["护照号码"]) == ("张三 李四", "E1")
