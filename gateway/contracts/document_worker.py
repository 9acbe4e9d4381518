"""The subprocess that looks at a document: the PDF on standard input, a JSON reading on standard output.

It runs in an enclosure (`adapters.enclosure`): argument 1 is the contract code, argument 2 the text of its QR. Where
both are empty nothing is sought, and the pages are only measured.
"""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Sequence

import PIL.Image
import pypdfium2

from gateway.contracts.bounds import LARGEST_PAGE_POINTS, MOST_PAGES
from gateway.trust.codes import grouped
from gateway.trust.qr_image import texts_in

_RENDER_DOTS_PER_INCH = 200  # reads a 20 mm code
codecs.lookup("utf-16-le")  # once no file can be opened, nothing can be imported: neither a codec
texts_in(PIL.Image.new("L", (8, 8)))  # nor what this imports when it is first called


def main(arguments: Sequence[str]) -> None:
    code, qr_text = arguments
    json.dump(_read(sys.stdin.buffer.read(), code, qr_text), sys.stdout)


def _read(pdf: bytes, code: str, qr_text: str) -> dict[str, object]:
    """The fields of a DocumentReading, or its `flaw`."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return {"flaw": "unreadable"}
    pages = len(document)
    if pages > MOST_PAGES:
        return {"pages": pages, "flaw": "pages"}
    texts: set[str] = set()
    has_code = False
    for page in document:
        if qr_text not in texts and max(page.get_size()) > LARGEST_PAGE_POINTS:
            return {"pages": pages, "flaw": "page size"}
        if qr_text and qr_text not in texts:
            bitmap = page.render(scale=_RENDER_DOTS_PER_INCH / 72, grayscale=True)  # pyright: ignore[reportArgumentType]
            texts.update(texts_in(bitmap.to_pil()))
        if code and not has_code:
            words = "".join(page.get_textpage().get_text_bounded().split())
            has_code = code in words or grouped(code) in words
    return {"qr_texts": sorted(texts), "pages": pages, "has_code": has_code}
