"""What of a document is kept or passed over without being read as part of the contract: said, never in silence."""

from __future__ import annotations

from collections.abc import Iterator

from docx.document import Document
from docx.oxml.ns import qn

from adapters.word.problems import BOXES, COMMENTS, PICTURES, at_place
from schemas.findings import Finding, Problem

_WATCHED: tuple[tuple[str, Problem], ...] = (
    ("w:txbxContent", BOXES),
    ("w:commentReference", COMMENTS),
    ("w:drawing", PICTURES),
)


def notes_of(document: Document) -> Iterator[Finding]:
    """A warning for text boxes, comments and pictures, with how many there are."""
    for tag, problem in _WATCHED:
        count = sum(1 for _ in document.element.body.iter(qn(tag)))
        if count:
            yield at_place(problem, "word/document.xml", count=count)
