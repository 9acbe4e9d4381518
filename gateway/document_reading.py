"""The final contract document: a PDF that must carry this contract's own code and QR, read from the page image.

Rendering foreign PDFs is the riskiest parsing we do, so it runs in a process of its own with bounds on time,
memory and pages.
"""

from __future__ import annotations

import asyncio
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pypdfium2
import zxingcpp

from gateway.codes import grouped

_MOST_PAGES = 60
_RENDER_SCALE = 200 / 72  # dots per PDF point: 200 dpi reads a 20 mm code
_MEMORY_BYTES = 2 * 1024**3
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What was found on the pages: QR texts, and whether the code stands in the text. `problem` when unreadable."""

    qr_texts: frozenset[str] = frozenset()
    pages: int = 0
    has_code: bool = False
    problem: str | None = None


class DocumentReader:
    """Reads PDFs in a bounded child process."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def read(self, pdf: bytes, code: str) -> DocumentReading:
        """QR texts of all pages. A file that cannot be read is a reading with a `problem`, never an exception."""
        if not pdf.startswith(b"%PDF-"):
            return DocumentReading(problem="not a PDF")
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_bound)
        future = asyncio.get_running_loop().run_in_executor(self._pool, _read, pdf, code)
        try:
            return await asyncio.wait_for(future, 2 * _SECONDS)
        except Exception:  # a crash or overrun of the child says as much as an error in it
            self.close()
            return DocumentReading(problem="the document cannot be rendered")

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _read(pdf: bytes, code: str) -> DocumentReading:
    deadline = time.monotonic() + _SECONDS
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return DocumentReading(problem="not a readable PDF")
    texts: set[str] = set()
    has_code = False
    pages = len(document)
    if pages > _MOST_PAGES:
        return DocumentReading(pages=pages, problem=f"more than {_MOST_PAGES} pages")
    for page in document:
        bitmap = page.render(scale=_RENDER_SCALE, grayscale=True)  # pyright: ignore[reportArgumentType] - floats are documented
        texts.update(result.text for result in zxingcpp.read_barcodes(bitmap.to_pil()))
        words = "".join(page.get_textpage().get_text_bounded().split())
        has_code = has_code or code in words or grouped(code) in words
        if time.monotonic() > deadline:
            return DocumentReading(pages=pages, problem="rendering takes too long")
    return DocumentReading(frozenset(texts), pages, has_code)
