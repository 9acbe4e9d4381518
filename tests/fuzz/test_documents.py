"""Final documents and archives: whatever stands in their place is read, or refused with a reason, in bounded time."""

from __future__ import annotations

import io
import resource
import time
from contextlib import suppress

import qrcode

from adapters.errors import Fatal
from gateway.contracts.document_reading import DocumentReader
from gateway.onboarding.packing import files_in_zip, packed
from tests.fuzz.mutations import MOST_CPU_SECONDS, inputs
from tests.integration.test_records import pdf_with
from tests.unit.gateway.onboarding.test_packing import zipped

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


def test_whatever_archive_is_a_partner_folder_or_none() -> None:
    folder = zipped({"connector.yaml": b"connector: x", "examples/a.json": b"{}", "codes.csv": b"from,to"})
    assert packed(files_in_zip(folder))
    for _, data in inputs("archive", {None: [folder]}, 300):
        began = time.thread_time()
        with suppress(Fatal):
            packed(files_in_zip(data))
        assert time.thread_time() - began < MOST_CPU_SECONDS, data[:2000]


def _spent() -> float:
    """CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
