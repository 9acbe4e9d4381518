"""The word that somebody probably meant, for messages about configuration files."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_ALIKE = 0.6


def meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'from'?` where a known word is near, else nothing."""
    found = get_close_matches(word, list(known), n=1, cutoff=_ALIKE)
    return f"; did you mean {found[0]!r}?" if found else ""
