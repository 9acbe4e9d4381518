"""Golden examples: the sample itself, shorter, with made-up people in place of the real ones."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.drafting.assignment import Assignment
from adapters.drafting.evidence import profile, text_of
from adapters.drafting.people import MadeUp, personal_look
from adapters.drafting.samples import Layout
from adapters.drafting.sources import Source, is_blank
from adapters.drafting.words import is_of_the_trade
from adapters.errors import Fatal, Unreadable
from adapters.formats import charset, strict_json, xml
from schemas.findings import Text

MOST_RECORDS = 20
MOST_ROWS = 60
_PERSONAL = frozenset({"name", "id_number", "phone", "email", "address", "health", "birth"})
_HAN = re.compile(r"[\u3400-\u9fff]")
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""When workbooks say that they were made: the same sample always gives the same bytes."""
_WORDS = "words"
_PLACE = "birth_place"
_SIDES = {"surname": ("赵", "ZHAO"), "given": ("示例", "SHILI")}


class Examples:
    """Writes the examples of one kind; `made` knows the people of all of them."""

    def __init__(self, found: Assignment, made: MadeUp) -> None:
        self._classes = {_plain(source.path): _class_of(source, found) for source in found.sources}
        self._classes |= _classes_of_sides(found)
        self._made = made
        for source in found.sources:
            personal = self._classes[_plain(source.path)]
            for value in source.values if personal and personal in _PERSONAL else ():
                if isinstance(value, (str, int, float)):
                    self._replaced(value, personal or "")

    def of(self, file: Path, layout: Layout) -> tuple[str, bytes]:
        """(suffix, document) of the example of a sample. Raises Fatal when somebody real would stand in it."""
        form = layout.read["format"]
        if form == "json":
            return ".json", self._json(file, layout)
        if form == "xml":
            return ".xml", self._xml(file, layout)
        rows = self._rows(layout)
        if form == "sheet":
            return ".xlsx", _workbook(rows, layout.read.get("sheet"))
        return ".csv", _delimited(rows, file)

    # JSON

    def _json(self, file: Path, layout: Layout) -> bytes:
        raw = file.read_bytes()
        try:
            tree = strict_json.loads(raw)
        except Unreadable:  # an object a line
            lines = [line for line in charset.decode(raw).splitlines() if line.strip()]
            made = [orjson.dumps(self._node(strict_json.loads(line.encode()), ())) for line in lines[:MOST_RECORDS]]
            return b"\n".join(made) + b"\n"
        steps = () if layout.read["records"] == "$" else tuple(layout.read["records"].split("."))
        return orjson.dumps(self._around(tree, steps), option=orjson.OPT_INDENT_2) + b"\n"

    def _around(self, node: Any, steps: tuple[str, ...]) -> Any:
        """What is wrapped around the records, and these."""
        if not steps:
            return self._records(node)
        if not isinstance(node, Mapping):
            return self._outside(node)
        first, *rest = steps
        return {
            name: self._around(child, tuple(rest)) if name == first else self._outside(child)
            for name, child in node.items()
        }

    def _records(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._node(item, ()) for item in _enough(node)]
        return self._node(node, ())

    def _node(self, node: Any, steps: tuple[str, ...]) -> Any:
        if isinstance(node, Mapping):
            return {name: self._node(child, (*steps, str(name))) for name, child in node.items()}
        if isinstance(node, list):
            return [self._node(item, steps) for item in node]
        return self._value(node, self._classes.get(".".join(steps)))

    def _outside(self, node: Any) -> Any:
        if isinstance(node, Mapping):
            return {name: self._outside(child) for name, child in node.items()}
        if isinstance(node, list):
            return [self._outside(item) for item in node]
        return self._value(node, self._look(node))

    # XML

    def _xml(self, file: Path, layout: Layout) -> bytes:
        root = xml.parse(file.read_bytes())
        self._element(root, None, layout.read["records"])
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"

    def _element(self, element: Any, steps: tuple[str, ...] | None, record: str) -> None:
        """Replace what an element holds; `steps` are None outside of the records."""
        name = etree.QName(element).localname
        if steps is None and name == record:
            steps = ()
        elif steps is not None:
            steps = (*steps, name)
        for attribute, value in element.attrib.items():
            if not attribute.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
                own = f"@{attribute.rpartition('}')[2]}"
                element.set(attribute, str(self._at(value, None if steps is None else (*steps, own))))
        if element.text and element.text.strip():
            own = steps
            if steps is not None and element.attrib and not len(element) and steps:
                own = (*steps, "#text")
            element.text = str(self._at(element.text.strip(), own))
        for child in element:
            self._element(child, steps, record)

    def _at(self, value: str, steps: tuple[str, ...] | None) -> Any:
        return self._value(value, self._look(value) if steps is None else self._classes.get(".".join(steps)))

    # Tables

    def _rows(self, layout: Layout) -> list[list[Any]]:
        first = layout.start + int(layout.read.get("header_rows", "1")) if layout.has_headings else 0
        places = list(layout.columns)
        names = _by_place(layout, first)
        rows: list[list[Any]] = []
        for at, row in enumerate(layout.rows[: first + MOST_ROWS]):
            if at < layout.start and layout.has_headings:
                rows.append([self._label(cell) for cell in row])
            elif at < first:
                rows.append(list(row))
            else:
                rows.append(
                    [
                        self._cell(cell, names[place] if place < len(names) else "", places)
                        for place, cell in enumerate(row)
                    ]
                )
        return rows

    def _cell(self, cell: Any, column: str, columns: Sequence[str]) -> Any:
        return self._value(cell, self._classes.get(_plain(column)) if column in columns else self._look(cell))

    def _label(self, cell: Any) -> Any:
        """A cell above the headings: a label stays, with a value behind it only that is replaced."""
        if not isinstance(cell, str) or is_blank(cell):
            return cell
        known = {real: made for (_, real), made in self._made.known.items()}
        return known.get(cell) or self._made.in_text(cell)

    # Values

    def _value(self, value: Any, personal: str | None) -> Any:
        if isinstance(value, bool) or is_blank(value):
            return value
        if personal in (*_PERSONAL, _PLACE):
            return self._replaced(value, personal or "")
        if not isinstance(value, str):
            return (
                self._made.value(value, "id_number")
                if len(text_of(value)) in (11, 15, 18) and self._look(value)
                else value
            )
        if personal in _SIDES:
            return _SIDES[personal][value.isascii()]
        if personal == _WORDS and _HAN.search(value):
            return "示例"
        return self._made.in_text(value)

    def _replaced(self, value: Any, personal: str) -> Any:
        if personal == _PLACE:
            return "北京" if str(value) != "北京" else "上海"
        made = self._made.value(value, personal)
        if isinstance(value, int) and isinstance(made, str) and made.isdigit():
            return int(made)
        return made

    def _look(self, value: Any) -> str | None:
        return None if isinstance(value, bool) or is_blank(value) else personal_look(profile([value]))


