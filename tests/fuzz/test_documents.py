"""Final documents: whatever stands in the place of a PDF is read, or refused with a reason, in bounded time."""

from __future__ import annotations

import io
import resource

import qrcode

from gateway.contracts.document_reading import DocumentReader
from tests.fuzz.mutations import MOST_CPU_SECONDS, inputs
from tests.integration.test_records import pdf_with

_TEXT = "HTTPS://VERIFY.EXAMPLE.TEST/V/AB"


async def test_whatever_stands_for_a_document_is_read_or_refused() -> None:
    picture, reader = io.BytesIO(), DocumentReader()
    qrcode.make(_TEXT).save(picture)
    document = pdf_with(picture.getvalue(), attached=b"terms")
    assert (await reader.read(document, "AB", _TEXT, sender=1)).qr_texts == {_TEXT}
    for _, data in inputs("PDF", {None: [document]}, 8):
        began = _spent()
        await reader.read(data, "AB", _TEXT, sender=1)
        assert _spent() - began < MOST_CPU_SECONDS, data[:2000]


def _spent() -> float:
    """CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
