"""Pages of documents as pictures, each made in a process of its own with bounds on time and memory.

Who reads a document in the page sees what it looks like, and none of what a foreign PDF may do in a browser.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from adapters.enclosure import Enclosure
from gateway.base.children import ChildFailed, answer_of
from gateway.base.lanes import Lanes

MOST_PICTURES = 20
"""Pages of a document that are shown: who wants to read on opens the document."""
PICTURE_TYPE = "image/jpeg"
_SECONDS = 20
_ENCLOSURE = Enclosure(Path(__file__).with_name("page_worker.py"), memory=1024**3, seconds=_SECONDS)
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, MOST_PICTURES


class PagePictures:
    """Makes pictures, a few at a time, and for each reader fewer."""

    def __init__(self) -> None:
        self._lanes = Lanes("page", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)

    async def of(self, pdf: bytes, number: int, *, reader: Hashable) -> bytes | None:
        """The page of that number, from 1, as a JPEG; None for one that there is not, or that cannot be shown.

        Raises Refused (LIMIT-002) when too many pictures are made for `reader`.
        """
        if not 1 <= number <= MOST_PICTURES:
            return None
        async with self._lanes.turn(reader):
            try:
                picture = await answer_of(_ENCLOSURE.command(str(number)), pdf, _SECONDS)
            except (TimeoutError, ChildFailed):
                return None
        return picture or None