def must_be_made_up(files: Mapping[str, bytes], made: MadeUp) -> None:
    """Refuse files in which somebody real stands. Raises Fatal, which names the files and nobody."""
    reals = [real for real in made.reals() if len(real) > 1 and not is_of_the_trade(real)]
    bad = [name for name, content in files.items() if any(real in text for text in _texts(content) for real in reals)]
    if bad:
        names = ", ".join(bad)
        raise Fatal(
            Text(f"样本中的个人信息未能全部替换：{names}", f"not every person of the sample could be replaced: {names}")
        )


def _texts(content: bytes) -> list[str]:
    """What a file says: of a workbook its parts."""
    if content[:4] != b"PK\x03\x04":
        return [charset.decode(content)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if "haredStrings" in name]


def _class_of(source: Source, found: Assignment) -> str | None:
    """The class of personal data of a field: that of its target, or what its values look like; `words` for words that
    nothing of ours reads."""
    seen = profile(source.values)
    pair = found.pairs.get(source.path)
    if any(part.whole == source.path for part in found.sources):
        return None  # its parts are made up, and what else it says is looked through
    if pair is None:
        return personal_look(seen) or (_WORDS if seen.has_han > 0.0 else None)
    field = pair.target.field
    if field.pii == "birth":
        return "birth" if field.format == "date" else (None if field.type == "integer" else _PLACE)
    if field.pii in _PERSONAL:
        return field.pii
    look = personal_look(seen)
    return (
        look if look in ("id_number", "email") or (look == "phone" and field.name.endswith(("phone", "fax"))) else None
    )


def _classes_of_sides(found: Assignment) -> dict[str, str | None]:
    """Surnames and given names that make a name together."""
    joined = [pair.source for pair in found.pairs.values() if pair.source.join]
    sides = [(source, side, path) for source in joined for side, path in zip(_SIDES, source.join, strict=True)]
    return {_plain(f"{source.lists[-1]}/{path}" if source.lists else path): side for source, side, path in sides}


def _by_place(layout: Layout, first: int) -> list[str]:
    """The column of every place of a row."""
    if not layout.has_headings:
        return list(layout.columns)
    width = max((len(row) for row in layout.rows), default=0)
    return [layout.places.get(place, "") for place in range(width)]


def _enough(records: Sequence[Any]) -> list[Any]:
    """The first records, and later ones that have a field which none of them has."""
    kept, seen = [], set[str]()
    for record in records:
        names = set(_paths(record, ""))
        if len(kept) < MOST_RECORDS or not names <= seen:
            kept.append(record)
            seen |= names
    return kept


def _paths(node: Any, above: str) -> list[str]:
    if isinstance(node, Mapping):
        return [path for name, child in node.items() for path in (f"{above}.{name}", *_paths(child, f"{above}.{name}"))]
    if isinstance(node, list):
        return [path for item in node for path in _paths(item, above)]
    return []


def _plain(path: str) -> str:
    return path.replace("/", ".")


def _delimited(rows: Sequence[Sequence[Any]], file: Path) -> bytes:
    raw = file.read_bytes()
    text = io.StringIO()
    first = charset.decode(raw).lstrip("\ufeff")[:4000]
    delimiter = max((",", ";", "\t", "|", "，"), key=first.count)
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    codec = charset.detect(raw[: charset.SAMPLE])
    return text.getvalue().encode(codec if codec in ("utf-8", "utf-8-sig", "gb18030") else "utf-8")


def _workbook(rows: Sequence[Sequence[Any]], sheet: str | None) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": _MADE})
        page = book.add_worksheet(sheet or "Sheet1")
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None and cell != "":
                    page.write_string(at, place, cell) if isinstance(cell, str) else page.write(at, place, cell)
    return content.getvalue()
