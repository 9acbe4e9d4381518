"""Makes a Word document of a text whose blanks are drawn as Word users draw them, and says what each is for.

A line is a paragraph; `# ` is a title, `## ` a heading, `| a | b |` a row of a table (`^`: the cell
above reaches down), `---` a new page. A blank is
`[[style:meaning]]`, drawn by its style:

    u underlined blanks   s underscores   b 【 】   r （ ）   q [ ]   d dots   f a form field   k a content control
    x a box to tick       w a box from the symbol font          c an empty cell

A meaning is a field of contracts (`agency.name`, `depart_on#year`, `total_price#capital`, `travellers/name`), a field
with the value that a ticked box says (`group_agreement.agree_merge=true`), `@place` for what the platform puts there,
`-` for what is written by hand.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

_BLANK = re.compile(r"\[\[(\w):([^\]]+)\]\]")
_FIELD = """<w:r {ns}><w:fldChar w:fldCharType="begin">
<w:ffData><w:name w:val=""/><w:enabled/></w:ffData></w:fldChar></w:r>
<w:r {ns}><w:instrText xml:space="preserve"> FORMTEXT </w:instrText></w:r>
<w:r {ns}><w:fldChar w:fldCharType="separate"/></w:r>
<w:r {ns}><w:t>\u2002\u2002\u2002\u2002\u2002</w:t></w:r>
<w:r {ns}><w:fldChar w:fldCharType="end"/></w:r>"""
_CONTROL = """<w:sdt {ns}><w:sdtPr><w:showingPlcHdr/><w:text/></w:sdtPr><w:sdtContent>
<w:r><w:rPr><w:color w:val="808080"/></w:rPr><w:t>单击此处输入文字。</w:t></w:r></w:sdtContent></w:sdt>"""
_SYMBOL = '<w:r {ns}><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>'
_DRAWN = {
    "s": "________",
    "b": "【        】",
    "r": "（        ）",
    "q": "[        ]",
    "d": "…………………",
    "x": "□",
}
FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Made:
    """A document, and what its blanks are for, in the order of reading."""

    name: str
    content: bytes
    meanings: tuple[str, ...]


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.txt"))


def made(name: str) -> Made:
    """One of the documents of this folder."""
    return made_of((FOLDER / f"{name}.txt").read_text(encoding="utf-8"), name)


def made_of(text: str, name: str = "") -> Made:
    document = Document()
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    normal.font.name = "宋体"
    meanings: list[str] = []
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("| \n").split("|")])
            continue
        if rows:
            _table(document, rows, meanings)
            rows = []
        if line == "---":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        elif line.startswith("# "):
            title = document.add_paragraph()
            title.alignment = WD_ALIGN_PARAGRAPH.CENTER
            title.add_run(line[2:]).bold = True
        elif line.startswith("## "):
            document.add_paragraph().add_run(line[3:]).bold = True
        elif line:
            _fill(document.add_paragraph(), line, meanings)
    kept = io.BytesIO()
    document.save(kept)
    return Made(name, kept.getvalue(), tuple(meanings))


def _table(document, rows: list[list[str]], meanings: list[str]) -> None:
    table = document.add_table(len(rows), max(map(len, rows)))
    table.style = "Table Grid"
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=False):
            if text != "^":
                _fill(cell.paragraphs[0], text, meanings)
        for left in range(len(cells), len(row.cells)):
            row.cells[len(cells) - 1].merge(row.cells[left])
    for at, cells in enumerate(rows):
        for column in (column for column, text in enumerate(cells) if text == "^"):
            table.cell(at - 1, column).merge(table.cell(at, column))


def _fill(paragraph: Paragraph, text: str, meanings: list[str]) -> None:
    at = 0
    for blank in _BLANK.finditer(text):
        if blank.start() > at:
            paragraph.add_run(text[at : blank.start()])
        style, meaning = blank.groups()
        if meaning != "…":
            meanings.append(meaning)
        _draw(paragraph, style)
        at = blank.end()
    if at < len(text):
        paragraph.add_run(text[at:])


def _draw(paragraph: Paragraph, style: str) -> None:
    if style == "u":
        paragraph.add_run("          ").underline = True
    elif style == "f":
        for part in parse_xml(f"<w:p {nsdecls('w')}>{_FIELD.format(ns='')}</w:p>"):
            paragraph._p.append(part)
    elif style == "k":
        paragraph._p.append(parse_xml(_CONTROL.format(ns=nsdecls("w"))))
    elif style == "w":
        paragraph._p.append(parse_xml(_SYMBOL.format(ns=nsdecls("w"))))
    elif style != "c":
        paragraph.add_run(_DRAWN[style])
