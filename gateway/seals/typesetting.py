"""Sets and seals rosters in child processes of their own, a few at a time, bounded in time and memory."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.base import problems
from gateway.base.children import ChildFailed, answer_of
from gateway.base.clock import CHINA
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused

_log = structlog.get_logger()
_ROSTERS = Path(__file__).with_name("roster_worker.py")
_DOCUMENTS = Path(__file__).with_name("sealing_worker.py")
_SECONDS = 60
_MEMORY = 2 * 1024**3
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """A seal that is to stand on every copy, with the key that signs for it."""

    role: str
    title: str
    picture: bytes
    diameter: float
    certificate: bytes
    private_key: bytes

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "svg": self.picture.decode(),
            "diameter": self.diameter,
            "certificate": b64encode(self.certificate).decode(),
            "private_key": b64encode(self.private_key).decode(),
        }


class Typesetter:
    """Makes the PDF of a form, in one child process each."""

    def __init__(self) -> None:
        self._lanes = Lanes("rosters", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)

    async def roster(
        self, form: Mapping[str, Any], made_at: datetime, seals: Sequence[Impression], root: bytes, *, owner: int
    ) -> bytes:
        """The roster in all its copies, under its seals in their order.

        Raises Refused (LIMIT-002 when too much of `owner` waits, SEAL-004).
        """
        order = {
            "form": form,
            "made_at": made_at.astimezone(CHINA).isoformat(timespec="seconds"),
            "seals": {each.role: each.as_dict() for each in seals},
            "root": b64encode(root).decode(),
        }
        async with self._lanes.turn(owner):
            return await _in_child(_ROSTERS, orjson.dumps(order))

    async def under_seals(
        self, pdf: bytes, seals: Sequence[Impression], root: bytes, *, mark: str, owner: int
    ) -> bytes:
        """A document of ours under its seals, each on every place of the words `mark`.

        Raises Refused (LIMIT-002 when too much of `owner` waits, SEAL-004).
        """
        order = {
            "pdf": b64encode(pdf).decode(),
            "mark": mark,
            "seals": {each.role: each.as_dict() for each in seals},
            "root": b64encode(root).decode(),
        }
        async with self._lanes.turn(owner):
            return await _in_child(_DOCUMENTS, orjson.dumps(order))


async def _in_child(worker: Path, order: bytes) -> bytes:
    command = [sys.executable, "-I", str(worker), str(_MEMORY), str(_SECONDS)]
    try:
        return await answer_of(command, order, _SECONDS)
    except TimeoutError:
        raise Refused(problems.NOT_SET) from None
    except ChildFailed as failed:  # what it says may name travellers
        _log.error("a document could not be set or sealed", exit_status=failed.exit_status)
        raise Refused(problems.NOT_SET) from None
