"""Tables, whatever they are called: a workbook is one though it was sent as CSV, and text though it is named .xls."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from adapters.formats import charset, delimited, markup, sheet, table
from adapters.formats.options import Read
from adapters.formats.problems import FORM_UNREAD, unreadable
from adapters.formats.source import Source, head

_SAMPLE = 4096
_ARCHIVES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_CONTROL = frozenset(map(chr, range(0x20))) - frozenset("\t\n\v\f\r\0\x1a")


class Form(Enum):
    """What a document is, by its first bytes."""

    WORKBOOK = auto()
    HTML = auto()
    SPREADSHEET_2003 = auto()
    TEXT = auto()
    BINARY = auto()


def read(source: Source, options: Read) -> Iterator[table.Item]:
    """Records of a table in any form that we know. Raises Unreadable."""
    match form_of(head(source, _SAMPLE)):
        case Form.HTML:
            return sheet.tables(markup.Pages(source, markup.html), options)
        case Form.SPREADSHEET_2003:
            return sheet.tables(markup.Pages(source, markup.spreadsheet_2003), options)
        case Form.TEXT:
            return delimited.read(source, options)
        case Form.WORKBOOK:
            return sheet.read(source, options)
        case Form.BINARY:
            return delimited.read(source, options) if options.format == "delimited" else sheet.read(source, options)


def form_of(sample: bytes) -> Form:
    """Raises Unreadable for a form that is known and not read."""
    if not sample or sample.startswith(_ARCHIVES):
        return Form.WORKBOOK if sample else Form.BINARY
    text = sample.decode(charset.codec_of(charset.detect(sample)), "replace").lstrip("\ufeff \t\r\n").lower()
    if text.startswith("<"):
        if markup.SPREADSHEET_2003 in text or 'progid="excel.sheet"' in text:
            return Form.SPREADSHEET_2003
        if "opendocument.spreadsheet" in text or "<office:document" in text:
            raise unreadable(FORM_UNREAD, what="FODS")
        if any(tag in text for tag in ("<html", "<table", "<!doctype html", "<meta")):
            return Form.HTML
    return Form.BINARY if _CONTROL.intersection(text) else Form.TEXT
