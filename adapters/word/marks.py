"""A contract with blanks made into a template: each blank becomes a mark that says what is filled in there.

Marks are those of docxtpl: `{{ agency.name }}`, `{{ depart_on|year }}`, `{{ group_mode|ticked('joined') }}`, and
rows between `{%tr for item in travellers %}` and `{%tr endfor %}`. Who knows Word may write them by hand.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from adapters.word.blanks import Blank, BlankStyle, Loop, Reading, read
from adapters.word.meanings import BY_HAND, CODE_LINE, PLACES, Meaning, field_of, forms_of, parsed
from adapters.word.runs import Fill, Line, refill
from schemas.fields import Field

ITEM = "item"
"""What a row of a list is called in its marks."""
_LINED = frozenset({BlankStyle.RULED, BlankStyle.DOTTED})
_WORDS = re.compile(r"[\u4e00-\u9fff]{2,16}")


def marked(raw: bytes, meanings: Mapping[int, str]) -> bytes:
    """The template that a document becomes when its blanks mean that, by number; others are left for a pen.

    A contract shows its code and QR code: where no blank is for them they stand above it.
    Raises Unreadable as `read` does; ValueError for a meaning that is none.
    """
    document = Document(io.BytesIO(raw))
    reading = read(document)
    fills: dict[int, list[Fill]] = {}
    lines: dict[int, Line] = {}
    for blank in reading.blanks:
        meaning = meanings.get(blank.number, BY_HAND)
        if meaning in ("", BY_HAND) or blank.loop is not None:
            continue
        place = blank.place
        if place.cell is not None:
            write(place.cell.element, mark_of(meaning))
        elif place.line is not None:
            lines[id(place.line)] = place.line
            fill = Fill(place.start, place.end, mark_of(meaning, behind=blank.unit), blank.style in _LINED)
            fills.setdefault(id(place.line), []).append(fill)
    for key, line in lines.items():
        refill(line, fills[key])
    for loop in reversed(reading.loops):  # what comes behind in the same table keeps its place
        _repeat(loop, reading, meanings)
    if "@qr" not in meanings.values():
        _show_code(document, is_coded="@code" in meanings.values())
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def mark_of(text: str, *, inside: str = "", behind: str = "") -> str:
    """The mark for a meaning; of the items of a list when it is `inside` one. Raises ValueError.

    A text does not say once more what the words `behind` it say already.
    """
    if text.startswith("@") and text[1:] in PLACES:
        return f"{{{{ {text[1:]} }}}}"
    meaning = parsed(text)
    if meaning is None or meaning.loop != inside:
        raise ValueError(f"no meaning of a place: {text!r}")
    if meaning.form == "index":
        return "{{ loop.index }}"
    field = field_of(meaning)
    assert field is not None  # noqa: S101 - it was parsed
    path = f"{ITEM}.{meaning.path[len(inside) + 1 :]}" if inside else meaning.path
    words = behind if _is_text(field) and _WORDS.fullmatch(behind) else ""
    shortened = f"|before('{words}')" if words else ""
    return f"{{{{ {path}{_form(meaning, field)}{shortened} }}}}"


def _is_text(field: Field) -> bool:
    return field.type == "string" and forms_of(field)[0] == "plain"


def _form(meaning: Meaning, field: Field) -> str:
    if meaning.value:
        return f"|ticked('{meaning.value}')"
    form = meaning.form or forms_of(field)[0]
    if form == "plain":
        return ""
    name = field.codelist or field.schema.get("items", {}).get("x-codelist")
    return f"|{form}('{name}')" if form in ("named", "joined") and name else f"|{form}"


def write(cell: Any, text: str) -> None:
    """Put a mark into an empty cell, set as the cell's own paragraph is."""
    paragraph = next(cell.iter(qn("w:p")))
    run = OxmlElement("w:r")
    look = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}")
    if look is not None:
        run.append(deepcopy(look))
    content = OxmlElement("w:t")
    content.text = text
    content.set(qn("xml:space"), "preserve")
    run.append(content)
    paragraph.append(run)


def _repeat(loop: Loop, reading: Reading, meanings: Mapping[int, str]) -> None:
    """Make the rows of a table those of a list, when its columns say of which; the empty rows go."""
    columns = [(blank, meanings.get(blank.number, BY_HAND)) for blank in reading.blanks if blank.loop == loop.number]
    paths = {parsed_loop(meaning) for _, meaning in columns if meaning not in ("", BY_HAND)}
    if not paths:
        return
    if len(paths) > 1 or not (path := paths.pop()):
        raise ValueError(f"the columns of one table are of several lists: {sorted(paths)}")
    rows = [row for row in loop.table.element.iter(qn("w:tr")) if row.getparent() is loop.table.element]
    first = rows[loop.first]
    for blank, meaning in columns:
        _fill_cell(blank, "" if meaning in ("", BY_HAND) else mark_of(meaning, inside=path))
    _keep_whole(first)
    if loop.first == 1:
        _come_again(rows[0])
    before, behind = _bare_row(first), _bare_row(first)
    write(next(before.iter(qn("w:tc"))), f"{{%tr for {ITEM} in {path} %}}")
    write(next(behind.iter(qn("w:tc"))), "{%tr endfor %}")
    first.addprevious(before)
    first.addnext(behind)
    for row in rows[loop.first + 1 : loop.last + 1]:
        row.getparent().remove(row)


def _keep_whole(row: Any) -> None:
    """No page ends within a row."""
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _come_again(row: Any) -> None:
    """The heads of columns stand on every page."""
    properties = row.get_or_add_trPr()
    if properties.find(qn("w:tblHeader")) is None:
        properties.append(OxmlElement("w:tblHeader"))


def parsed_loop(text: str) -> str:
    """The list that a meaning goes through."""
    meaning = parsed(text)
    return meaning.loop if meaning else ""


def _fill_cell(blank: Blank, text: str) -> None:
    assert blank.place.cell is not None  # noqa: S101 - a list is a table
    element = blank.place.cell.element
    for line in element.iter(qn("w:r")):
        line.getparent().remove(line)
    if text:
        write(element, text)


def _bare_row(row: Any) -> Any:
    """A row of one cell, which the engine takes away again."""
    bare = deepcopy(row)
    for run in list(bare.iter(qn("w:r"))):
        run.getparent().remove(run)
    return bare


def _show_code(document: WordDocument, *, is_coded: bool) -> None:
    """Code and QR code above the text."""
    first = document.element.body[0]
    for text in ("{{ qr }}", *(() if is_coded else (CODE_LINE,))):
        paragraph = document.add_paragraph(text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        first.addprevious(paragraph._p)
