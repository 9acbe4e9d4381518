from __future__ import annotations

import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from adapters.canonical import builtin, canonical, template
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.reading import read
from schemas import samples
from schemas.projections.layout import EXAMPLE_KEY, Layout, Sheet, template_layout
from schemas.projections.spreadsheet import write_template


def values(node: Any, path: str) -> Any:
    for step in path.strip("/").split("/"):
        node = node.get(step) if isinstance(node, dict) else None
    return node


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


def _items(body: dict[str, Any], path: str) -> list[tuple[list[int], Any]]:
    if not path:
        return [([], body)]
    outer, _, last = path.rpartition("/*/")
    if not outer:
        return [([], item) for item in values(body, path) or []]
    parents = values(body, outer) or []
    return [([number], item) for number, parent in enumerate(parents, 1) for item in values(parent, last) or []]


def filled(kind_id: str, bodies: list[dict[str, Any]], **extra: list[list[Any]]) -> bytes:
    layout, buffer = template_layout(kind_id), io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for sheet in layout.sheets:
            page = book.add_worksheet(sheet.name)
            page.write_row(0, 0, [column.machine_name(kind_id) for column in sheet.columns])
            page.write_row(1, 0, [column.title.zh for column in sheet.columns])
            page.write_row(2, 0, [EXAMPLE_KEY])
            page.set_row(0, None, None, {"hidden": True})
            for number, row in enumerate(rows_of(sheet, layout, bodies) + extra.get(sheet.name, []), 3):
                page.write_row(number, 0, row)
    return buffer.getvalue()


def outcomes(kind_id: str, raw: bytes) -> list[Outcome]:
    return list(read(raw, builtin(kind_id, raw), today=samples.CHECKED_ON))


@pytest.mark.parametrize(
    ("kind_id", "bodies"),
    [
        ("contract.v1", [samples.contract(1), samples.contract(2)]),
        ("roster.v1", [samples.roster(1, 4), samples.roster(2, 3)]),
    ],
)
def test_a_filled_template_gives_back_what_was_typed(kind_id: str, bodies: list[dict[str, Any]]) -> None:
    found = outcomes(kind_id, filled(kind_id, bodies))
    assert all(isinstance(outcome, CanonicalRecord) for outcome in found), found
    plain = json.loads(unicodedata.normalize("NFKC", json.dumps(bodies, ensure_ascii=False)))
    assert [outcome.body for outcome in found] == plain


def test_an_empty_template_holds_no_records(tmp_path: Path) -> None:
    write_template("contract.v1", tmp_path / "empty.xlsx")
    assert outcomes("contract.v1", (tmp_path / "empty.xlsx").read_bytes()) == []


def test_findings_name_the_cell() -> None:
    body = samples.contract(1)
    body["travellers"][1]["document"]["number"] = 1.10105e17
    (found,) = outcomes("contract.v1", filled("contract.v1", [body]))
    assert isinstance(found, Rejection)
    (lost,) = [finding for finding in found.findings if finding.code == "MAP-040"]
    assert lost.locator.startswith("旅游者!")
    assert lost.locator.endswith("5")


def test_rows_that_belong_to_no_record_are_rejected_alone() -> None:
    raw = filled("contract.v1", [samples.contract(1)], 旅游者=[["NOWHERE", 1, "张三"]])
    good, bad = outcomes("contract.v1", raw)
    assert isinstance(good, CanonicalRecord)
    assert isinstance(bad, Rejection)
    assert bad.findings[0].code == "FORMAT-046"


def test_a_template_of_another_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="FORMAT-030"):
        outcomes("roster.v1", filled("contract.v1", [samples.contract(1)]))


def test_json_is_canonical_and_a_workbook_is_a_template() -> None:
    assert builtin("contract.v1", b"{}") is canonical("contract.v1")
    assert builtin("contract.v1", b"PK\x03\x04...") is template("contract.v1")
