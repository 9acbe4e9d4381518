"""How much of a final document is looked at, for those who look and those who say so."""

from __future__ import annotations

MOST_PAGES = 300
LARGEST_PAGE_POINTS = 3400
"""A0, in PDF points."""
