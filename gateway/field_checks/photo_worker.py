"""The subprocess that looks for QR codes on a photograph: the picture on standard input, a JSON list on its output.

It runs in an enclosure (`adapters.enclosure`). What is no picture of a known kind, or too large, has no codes.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence

import PIL.Image

from gateway.trust.qr_image import texts_in

_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 60_000_000
_LONG_EDGE = 2400
"""A QR that fills a tenth of the picture still has some pixels a module."""
PIL.Image.init()  # once no file can be opened, nothing can be imported: neither what reads a format
texts_in(PIL.Image.new("L", (8, 8)))


def main(arguments: Sequence[str]) -> None:
    json.dump(_read(sys.stdin.buffer.read()), sys.stdout)


def _read(photo: bytes) -> list[str]:
    try:
        picture = PIL.Image.open(io.BytesIO(photo), formats=_FORMATS)
        if picture.width * picture.height > _MOST_PIXELS:
            return []
        picture.draft("L", (_LONG_EDGE, _LONG_EDGE))
        grey = picture.convert("L")
    except (OSError, ValueError, SyntaxError):
        return []
    grey.thumbnail((_LONG_EDGE, _LONG_EDGE))
    return texts_in(grey)
