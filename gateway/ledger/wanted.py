"""Which records a list is to show, and in which order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from adapters.envelope import Channel

MOST_COUNTED = 10_000
"""As far as the records of a list are counted, and as deep as its pages go: beyond it a filter helps more."""


class Order(StrEnum):
    """How a list is sorted; those without a date of departure, or a day on which they are due, come last. Among those
    that are due, what has ended comes after what waits.
    """

    OLDEST = "oldest"
    NEWEST = "newest"
    SOONEST = "soonest"
    LATEST = "latest"
    DUE = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Records of a kind that meet every criterion given.

    `agency` is a credit code or a part of a name, `number` a business number, a code, or a number printed on it; the
    days of departure include both ends.
    """

    kind: str
    state: str | None = None
    subkind: str | None = None
    agency: str | None = None
    number: str | None = None
    departs_from: date | None = None
    departs_until: date | None = None
    order: Order = Order.OLDEST

    def criteria(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "order"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Submissions of a kind, or that came by a channel; all where neither is given."""

    kind: str | None = None
    channel: Channel | None = None
