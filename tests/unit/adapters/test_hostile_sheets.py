"""Small spreadsheets that unfold to much: they cost what they weigh, and are refused by name."""

from __future__ import annotations

import io
import resource
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.enclosure import Enclosure
from adapters.errors import Unreadable
from adapters.formats.options import Read
from adapters.formats.sheet import LARGE_BYTES, read, sheets

WORKER = Path(__file__).parents[3] / "adapters" / "formats" / "sheet_worker.py"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def archive(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return buffer.getvalue()


def xlsx(rows: str, shared: str = "") -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    related = "http://schemas.openxmlformats.org/package/2006/relationships"
    return archive(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="xml" ContentType="{kind}.sheet.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{related}"><Relationship Id="a" Target="xl/workbook.xml"'
            f' Type="{RELATIONS}/officeDocument"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="b"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{related}"><Relationship Id="b"'
            f' Target="worksheets/sheet1.xml" Type="{RELATIONS}/worksheet"/><Relationship Id="c"'
            f' Target="sharedStrings.xml" Type="{RELATIONS}/sharedStrings"/></Relationships>',
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{shared}</t></si></sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def ods(row: str, cell: str, text: str = "x") -> bytes:
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{ODF}:manifest:1.0"/>',
            "content.xml": f'<o:document-content xmlns:o="{ODF}:office:1.0" xmlns:t="{ODF}:table:1.0"'
            f' xmlns:x="{ODF}:text:1.0"><o:body><o:spreadsheet><t:table t:name="S"><t:table-row {row}>'
            f"<t:table-cell {cell}"
            f' o:value-type="string"><x:p>{text}</x:p></t:table-cell></t:table-row></t:table></o:spreadsheet></o:body>'
            "</o:document-content>",
        }
    )


def shared(length: int, count: int) -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, count + 1))
    return xlsx(rows, "字" * length)


def wide(count: int) -> bytes:
    rows = (f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, count + 1))
    return xlsx("".join(rows))


REFUSED: dict[str, Callable[[], bytes]] = {
    "wide rows": lambda: wide(3_000),
    "one text in many cells": lambda: shared(32_000, 14_000),
    "repeated rows": lambda: ods('t:number-rows-repeated="1048576"', "", "x" * 400),
    "repeated rows of repeated cells": lambda: ods(
        't:number-rows-repeated="1048576"', 't:number-columns-repeated="16384"'
    ),
    "repeated beyond any sheet": lambda: ods('t:number-rows-repeated="99999999999"', ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_small_file_cannot_mean_is_refused(name: str) -> None:
    raw = REFUSED[name]()
    assert len(raw) < 100_000
    with pytest.raises(Unreadable) as refused:
        list(read(raw, Read(format="sheet", header=("姓名",), columns=("姓名",))))
    assert refused.value.finding.code in ("FORMAT-044", "FORMAT-042")


@pytest.mark.parametrize("name", REFUSED)
def test_the_worker_costs_little(name: str, tmp_path: Path) -> None:
    file = tmp_path / "sheet"
    file.write_bytes(REFUSED[name]())
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with file.open("rb") as source:
        command = Enclosure(WORKER, memory=512 << 20, seconds=60).command(str(LARGE_BYTES))
        subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 2


def test_a_text_that_no_cell_may_hold_is_cut(tmp_path: Path) -> None:
    with sheets(shared(200_000, 300)) as found:
        lengths = {len(cells[0]) for _, rows in found for _, cells in rows}  # type: ignore[arg-type, index]
    assert lengths == {32_768}


def test_a_wide_row_alone_is_read() -> None:
    with sheets(wide(20)) as found:
        assert [len(cells) for _, rows in found for _, cells in rows] == [16_384] * 20  # type: ignore[arg-type]
