"""What else is known of a partner's names: the documentation in its WSDL, or its data dictionary."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.formats import charset, sheet, strict_json, xml

_LONGEST = 40


def titles_of(wsdl: Path) -> dict[str, str]:
    """Title by the name of an element or attribute, from its documentation. Raises Unreadable."""
    found: dict[str, str] = {}
    for element in xml.parse(wsdl.read_bytes()).iter():
        name = element.get("name")
        if name is None or _local(element) not in ("element", "attribute"):
            continue
        words = [each.text for each in element.iter() if _local(each) == "documentation" and each.text]
        if words and len(words[0].strip()) <= _LONGEST:
            found.setdefault(name, words[0].strip())
    return found


def names_in(file: Path) -> dict[str, str] | list[str]:
    """A data dictionary: title by name, from an object or two columns; or, of one column, the names in their order.

    Raises Unreadable.
    """
    raw = file.read_bytes()
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _of_rows(_rows_of_sheet(file))
    text = charset.decode(raw)
    if text.lstrip()[:1] == "{":
        tree = strict_json.loads(raw)
        return {str(name): str(title) for name, title in tree.items() if isinstance(title, str)}
    delimiter = max((",", "\t", ";", "=", ":"), key=text.count)
    return _of_rows(list(csv.reader(io.StringIO(text), delimiter=delimiter)))


def _rows_of_sheet(file: Path) -> list[Sequence[Any]]:
    with sheet.sheets(file) as pages:
        return [list(cells) for _, rows in pages for _, cells in rows if isinstance(cells, (list, tuple))]


def _of_rows(rows: Sequence[Sequence[Any]]) -> dict[str, str] | list[str]:
    said = [[str(cell).strip() for cell in row if cell not in (None, "") and str(cell).strip()] for row in rows]
    if all(len(row) < 2 for row in said):
        return [row[0] for row in said if row]
    return {row[0]: row[1] for row in said if len(row) > 1}


def named(columns: Sequence[str], known: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Titles by column: those of a data dictionary, or names in the order of the columns."""
    return dict(known) if isinstance(known, Mapping) else dict(zip(columns, known, strict=False))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
