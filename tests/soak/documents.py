"""Large documents of one contract a row, written row by row, in each format; and connectors that read them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter

from schemas.samples import contract, resident_id

MAPPINGS = Path(__file__).parents[2] / "mappings"
_PEOPLE = [resident_id(index) for index in range(5000)]
_COLUMNS = (
    "合同号", "合同类型", "旅行社", "许可证号", "团号", "线路", "出发日期", "返回日期", "人数", "总价",
    "序号", "姓名", "性别", "签约人", "证件类型", "证件号码",
)  # fmt: skip


def row(number: int) -> list[Any]:
    """One contract of one traveller."""
    person = _PEOPLE[number % len(_PEOPLE)]
    return [
        f"SK-{number:08}", "国内", "上海示例旅行社有限公司", "L-SH-00321", "SH-01", "黄山三日游",
        "2017/8/4", "2017/8/6",
        1, f"{3000 + number % 1000}.00", 1, "欧阳样本", "男" if int(person[16]) % 2 else "女", "是", "身份证", person,
    ]  # fmt: skip


def write_csv(file: Path, rows: int) -> None:
    with file.open("w", encoding="gb18030", newline="") as out:
        out.write(",".join(_COLUMNS) + "\r\n")
        out.writelines(",".join(map(str, row(number))) + "\r\n" for number in range(rows))


def write_xlsx(file: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    page = book.add_worksheet("合同")
    page.write_row(0, 0, _COLUMNS)
    for number in range(rows):
        page.write_row(number + 1, 0, row(number))
    book.close()


def write_xml(file: Path, rows: int) -> None:
    """As the partner huaxia writes them: the first contract of its golden example, under other numbers."""
    text = (MAPPINGS / "huaxia" / "examples" / "contracts.xml").read_bytes().decode("gb18030")
    start, end = text.index("<合同 编号"), text.index("</合同>") + len("</合同>")
    before, _, after = text[start:end].partition("HX-0001")
    with file.open("w", encoding="gb18030") as out:
        out.write(text[:start])
        out.writelines(f"{before}SK-{number:08}{after}\n" for number in range(rows))
        out.write("</合同列表>\n")


def write_ndjson(file: Path, rows: int) -> None:
    with file.open("wb") as out:
        out.writelines(_lines(rows))


def _lines(rows: int) -> Iterator[bytes]:
    body = contract(1, travellers=1)
    for number in range(rows):
        yield orjson.dumps({**body, "business_no": f"SK-{number:08}"}) + b"\n"


WRITERS = {
    "csv": (write_csv, "laoqiao"),
    "xlsx": (write_xlsx, "soak_sheet"),
    "xml": (write_xml, "huaxia"),
    "ndjson": (write_ndjson, None),
}
"""By format: what writes a document, and the connector that reads it (None: canonical)."""


def connectors(folder: Path) -> Path:
    """The partner folders, with one more that reads the columns of the CSV from a sheet."""
    shutil.copytree(MAPPINGS, folder, dirs_exist_ok=True)
    sheet = shutil.copytree(MAPPINGS / "laoqiao", folder / "soak_sheet")
    for name, old, new in (
        ("connector.yaml", "connector: laoqiao", "connector: soak_sheet"),
        ("contract.yaml", "format: delimited", "format: sheet"),
    ):
        text = (sheet / name).read_text("utf-8")
        (sheet / name).write_text(text.replace(old, new), "utf-8")
    return folder
