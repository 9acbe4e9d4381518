"""The subprocess that checks the signatures of a foreign PDF: the file on standard input, a JSON list on its output.

It runs in an enclosure (`adapters.enclosure`): argument 1 is the root of the seals in DER, as base64. Nothing is
fetched from anywhere: there is no network, and the one root that counts is given.
"""

from __future__ import annotations

import json
import logging
import sys
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import x509
from cryptography.hazmat.backends import default_backend
from pyhanko.pdf_utils import filters
from pyhanko.pdf_utils.metadata import xmp_xml
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from gateway.seals.signature_bounds import MOST_SIGNATURES

default_backend()  # once no file can be opened, nothing can be imported: neither what this imports when first called
_LATE = filters, xmp_xml  # nor what pyHanko imports when a file has compressed streams, or metadata
logging.disable()  # nobody reads what a foreign file makes a library say


def main(arguments: Sequence[str]) -> None:
    root = x509.Certificate.load(b64decode(arguments[0]))
    json.dump(_read(sys.stdin.buffer.read(), root), sys.stdout)


def _read(pdf: bytes, root: x509.Certificate) -> dict[str, Any]:
    """The fields of every CheckedSignature, or a `flaw`."""
    try:
        reader = PdfFileReader(BytesIO(pdf))
        found = list(reader.embedded_regular_signatures)
    except (PdfError, ValueError, KeyError, TypeError, RecursionError, OSError):
        return {"flaw": "unreadable"}
    if len(found) > MOST_SIGNATURES:
        return {"flaw": "signatures"}
    return {"signatures": [_checked(signature, root) for signature in found]}


def _checked(signature: EmbeddedPdfSignature, root: x509.Certificate) -> dict[str, Any]:
    told = {"field": str(signature.field_name)}
    try:
        signed_at = signature.self_reported_timestamp
        certificate = signature.signer_cert
        told |= {
            "fingerprint": sha256(certificate.dump()).hexdigest(),
            "signer": certificate.subject.human_friendly,
            "signed_at": signed_at and signed_at.isoformat(),
        }
        context = ValidationContext(trust_roots=[root], moment=signed_at, allow_fetching=False)
        status = _finished(async_validate_pdf_signature(signature, context))
    except (PdfError, SignatureValidationError, ValueError, KeyError, TypeError, RecursionError):
        return told | {"is_intact": False, "is_certified": False, "covers": "unclear"}
    return told | {
        "is_intact": status.intact and status.valid and bool(status.docmdp_ok),
        "is_certified": status.trusted,
        "covers": "unclear" if status.coverage is None else status.coverage.name.lower(),
    }


def _finished(checking: Any) -> PdfSignatureStatus:
    """What a coroutine comes to that waits for nothing: nothing is fetched, and a loop would need files of its own."""
    try:
        checking.send(None)
    except StopIteration as end:
        return end.value
    raise ValueError("it waits for something")
