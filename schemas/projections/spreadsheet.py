"""The spreadsheet form of a kind: what an agency downloads, fills in and uploads with no mapping at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from schemas.catalog import kind
from schemas.codelists import codelist
from schemas.projections.layout import (
    FIRST_DATA_ROW,
    HEADING_ROW,
    HELP_SHEET,
    LIST_SEPARATOR,
    MACHINE_ROW,
    NO,
    YES,
    Column,
    Layout,
    Role,
    Sheet,
    example_of,
    template_layout,
)

_ROWS = 2000
_CODES_SHEET = "代码表"
_LONGEST_DROP_DOWN = 400
_HELP = (
    "一行填一条记录；明细写在各自的工作表中，每行第一列填所属记录的编号。",
    "标 * 的列必填。灰色示例行导入时忽略，可以删除；不要改动隐藏的第一行。",
    "证件号码、电话等列已设为文本，请勿改为数字，否则末位会丢失。日期按 YYYY-MM-DD 填写。",
    f"一格填多个值时用“{LIST_SEPARATOR}”分隔。有下拉列表的列从列表中选择。",
    "One row a record; details go to their own sheets, led by the record's number. Columns marked * are required.",
)


def write_template(kind_id: str, path: Path | str) -> None:
    """Write the empty workbook of a kind (.xlsx) to `path`. The same kind always gives the same sheets."""
    layout = template_layout(kind_id)
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        # A fixed creation time keeps the file identical from run to run.
        book.set_properties({"title": kind(kind_id).title("").zh, "created": datetime(2017, 8, 4)})
        writer = _Writer(book, layout)
        for sheet in layout.sheets:
            writer.write_sheet(sheet)
        writer.write_help()
        writer.write_codes()


class _Writer:
    """The workbook under construction, with its formats and the code lists that drop-downs have asked for."""

    def __init__(self, book: xlsxwriter.Workbook, layout: Layout) -> None:
        self._book = book
        self._layout = layout
        self._lists: dict[str, int] = {}
        self._formats: dict[str, Format] = {
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "0"}),
            "heading": book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True}),
            "required": book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True}),
            "example": book.add_format({"font_color": "#808080", "italic": True, "num_format": "@"}),
            "example_date": book.add_format({"font_color": "#808080", "italic": True, "num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }

    def write_sheet(self, sheet: Sheet) -> None:
        page = self._book.add_worksheet(sheet.name)
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, max(12, 2 * len(column.title.zh) + 4), self._formats[_cell_format(column)])
            page.write_string(MACHINE_ROW, index, column.machine_name(self._layout.kind_id))
            style = self._formats["required" if column.is_required else "heading"]
            page.write_string(HEADING_ROW, index, column.title.zh + (" *" if column.is_required else ""), style)
            self._write_example(page, index, column)
            self._restrict(page, index, column)
        page.set_row(MACHINE_ROW, None, None, {"hidden": True})
        page.freeze_panes(FIRST_DATA_ROW, 1)

    def write_help(self) -> None:
        page = self._book.add_worksheet(HELP_SHEET)
        page.set_column(0, 1, 24, self._formats["wrap"])
        page.set_column(2, 2, 8)
        page.set_column(3, 4, 48, self._formats["wrap"])
        page.set_column(5, 5, 28, self._formats["wrap"])
        for row, line in enumerate(_HELP):
            page.merge_range(row, 0, row, 5, line, self._formats["wrap"])
        first = len(_HELP) + 1
        for index, words in enumerate(("工作表", "列", "必填", "说明", "Meaning", "示例")):
            page.write_string(first, index, words, self._formats["heading"])
        lines = [(sheet, column) for sheet in self._layout.sheets for column in sheet.columns]
        for row, (sheet, column) in enumerate(lines, first + 1):
            for index, words in enumerate(_help_line(sheet, column)):
                page.write_string(row, index, words, self._formats["wrap"])

    def write_codes(self) -> None:
        """The words of every drop-down, one list a column, on a sheet that people need not see."""
        page = self._book.add_worksheet(_CODES_SHEET)
        for name, index in self._lists.items():
            page.write_string(0, index, name)
            for row, code in enumerate(codelist(name), 1):
                page.write_string(row, index, codelist(name)[code].zh)
        page.hide()

    def _write_example(self, page: Worksheet, index: int, column: Column) -> None:
        value = example_of(column)
        if isinstance(value, datetime):
            page.write_datetime(FIRST_DATA_ROW, index, value, self._formats["example_date"])
        elif isinstance(value, int):
            page.write_number(FIRST_DATA_ROW, index, value, self._formats["example"])
        else:
            page.write_string(FIRST_DATA_ROW, index, value, self._formats["example"])

    def _restrict(self, page: Worksheet, index: int, column: Column) -> None:
        """Drop-downs and input checks; open lists and lists in one cell only suggest."""
        rule = self._validation(column)
        if rule is not None:
            page.data_validation(FIRST_DATA_ROW, index, FIRST_DATA_ROW + _ROWS, index, rule)

    def _validation(self, column: Column) -> dict[str, object] | None:
        field = column.field
        if column.type == "boolean":
            return {"validate": "list", "source": [YES, NO]}
        if field is None or column.is_list:
            return None
        if field.codelist and len(codelist(field.codelist)) <= _LONGEST_DROP_DOWN:
            error_type = "information" if field.is_open_list else "stop"
            return {"validate": "list", "source": self._range_of(field.codelist), "error_type": error_type}
        if field.format == "date":
            return {"validate": "date", "criteria": ">=", "value": datetime(1900, 1, 1), "error_message": "请填写日期"}
        return None

    def _range_of(self, name: str) -> str:
        index = self._lists.setdefault(name, len(self._lists))
        letter = xl_col_to_name(index, True)
        return f"='{_CODES_SHEET}'!{letter}$2:{letter}${len(codelist(name)) + 1}"


def _cell_format(column: Column) -> str:
    if column.field is not None and column.field.format == "date":
        return "date"
    return "number" if column.type == "integer" else "text"


def _help_line(sheet: Sheet, column: Column) -> tuple[str, ...]:
    example = column.field.example if column.role is Role.KEY and column.field else example_of(column)
    required = "是" if column.is_required else ""
    if column.field is None:
        meaning = ("所属明细在该记录中的第几行，从 1 起", "Row of the enclosing item within its record, from 1")
    else:
        meaning = column.field.description
    return (sheet.name, column.title.zh, required, *meaning, str(example))
