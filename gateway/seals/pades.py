"""Signatures of seals on a PDF: PAdES baseline B, one an impression, whose appearance is the seal at its true size.

Every impression is a signature of its own, so that no picture of a seal stands on a page that the seal has not signed;
each covers all that was there before it. The first says that only more seals may follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from asn1crypto import keys, x509
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

POINTS_PER_MILLIMETRE = 72 / 25.4
_PAGE_HEIGHT = 297 * POINTS_PER_MILLIMETRE
_ROOM = 8192
"""Bytes for a signature: two certificates and a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What a seal signs with: certificate and key in DER, its picture as a PDF page, its diameter in millimetres."""

    title: str
    certificate: bytes
    private_key: bytes
    picture: bytes
    diameter: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where an impression stands: the middle, in points from the upper left corner of a page counted from one."""

    role: str
    copy: int
    page: int
    x: float
    y: float
    height: float = _PAGE_HEIGHT
    """Of the page, in points."""

    @property
    def field(self) -> str:
        return f"{self.role}-{self.copy + 1}"


def sealed(pdf: bytes, spots: Sequence[Spot], hands: Mapping[str, Hand], root: bytes) -> bytes:
    """The document under its seals, one kind after the other, in the order of `hands`."""
    ordered = [spot for role in hands for spot in spots if spot.role == role]
    document, pictures = _with_fields(pdf, ordered, hands)
    for nth, spot in enumerate(ordered):
        hand = hands[spot.role]
        picture = _Picture(pictures[spot.role], hand.diameter)
        document = _signed(document, spot.field, hand, picture, root=root, is_first=nth == 0)
    return document


def _with_fields(pdf: bytes, spots: Sequence[Spot], hands: Mapping[str, Hand]) -> tuple[bytes, dict[str, int]]:
    """All fields and pictures at once: whoever signs later changes nothing but a field. Also the number of the object
    that each picture is.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    pictures = {
        role: writer.import_page_as_xobject(PdfFileReader(BytesIO(hand.picture))).idnum for role, hand in hands.items()
    }
    for spot in spots:
        half = hands[spot.role].diameter * POINTS_PER_MILLIMETRE / 2
        middle = spot.height - spot.y
        box = (spot.x - half, middle - half, spot.x + half, middle + half)
        rounded: Any = tuple(round(edge, 2) for edge in box)
        append_signature_field(writer, SigFieldSpec(spot.field, on_page=spot.page - 1, box=rounded))
    output = BytesIO()
    writer.write(output)
    return output.getvalue(), pictures


def _signed(document: bytes, field: str, hand: Hand, picture: PdfContent, *, root: bytes, is_first: bool) -> bytes:
    registry = SimpleCertificateStore()
    registry.register(x509.Certificate.load(root))
    signer = SimpleSigner(
        signing_cert=x509.Certificate.load(hand.certificate),
        signing_key=keys.PrivateKeyInfo.load(hand.private_key),
        cert_registry=registry,
    )
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        name=hand.title,
        subfilter=SigSeedSubFilter.PADES,
        certify=is_first,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    style = StaticStampStyle(
        border_width=0,
        background=picture,
        background_opacity=1.0,
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins.uniform(0)
        ),
    )
    writer = IncrementalPdfFileWriter(BytesIO(document))
    output = PdfSigner(metadata, signer, stamp_style=style).sign_pdf(
        writer, existing_fields_only=True, bytes_reserved=_ROOM, output=BytesIO()
    )
    return output.getvalue()


class _Picture(PdfContent):
    """The picture of a seal that is in the document already, as object `number`."""

    def __init__(self, number: int, diameter: float) -> None:
        edge = diameter * POINTS_PER_MILLIMETRE
        super().__init__(box=BoxConstraints(width=edge, height=edge))
        self._number = number

    def render(self) -> bytes:
        self.resources.xobject["/Seal"] = IndirectObject(self._number, 0, self._ensure_writer)
        return b"/Seal Do"
