"""Identifiers that grow with time, so that index pages stay warm (RFC 9562 UUIDv7)."""

from __future__ import annotations

import time
from uuid import UUID

from gateway.base.entropy import random_bytes

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_MASK = ~((0xF << 76) | (0x3 << 62)) & ((1 << 80) - 1)


def uuid7() -> UUID:
    """A new UUIDv7 of this millisecond."""
    random = int.from_bytes(random_bytes(10), "big") & _RANDOM_MASK
    return UUID(int=(time.time_ns() // 1_000_000) << 80 | _VERSION_7 | _VARIANT | random)
