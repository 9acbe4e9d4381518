"""When a request is sent again: only when that is safe, and never sooner than the gateway asks for."""

from __future__ import annotations

import random
from dataclasses import dataclass

AGAIN = frozenset({408, 429, 500, 502, 503, 504, 507})
"""What may be otherwise next time. A push has an idempotency key, so that it is never carried out twice."""
NOT_LOOKED_AT = frozenset({429})
"""What was refused before it was looked at."""


@dataclass(frozen=True)
class Retrying:
    """At most so many `attempts`; between them waits that double from `first` to `most` seconds, with some chance.

    A large document is followed for `follow` seconds until it is done.
    """

    attempts: int = 8
    first: float = 0.5
    most: float = 30.0
    follow: float = 3600.0

    def pause(self, attempt: int, retry_after: str | None) -> float:
        """Seconds until the attempt after the one of that number, counted from 1."""
        waited = min(self.most, self.first * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311
        try:
            return max(waited, float(retry_after or 0))
        except ValueError:  # a date: what we wait anyway must do
            return waited
