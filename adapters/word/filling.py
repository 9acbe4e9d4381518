"""A template filled with a contract: the document that is printed, signed and kept."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from adapters.word.forms import Room
from adapters.word.meanings import PLACES

_QR_MM, _SIGNATURE_MM = 26, 12


class _Text(DocxTemplate):
    """Fills in text, headers and footers, which are what is checked; nothing else has marks."""

    def render_footnotes(self, *_: object, **__: object) -> None:
        """Notes stay as they are."""

    def render_properties(self, *_: object, **__: object) -> None:
        """So do the properties of the document."""


def filled(template: bytes, contract: Mapping[str, Any], places: Mapping[str, str | bytes]) -> bytes:
    """The .docx of a contract. `places` are what the platform puts in, by name: text, or the PNG of a picture.

    The template has been checked. What the contract does not say stays open for a pen.
    """
    document = _Text(io.BytesIO(template))
    document.init_docx()
    put = {name: _put(document, name, places.get(name, "")) for name in PLACES}
    document.render({**contract, **put}, jinja_env=Room(), autoescape=True)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _put(document: DocxTemplate, name: str, content: str | bytes) -> Any:
    if isinstance(content, str):
        return content
    size = {"width": Mm(_QR_MM)} if name == "qr" else {"height": Mm(_SIGNATURE_MM)}
    return InlineImage(document, io.BytesIO(content), **size)
