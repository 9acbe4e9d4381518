"""Bodies that are in memory at once, in this process: bounded in all, and for each caller.

A body is counted as it comes, not as it is announced, and until its request is answered. Who has not proved who they
are have half of the room between them, and each caller a quarter of it, so that nobody is kept out by somebody else.
"""

from __future__ import annotations

from collections import Counter

from prometheus_client import Gauge

from gateway.base import problems
from gateway.base.problems import Refused

_HELD = Gauge("yizhan_http_body_bytes", "Bytes of request bodies in memory")
_STRANGERS = "strangers"
_SHARE, _STRANGERS_SHARE = 4, 2


class UnderWay:
    """How many bytes are held, by whom."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: Counter[str] = Counter()
        self._all = 0

    def take(self, caller: str, size: int, *, is_stranger: bool) -> None:
        """Count `size` bytes more. Raises Refused (LIMIT-002) when they do not fit."""
        strangers = self._held[_STRANGERS] + size if is_stranger else 0
        if (
            self._all + size > self._most
            or strangers > self._most // _STRANGERS_SHARE
            or self._held[caller] + size > self._most // _SHARE
        ):
            raise Refused(problems.BUSY, headers={"Retry-After": "1"})
        _HELD.inc(size)
        self._all += size
        self._held[caller] += size
        if is_stranger:
            self._held[_STRANGERS] += size

    def give_back(self, caller: str, size: int, *, is_stranger: bool) -> None:
        """Count them no more."""
        _HELD.dec(size)
        self._all -= size
        for name in (caller, _STRANGERS) if is_stranger else (caller,):
            self._held[name] -= size
            if not self._held[name]:
                del self._held[name]


class Share:
    """What one request holds of it."""

    def __init__(self, under_way: UnderWay, address: str) -> None:
        self._under_way = under_way
        self._caller = address
        self._is_stranger = True
        self._size = 0

    def is_of(self, caller: str) -> None:
        """It is a caller's who has proved who they are. Raises Refused (LIMIT-002)."""
        size = self._size
        self.end()
        self._caller, self._is_stranger = caller, False
        if size:
            self.take(size)

    def take(self, size: int) -> None:
        """Hold so many bytes more. Raises Refused (LIMIT-002)."""
        self._under_way.take(self._caller, size, is_stranger=self._is_stranger)
        self._size += size

    def end(self) -> None:
        """The request is answered, and holds nothing."""
        if self._size:
            self._under_way.give_back(self._caller, self._size, is_stranger=self._is_stranger)
            self._size = 0
