"""Divisions of GB/T 2260 and what lies in them: XX0000 is a province, XXXX00 a city, 000000 the whole country.

What partners send to try things out lies in `SANDBOX`, which is in no division: no authority sees it.
"""

from __future__ import annotations

import re

from gateway.store.database import SANDBOX

__all__ = ["SANDBOX", "lies_in", "pattern_of"]
_TRAILING = re.compile("(?:00){1,3}$")


def lies_in(division: str, outer: str) -> bool:
    """Whether a division is `outer` or below it."""
    return division != SANDBOX and division.startswith(_TRAILING.sub("", outer))


def pattern_of(division: str) -> str:
    """A division and all below it, as a pattern of LIKE: `350000` is `35%`.

    That of the whole country matches the sandbox too, which the store keeps from it by a policy of its own.
    """
    prefix = _TRAILING.sub("", division)
    return division if prefix == division else f"{prefix}%"
