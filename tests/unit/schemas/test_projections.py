"""The same schema in other clothes: workbooks and reference pages."""

from __future__ import annotations

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from schemas import samples
from schemas.catalog import kind, kinds
from schemas.projections.layout import (
    EXAMPLE_KEY,
    FIRST_DATA_ROW,
    HEADING_ROW,
    LIST_SEPARATOR,
    MACHINE_ROW,
    Role,
    template_layout,
)
from schemas.projections.spreadsheet import write_template

ALL = [each.id for each in kinds()]


@pytest.mark.parametrize("kind_id", ALL)
def test_every_leaf_has_exactly_one_column(kind_id):
    columns = [column for sheet in template_layout(kind_id).sheets for column in sheet.columns]
    paths = [column.path for column in columns if column.role is Role.FIELD]
    expected = {field.path for field in kind(kind_id).fields() if field.is_leaf} - {template_layout(kind_id).key}
    assert sorted(paths) == sorted(expected)


@pytest.mark.parametrize("kind_id", ALL)
def test_a_template_says_in_its_hidden_row_what_each_column_is(kind_id, tmp_path):
    write_template(kind_id, tmp_path / "t.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "t.xlsx")
    for sheet in template_layout(kind_id).sheets:
        rows = book.get_sheet_by_name(sheet.name).to_python()
        assert rows[MACHINE_ROW] == [f"{kind_id}#{column.path}" for column in sheet.columns]
        assert rows[FIRST_DATA_ROW][0] == EXAMPLE_KEY
        assert len(rows) == FIRST_DATA_ROW + 1
    assert book.sheet_names[-2:] == ["说明", "代码表"]


@pytest.mark.parametrize("kind_id", ALL)
def test_a_template_is_the_same_file_every_time(kind_id, tmp_path):
    write_template(kind_id, tmp_path / "a.xlsx")
    write_template(kind_id, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_only_what_a_row_cannot_do_without_is_marked_required():
    main, *_ = template_layout("roster.v1").sheets
    required = {column.path for column in main.columns if column.is_required}
    assert {"/group_no", "/roster_type", "/agency/name", "/total_count"} <= required
    assert "/leader/name" not in required


@pytest.mark.parametrize(
    ("kind_id", "body"), [("contract.v1", samples.contract(7)), ("roster.v1", samples.roster(7, travellers=3))]
)
def test_a_filled_template_holds_every_value_of_the_record(kind_id, body, tmp_path):
    path = tmp_path / "filled.xlsx"
    fill(path, kind_id, body)
    found = {}
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        machine, _, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for row, values in enumerate(rows):
            cells = zip(machine, values, strict=True)
            found |= {(name, row, path.partition("#")[2]): value for path, value in cells if value != ""}
    values = [value for (_, _, path), value in found.items() if path != template_layout(kind_id).key]
    parent_rows = [value for (_, _, path), value in found.items() if path.endswith("/*") and isinstance(value, float)]
    assert len(values) - len(parent_rows) == len(list(leaves(body))) - 1
    assert found["旅游者", 2, "/travellers/*/document/number"] == body["travellers"][2]["document"]["number"]
    assert found["旅游者", 1, "/travellers/*/seq_no"] == 2


def fill(path, kind_id, body):
    """Fill in a workbook as a person would: one row a record, one row an item, each led by the record's key."""
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        for sheet in template_layout(kind_id).sheets:
            page = book.add_worksheet(sheet.name)
            page.write_row(MACHINE_ROW, 0, [column.machine_name(kind_id) for column in sheet.columns])
            page.write_row(HEADING_ROW, 0, [column.title.zh for column in sheet.columns])
            for row, (number, item) in enumerate(items(sheet, body), FIRST_DATA_ROW):
                page.write_row(row, 0, [cell(sheet, column, body, number, item) for column in sheet.columns])


def items(sheet, body):
    """What the rows of a sheet describe, each with the row of its enclosing item."""
    outer, nested, inner = sheet.path.rpartition("/*/")
    if not sheet.path:
        return [(None, body)]
    if nested:
        return [(row, each) for row, item in enumerate(at(body, outer) or (), 1) for each in item.get(inner, ())]
    return [(None, each) for each in at(body, sheet.path) or ()]


def cell(sheet, column, body, number, item):
    if column.role is Role.KEY:
        return at(body, column.path)
    if column.role is Role.PARENT_ROW:
        return number
    value = at(item, column.path.removeprefix(f"{sheet.path}/*" if sheet.path else "").removesuffix("/*"))
    return LIST_SEPARATOR.join(value) if column.is_list and value else value


def at(node, pointer):
    for step in pointer.strip("/").split("/"):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def leaves(node):
    """Every value that has a cell of its own; a list of scalars is one."""
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list) and isinstance(node[0], dict):
        for value in node:
            yield from leaves(value)
    else:
        yield node
