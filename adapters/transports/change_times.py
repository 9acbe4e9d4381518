"""When the records of a page were changed, as far as the portal's own stamps can be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.mapping.chain import Chain
from adapters.mapping.problems import Dirty

_MOMENTS = Chain(("nfkc", "trim"), ("",), ("cn_datetime",))


def newest(stamps: Iterable[Any]) -> str | None:
    """The latest of the stamps that can be read, `2026-11-02T09:30:00`; None when there is none."""
    return max((moment for stamp in stamps if (moment := _read(stamp))), default=None)


def _read(stamp: Any) -> str | None:
    """A stamp that cannot be read is the mapping's to complain about; no page is lost over it."""
    try:
        return None if stamp is None else _MOMENTS.scalar(stamp)
    except Dirty:
        return None
