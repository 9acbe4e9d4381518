"""The subprocess that puts a document under a seal: a JSON order on standard input, the PDF on its output.

The order is {"pdf", "mark", "seals", "root"}, contents as Base64. The seal stands on the middle of the words `mark`,
which the document has where it is to be; without them in the lower right of the last page.
"""

from __future__ import annotations

import json
import resource
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence

from pypdfium2 import PdfDocument

from gateway.seals.hands import hand_of
from gateway.seals.pades import Spot, sealed

_FROM_RIGHT, _FROM_BOTTOM = 110.0, 110.0


def main(arguments: Sequence[str]) -> None:
    memory, seconds = map(int, arguments)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    order = json.loads(sys.stdin.buffer.read())
    pdf, hands = b64decode(order["pdf"]), {role: hand_of(given) for role, given in order["seals"].items()}
    spots = [spot for role in hands for spot in _spots(pdf, order["mark"], role)]
    sys.stdout.buffer.write(sealed(pdf, spots, hands, b64decode(order["root"])))


def _spots(pdf: bytes, mark: str, role: str) -> Iterator[Spot]:
    """Every place of the mark; one where there is none."""
    found, width, height = 0, 595.0, 842.0
    with PdfDocument(pdf) as document:
        for number, page in enumerate(document, 1):
            width, height = page.get_size()
            text = page.get_textpage()
            searcher = text.search(mark)
            while (place := searcher.get_next()) is not None:
                left, bottom, right, top = _box(text, *place)
                yield Spot(
                    role=role,
                    copy=found,
                    page=number,
                    x=(left + right) / 2,
                    y=height - (bottom + top) / 2,
                    height=height,
                )
                found += 1
        if not found:
            spot = {"page": len(document), "x": width - _FROM_RIGHT, "y": height - _FROM_BOTTOM, "height": height}
            yield Spot(role=role, copy=0, **spot)


def _box(text: object, index: int, count: int) -> tuple[float, float, float, float]:
    boxes = [text.get_charbox(at) for at in range(index, index + count)]  # pyright: ignore[reportAttributeAccessIssue]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
