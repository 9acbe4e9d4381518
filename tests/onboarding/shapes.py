"""Partner shapes and their truth: what each source field of a sample means, or that it means nothing of ours.

A shape is a folder of one of the `PARTS` under `shapes` with a sample and `truth.json`: the kind, and for each source
field its target, several that would do parted by `|`, or null. Workbooks lie there as JSON and are written in their
format when they are needed. Whoever wrote those of `strangers` has seen neither the drafting nor its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

SHAPES = Path(__file__).parent / "shapes"
PARTS = ("learn", "check", "held", "strangers")


@dataclass(frozen=True)
class Shape:
    """A sample with what a person says of it."""

    part: str
    name: str
    folder: Path
    kind: str
    fields: Mapping[str, tuple[str | None, ...]]
    target: str | None

    @property
    def wsdl(self) -> Path | None:
        return next(iter(self.folder.glob("*.wsdl")), None)

    def sample(self, room: Path) -> Path:
        """The sample as a file; a workbook is written into `room`."""
        described = self.folder / "workbook.json"
        if not described.exists():
            return next(file for file in sorted(self.folder.iterdir()) if file.stem == "sample")
        return written(json.loads(described.read_text("utf-8")), room / f"{self.name}")


def shapes(part: str) -> list[Shape]:
    return [_shape(part, folder) for folder in sorted((SHAPES / part).iterdir())]


def _shape(part: str, folder: Path) -> Shape:
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    fields = {source: _targets(target) for source, target in truth["fields"].items()}
    return Shape(part, folder.name, folder, truth["kind"], fields, truth.get("target"))


def _targets(said: str | None) -> tuple[str | None, ...]:
    return (None,) if said is None else tuple(each or None for each in said.split("|"))


def same_place(path: str) -> str:
    """A path as it is compared: the only item of a list may be written as an object."""
    return path.replace("/", ".")


def written(book: Mapping[str, Any], stem: Path) -> Path:
    """A workbook in its format."""
    file = stem.with_suffix(f".{book['format']}")
    {"xlsx": _xlsx, "xls": _xls, "ods": _ods}[book["format"]](book["sheets"], file)
    return file


def _xlsx(sheets: list[dict[str, Any]], file: Path) -> None:
    with xlsxwriter.Workbook(str(file)) as book:
        for sheet in sheets:
            page = book.add_worksheet(sheet["name"])
            for row, cells in enumerate(sheet["rows"]):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        page.write(row, column, cell)


def _xls(sheets: list[dict[str, Any]], file: Path) -> None:
    import xlwt

    book = xlwt.Workbook()
    for sheet in sheets:
        page = book.add_sheet(sheet["name"])
        for row, cells in enumerate(sheet["rows"]):
            for column, cell in enumerate(cells):
                if cell is not None:
                    page.write(row, column, cell)
    book.save(str(file))


def _ods(sheets: list[dict[str, Any]], file: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    for sheet in sheets:
        table = Table(name=sheet["name"])
        for cells in sheet["rows"]:
            row = TableRow()
            for cell in cells:
                is_number = isinstance(cell, (int, float))
                kind = {"valuetype": "float", "value": cell} if is_number else {"valuetype": "string"}
                place = TableCell() if cell in (None, "") else TableCell(**kind)
                if cell not in (None, ""):
                    place.addElement(P(text=str(cell)))
                row.addElement(place)
            table.addElement(row)
        book.spreadsheet.addElement(table)
    book.save(str(file))
