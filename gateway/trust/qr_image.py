"""Draws QR texts - PNG and SVG in sizes for print, blocks for a terminal - and reads them from images."""

from __future__ import annotations

import io

import PIL.Image
import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

PRINT_SIZES_MM = (20, 25, 30, 40, 50, 80)
"""Edge lengths offered, quiet zone included. 20 mm is the least a phone reads reliably from paper."""

_DOTS_PER_INCH = 600
_MILLIMETRES_PER_INCH = 25.4
_QUIET_MODULES = 4


def png(qr_text: str, size_mm: int = 30) -> bytes:
    """A PNG that prints `size_mm` wide at 600 dpi; whole dots a module, so the edge may fall short by a few dots."""
    code = _encode(qr_text)
    dots = int(size_mm / _MILLIMETRES_PER_INCH * _DOTS_PER_INCH)
    code.box_size = max(1, dots // (code.modules_count + 2 * _QUIET_MODULES))
    image = code.make_image(image_factory=PilImage)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(_DOTS_PER_INCH, _DOTS_PER_INCH))
    return buffer.getvalue()


def svg(qr_text: str, size_mm: int = 30) -> bytes:
    """An SVG exactly `size_mm` wide, one unit a module."""
    matrix = _encode(qr_text).get_matrix()
    edge = len(matrix)
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_mm}mm" height="{size_mm}mm" viewBox="0 0 {edge} {edge}"'
        f' shape-rendering="crispEdges"><rect width="{edge}" height="{edge}" fill="#fff"/><path d="{dark}"/></svg>'
    ).encode()


def terminal(qr_text: str) -> str:
    """Two modules a character, dark on light, for a terminal of at least 80 columns."""
    buffer = io.StringIO()
    _encode(qr_text, quiet=2).print_ascii(out=buffer, invert=True)
    return buffer.getvalue()


def texts_in(image: PIL.Image.Image) -> list[str]:
    """The texts of the QR codes an image shows. QR only: read as any barcode, about one QR in eighty has rows of
    modules that pass for a linear code of a few digits."""
    import zxingcpp

    only_qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [found.text for found in zxingcpp.read_barcodes(image, formats=only_qr)]


def _encode(qr_text: str, quiet: int = _QUIET_MODULES) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=quiet)
    code.add_data(qr_text, optimize=0)
    code.make(fit=True)
    return code
