"""The final contract document: a PDF that must carry this contract's own code and QR, read from the page image.

Rendering foreign PDFs is the riskiest parsing we do, so every document has a process of its own with bounds on time,
memory and pages; one that overruns is killed and holds up nobody else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from adapters.enclosure import Enclosure
from gateway.base.children import ChildFailed, answer_of
from gateway.base.lanes import Lanes
from gateway.contracts.bounds import MOST_PAGES
from schemas.findings import Text

_SECONDS = 60
_ENCLOSURE = Enclosure(Path(__file__).with_name("document_worker.py"), memory=2 * 1024**3, seconds=_SECONDS)
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, 20
_FLAWS = {
    "no pdf": Text("文件不是 PDF，请上传 PDF 格式的文件", "It is not a PDF: upload the document as a PDF"),
    "unreadable": Text(
        "PDF 已损坏或加密，无法打开，请重新导出不加密的 PDF",
        "The PDF is damaged or encrypted: export it again without a password",
    ),
    "pages": Text(
        f"PDF 超过 {MOST_PAGES} 页，请只上传文件本身，附件另行保存",
        f"The PDF has more than {MOST_PAGES} pages: upload the document alone and keep its attachments elsewhere",
    ),
    "page size": Text("PDF 中有大于 A0 的页面，请按 A4 重新导出", "A page is larger than A0: export it again as A4"),
    "slow": Text(
        f"{_SECONDS} 秒内未能识读完 PDF，请降低扫描分辨率，并将二维码放在靠前的页面",
        f"It could not be read within {_SECONDS} s: use smaller pictures, and put the QR on one of the first pages",
    ),
}


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What was found on the pages: QR texts, and whether the code stands in the text. `problem` when unreadable.

    Once the wanted QR has been found, no further page is looked at for others.
    """

    qr_texts: frozenset[str] = frozenset()
    pages: int = 0
    has_code: bool = False
    problem: Text | None = None


class DocumentReader:
    """Reads PDFs in bounded child processes, a few at a time, and of each sender fewer."""

    def __init__(self) -> None:
        self._lanes = Lanes("pdf", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)

    async def look(self, pdf: bytes, *, sender: int) -> DocumentReading:
        """Whether a file is a PDF whose pages can be read, and how many it has. Raises Refused as `read` does."""
        return await self.read(pdf, "", "", sender=sender)

    async def read(self, pdf: bytes, code: str, qr_text: str, *, sender: int) -> DocumentReading:
        """QR texts until the wanted one. A file that cannot be read is a reading with a `problem`, no exception.

        Raises Refused (LIMIT-002) when too many of `sender` wait.
        """
        if not pdf.startswith(b"%PDF-"):
            return DocumentReading(problem=_FLAWS["no pdf"])
        async with self._lanes.turn(sender):
            return await _read_in_child(pdf, code, qr_text)


async def _read_in_child(pdf: bytes, code: str, qr_text: str) -> DocumentReading:
    try:
        found = await answer_of(_ENCLOSURE.command(code, qr_text), pdf, _SECONDS)
    except TimeoutError:
        return DocumentReading(problem=_FLAWS["slow"])
    except ChildFailed:
        return DocumentReading(problem=_FLAWS["unreadable"])
    reading = json.loads(found)
    flaw, qr_texts = reading.pop("flaw", None), frozenset(reading.pop("qr_texts", ()))
    return DocumentReading(qr_texts, **reading, problem=flaw and _FLAWS[flaw])
