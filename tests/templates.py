"""Filled template workbooks, as agencies upload them."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from schemas.projections.layout import EXAMPLE_KEY, Layout, Sheet, template_layout


def filled(kind_id: str, bodies: list[dict[str, Any]], *, since_1904: bool = False, **extra: list[list[Any]]) -> bytes:
    """The workbook of a kind with these records typed in; `extra` are further rows by sheet."""
    layout, buffer = template_layout(kind_id), io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": since_1904}) as book:
        for sheet in layout.sheets:
            page = book.add_worksheet(sheet.name)
            page.write_row(0, 0, [column.machine_name(kind_id) for column in sheet.columns])
            page.write_row(1, 0, [column.title.zh for column in sheet.columns])
            page.write_row(2, 0, [EXAMPLE_KEY])
            page.set_row(0, None, None, {"hidden": True})
            for number, row in enumerate(rows_of(sheet, layout, bodies) + extra.get(sheet.name, []), 3):
                page.write_row(number, 0, row)
    return buffer.getvalue()


def rows_of(sheet: Sheet, layout: Layout, bodies: list[dict[str, Any]]) -> list[list[Any]]:
    """What a person would type on one sheet."""
    found: list[list[Any]] = []
    for body in bodies:
        key = values(body, layout.key)
        for parents, item in _items(body, sheet.path):
            cells = []
            for column in sheet.columns:
                prefix = f"{sheet.path}/*" if sheet.path else ""
                value = values(item, column.path.removeprefix(prefix).removesuffix("/*"))
                cell = "；".join(value) if isinstance(value, list) else value
                cells.append({"key": key, "parent_row": parents[-1] if parents else None}.get(column.role.value, cell))
            found.append(["是" if cell is True else "否" if cell is False else cell for cell in cells])
    return found


def values(node: Any, path: str) -> Any:
    """What stands at a path of objects, None when nothing does."""
    for step in path.strip("/").split("/"):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _items(body: dict[str, Any], path: str) -> list[tuple[list[int], Any]]:
    if not path:
        return [([], body)]
    outer, _, last = path.rpartition("/*/")
    if not outer:
        return [([], item) for item in values(body, path) or []]
    parents = values(body, outer) or []
    return [([number], item) for number, parent in enumerate(parents, 1) for item in values(parent, last) or []]
