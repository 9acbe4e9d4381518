"""Identifiers that grow with time, so that index pages stay warm (RFC 9562 UUIDv7)."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from gateway.base.entropy import random_bytes

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_MASK = ~((0xF << 76) | (0x3 << 62)) & ((1 << 80) - 1)


def uuid7() -> UUID:
    """A new UUIDv7 of this millisecond."""
    random = int.from_bytes(random_bytes(10), "big") & _RANDOM_MASK
    return UUID(int=(time.time_ns() // 1_000_000) << 80 | _VERSION_7 | _VARIANT | random)


def least_uuid7(moment: datetime) -> UUID:
    """The smallest that `uuid7` gives in the millisecond of an aware moment: what is made later is not below it."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | _VERSION_7 | _VARIANT)
