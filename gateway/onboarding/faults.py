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
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    """A delivery is made twice, under one id."""
    OUT_OF_ORDER_WEBHOOK = "out_of_order_webhook"
    """A delivery is made after the one behind it."""


OF_DELIVERIES = frozenset({Fault.DUPLICATE_WEBHOOK, Fault.OUT_OF_ORDER_WEBHOOK})
OF_REQUESTS = frozenset(Fault) - OF_DELIVERIES
SLOW_SECONDS = 3.0
MOST_TIMES = 1000
