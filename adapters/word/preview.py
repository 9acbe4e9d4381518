"""A contract as a page shows it: its text with every blank numbered, so that a list beside it can be read along."""

from __future__ import annotations

import io
import re
from secrets import token_hex

import mammoth
from docx import Document
from docx.oxml.ns import qn
from lxml.html import fragment_fromstring, tostring

from adapters.word.blanks import Reading
from adapters.word.marks import write
from adapters.word.runs import Fill, Line, refill

_OPEN, _CLOSE = "\ue010", "\ue011"
_TEXT = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "u", "s", "sub", "sup", "br")
_TABLES_AND_LISTS = ("table", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li")
_TAGS = frozenset((*_TEXT, *_TABLES_AND_LISTS))
_WITHOUT = mammoth.images.img_element(lambda _: {})
_ATTRIBUTES = frozenset({"colspan", "rowspan"})
_LINK = r'<a class="blank" id="at-\1" href="#blank-\1">\1</a>'


def preview(raw: bytes, reading: Reading) -> str:
    """HTML of a document that `reading` was read from; it has been read once and is changed by this.

    Text, tables, lists and headings only: no picture, no script, no style; numbers link to `#blank-N`.
    """
    ours = token_hex(8)  # no text of the document reads like it
    lines: dict[int, tuple[Line, list[Fill]]] = {}
    for blank in reading.blanks:
        mark = f"{_OPEN}{ours}-{blank.number}{_CLOSE}"
        place = blank.place
        if place.cell is not None:
            for run in list(place.cell.element.iter(qn("w:r"))):
                run.getparent().remove(run)
            write(place.cell.element, mark)
        elif place.line is not None:
            _, fills = lines.setdefault(id(place.line), (place.line, []))
            fills.append(Fill(place.start, place.end, mark, False))
    for line, fills in lines.values():
        refill(line, fills)
    document = Document(io.BytesIO(raw))
    body = document.element.body
    body.getparent().replace(body, reading.outline.body)
    kept = io.BytesIO()
    document.save(kept)
    html = mammoth.convert_to_html(kept, convert_image=_WITHOUT, style_map="u => u").value
    return re.sub(f"{_OPEN}{ours}-(\\d{{1,4}}){_CLOSE}", _LINK, _plain(html))


def plain_html(raw: bytes) -> str:
    """HTML of a document of ours, which has no blanks to number."""
    return _plain(mammoth.convert_to_html(io.BytesIO(raw), convert_image=_WITHOUT).value)


def _plain(html: str) -> str:
    """Only what a text is made of; an attribute only where cells are joined."""
    root = fragment_fromstring(f"<div>{html}</div>")
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            element.drop_tree()
            continue
        for name in element.attrib:
            if name not in _ATTRIBUTES:
                del element.attrib[name]
        if element.tag not in _TAGS and element is not root:
            element.drop_tag()
    inner = str(tostring(root, encoding="unicode", method="html"))
    return inner.removeprefix("<div>").removesuffix("</div>")
