"""The subprocess that makes a picture of a page of a document: the PDF on standard input, a JPEG on standard output.

It runs in an enclosure (`adapters.enclosure`): the argument is the number of the page, from 1. Nothing is answered for
a page that there is not, that is too large, or whose document cannot be opened.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import PIL.Image
import pypdfium2

from gateway.contracts.bounds import LARGEST_PAGE_POINTS

_MOST_DOTS = 1600
"""Of the longer side: the small print of an A4 page can be read."""
_LARGEST_SCALE = 3
_QUALITY = 82
PIL.Image.init()  # once no file can be opened, nothing can be imported: neither what writes a format
PIL.Image.new("RGB", (8, 8)).save(io.BytesIO(), "JPEG")


def main(arguments: Sequence[str]) -> None:
    sys.stdout.buffer.write(_picture(sys.stdin.buffer.read(), int(arguments[0])))


def _picture(pdf: bytes, number: int) -> bytes:
    try:
        document = pypdfium2.PdfDocument(pdf)
        if not 1 <= number <= len(document):
            return b""
        page = document[number - 1]
        longest = max(page.get_size())
        if not 0 < longest <= LARGEST_PAGE_POINTS:
            return b""
        bitmap = page.render(scale=min(_LARGEST_SCALE, _MOST_DOTS / longest))  # pyright: ignore[reportArgumentType]
    except pypdfium2.PdfiumError:
        return b""
    picture = io.BytesIO()
    bitmap.to_pil().convert("RGB").save(picture, "JPEG", quality=_QUALITY, optimize=True)
    return picture.getvalue()
