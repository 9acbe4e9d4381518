"""What a partner may have go wrong on purpose in the sandbox, to see that its system copes."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    LOST_REPLY = "lost_reply"
    """The request is carried out, and its answer is lost on the way."""
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    SLOW = "slow"
    """Carried out and answered, after a while."""
    CLOCK_SKEW = "clock_skew"
    """Refused as if its clock were wrong."""
    EXPIRED_KEY = "expired_key"


SLOW_SECONDS = 3.0
MOST_TIMES = 1000
