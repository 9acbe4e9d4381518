"""The final contract document: a PDF that must carry this contract's own code and QR, read from the page image.

Rendering foreign PDFs is the riskiest parsing we do, so every document has a process of its own with bounds on time,
memory and pages; one that overruns is killed and holds up nobody else.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from dataclasses import dataclass

_MOST_PAGES = 60
_RENDER_DOTS_PER_INCH = 200  # reads a 20 mm code
_LARGEST_PAGE_POINTS = 3400  # A0, in PDF points
_MEMORY_BYTES = 2 * 1024**3
_SECONDS = 30
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What was found on the pages: QR texts, and whether the code stands in the text. `problem` when unreadable."""

    qr_texts: frozenset[str] = frozenset()
    pages: int = 0
    has_code: bool = False
    problem: str | None = None


class DocumentReader:
    """Reads PDFs in bounded child processes, a few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read(self, pdf: bytes, code: str) -> DocumentReading:
        """QR texts of all pages. A file that cannot be read is a reading with a `problem`, never an exception."""
        if not pdf.startswith(b"%PDF-"):
            return DocumentReading(problem="not a PDF")
        async with self._turns:
            return await _read_in_child(pdf, code)


async def _read_in_child(pdf: bytes, code: str) -> DocumentReading:
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", "gateway.contracts.document_reading", code)
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nowhere)
    try:
        async with asyncio.timeout(_SECONDS):
            found, _ = await child.communicate(pdf)
    except TimeoutError:
        return DocumentReading(problem="rendering takes too long")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        return DocumentReading(problem="the document cannot be rendered")
    reading = json.loads(found)
    return DocumentReading(frozenset(reading.pop("qr_texts")), **reading)


def _read(pdf: bytes, code: str) -> dict[str, object]:
    """Runs in the child: the fields of a DocumentReading."""
    import pypdfium2

    from gateway.trust.codes import grouped
    from gateway.trust.qr_image import texts_in

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return {"qr_texts": [], "problem": "not a readable PDF"}
    pages = len(document)
    if pages > _MOST_PAGES:
        return {"qr_texts": [], "pages": pages, "problem": f"more than {_MOST_PAGES} pages"}
    texts: set[str] = set()
    has_code = False
    for page in document:
        if max(page.get_size()) > _LARGEST_PAGE_POINTS:
            return {"qr_texts": [], "pages": pages, "problem": "a page is larger than A0"}
        bitmap = page.render(scale=_RENDER_DOTS_PER_INCH / 72, grayscale=True)  # pyright: ignore[reportArgumentType]
        texts.update(texts_in(bitmap.to_pil()))
        words = "".join(page.get_textpage().get_text_bounded().split())
        has_code = has_code or code in words or grouped(code) in words
    return {"qr_texts": sorted(texts), "pages": pages, "has_code": has_code}


def main() -> None:
    """The child: PDF on standard input, a JSON reading on standard output, under limits of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    json.dump(_read(sys.stdin.buffer.read(), sys.argv[1]), sys.stdout)


if __name__ == "__main__":
    main()
