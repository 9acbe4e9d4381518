"""How much of a foreign PDF is checked, for those who check and those who say so."""

from __future__ import annotations

MOST_SIGNATURES = 32
