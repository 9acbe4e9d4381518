"""The QR on a photograph, read in a process of its own with bounds on time and memory."""

from __future__ import annotations

import json
from pathlib import Path

from adapters.enclosure import Enclosure
from gateway.base.children import ChildFailed, answer_of
from gateway.base.lanes import Lanes

_SECONDS = 10
_ENCLOSURE = Enclosure(Path(__file__).with_name("photo_worker.py"), memory=1024**3, seconds=_SECONDS)
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, 20


class PhotoReader:
    """Reads photographs, a few at a time, and of each authority fewer."""

    def __init__(self) -> None:
        self._lanes = Lanes("photo", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)

    async def texts(self, photo: bytes, *, sender: int) -> list[str]:
        """The texts of the QR codes on it; none for what cannot be read. Raises Refused (LIMIT-002)."""
        async with self._lanes.turn(sender):
            return await _read_in_child(photo)


async def _read_in_child(photo: bytes) -> list[str]:
    try:
        return json.loads(await answer_of(_ENCLOSURE.command(), photo, _SECONDS))
    except (TimeoutError, ChildFailed):
        return []
