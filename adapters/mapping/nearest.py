"""The word that somebody probably meant, for messages about configuration files."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.findings import Text

_ALIKE = 0.6


def meant(text: Text, word: str, known: Iterable[str]) -> Text:
    """A text about a word, with `; did you mean 'from'?` where a known word is near."""
    found = get_close_matches(word, list(known), n=1, cutoff=_ALIKE)
    if not found:
        return text
    near = found[0]
    return Text(f"{text.zh}；是否应为“{near}”？", f"{text.en}; did you mean {near!r}?")
