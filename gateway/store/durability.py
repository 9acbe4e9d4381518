"""Whether what is committed now would survive a crash, watched while the service runs.

The settings of the server may be changed live. Until they are right again nothing new is acknowledged; what was
acknowledged before stays as durable as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Gauge

from gateway.base import problems
from gateway.base.problems import Refused
from schemas.findings import Text

_DURABLE = Gauge("yizhan_durable", "1 while what is committed would survive a crash")
_DURABLE.set(1)
_RETRY_AFTER = {"Retry-After": "5"}
_log = structlog.get_logger()


class Durability:
    """What was seen of the server the last time."""

    def __init__(self) -> None:
        self._weak: tuple[str, ...] = ()
        self._told: tuple[str, ...] = ()

    @property
    def weak(self) -> Text | None:
        """What is wrong, for a person to put right."""
        if not self._weak:
            return None
        shown = ", ".join(self._weak)
        return Text(
            f"数据库当前设置为 {shown}，崩溃时可能丢失数据",
            f"PostgreSQL runs with {shown}: a crash could lose data",
        )

    def must_hold(self) -> None:
        """Raises Refused (LIMIT-005) while a commit could be lost."""
        if (weak := self.weak) is not None:
            raise Refused(problems.NOT_DURABLE, weak, headers=_RETRY_AFTER)

    async def note(self, weak: tuple[str, ...], on_change: Callable[[Text | None], Awaitable[None]]) -> None:
        """What the server says now; a change is logged, and told to `on_change`, which is tried until it succeeds."""
        if weak != self._weak:
            self._weak = weak
            _DURABLE.set(0 if weak else 1)
            _log.error("durability", error=", ".join(weak) or "restored")
        if weak != self._told:
            await on_change(self.weak)
            self._told = weak
