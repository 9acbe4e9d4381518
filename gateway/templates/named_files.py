"""The files of a template as they are asked for: by which name, and of which type."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.templates.rows import FileKind

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
FILES: Mapping[str, tuple[FileKind, str]] = {
    "document.docx": (FileKind.ORIGINAL, DOCX),
    "template.docx": (FileKind.MARKED, DOCX),
    "blank.pdf": (FileKind.BLANK, PDF),
    "sample.pdf": (FileKind.SAMPLE, PDF),
}
