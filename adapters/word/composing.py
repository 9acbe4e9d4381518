"""A template written as plain text made a Word document: how the nation's model contracts are kept."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from adapters.word.meanings import CODE_LINE

_MARK = re.compile(r"(\{\{[^{}]{1,120}\}\})")
_REPEATED, _TITLE, _HEADING = "|* ", "# ", "## "


def composed(text: str) -> bytes:
    """The .docx of a text (schemas/templates/README.md has its form), with code and QR code above it."""
    document = Document()
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)  # noqa: S101 - the library's own template has it
    normal.font.size = Pt(10.5)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.4)
        section.top_margin = section.bottom_margin = Cm(2.2)
    _right(document, "{{ qr }}")
    if "{{ code }}" not in text:
        _right(document, CODE_LINE)
    rows: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            _table(document, rows)
            rows = []
        if line.startswith(_TITLE):
            _titled(document, line.removeprefix(_TITLE))
        elif line.startswith(_HEADING):
            _set(document.add_paragraph(), line.removeprefix(_HEADING), is_bold=True)
        elif line:
            _set(document.add_paragraph(), line)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _right(document: WordDocument, text: str) -> None:
    paragraph = document.add_paragraph(text)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _titled(document: WordDocument, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size = True, Pt(16)


def _set(paragraph: Paragraph, text: str, *, is_bold: bool = False, is_lined: bool = True) -> None:
    """A line of text; what is filled in is underlined, but for ticks and pictures."""
    paragraph.paragraph_format.space_after = Pt(4)
    for part in _MARK.split(text):
        if part:
            run = paragraph.add_run(part)
            run.bold = is_bold or None
            run.underline = (is_lined and part.startswith("{{") and "ticked" not in part) or None


def _table(document: WordDocument, lines: Sequence[str]) -> None:
    rows = [_row(line) for line in lines]
    width = max(len(cells) for _, cells in rows)
    table = document.add_table(0, width)
    table.style = "Table Grid"
    for path, cells in rows:
        if path:
            _add(table, [f"{{%tr for item in {path} %}}"])
        _add(table, cells)
        if path:
            _add(table, ["{%tr endfor %}"])
    document.add_paragraph()


def _add(table: Any, texts: Sequence[str]) -> None:
    cells = table.add_row().cells
    for cell, text in zip(cells, texts, strict=False):
        _set(cell.paragraphs[0], text, is_lined=False)


def _row(line: str) -> tuple[str, list[str]]:
    """The list that a row goes through, "" for a plain one, and its cells."""
    if line.startswith(_REPEATED):
        path, _, rest = line.removeprefix(_REPEATED).partition(" | ")
        return path.strip(), [cell.strip() for cell in rest.rstrip("| ").split(" | ")]
    return "", [cell.strip() for cell in line.strip("| ").split(" | ")]
