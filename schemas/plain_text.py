"""Unicode normal forms in time that grows with the text, whatever the text is.

Marks that stand on one letter are put in order by exchanging neighbours, so a hundred thousand of them in a row would
take minutes. No language has more than a few: a text with over thirty of them in a row is not in the Stream-Safe Text
Format (UAX #15, section 13), and keeps its characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

LONGEST_TEXT = 4000
"""Characters of the longest text that any schema takes."""

MOST_MARKS = 30
_NO_MARKS = r"\x00-\u02ff\u2000-\u20cf\u2100-\u2bff\u2f00-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7ff\uff00-\uff9d"
_CHANCE = re.compile(rf"[^{_NO_MARKS}]{{{MOST_MARKS + 1}}}")
"""Where there might be over thirty marks in a row: none of the usual letters has or is one."""


def is_stream_safe(text: str) -> bool:
    """Whether no more than thirty marks stand in a row, those that a composed letter hides included."""
    return len(text) <= MOST_MARKS or text.isascii() or _CHANCE.search(text) is None or _most_marks(text) <= MOST_MARKS


def normalised(form: Literal["NFC", "NFD", "NFKC"], text: str) -> str:
    """The text in a normal form; as it is when it is not stream-safe."""
    if text.isascii() or not is_stream_safe(text):
        return text
    return unicodedata.normalize(form, text)  # noqa: TID251 - the one place


def _most_marks(text: str) -> int:
    most = marks = 0
    for letter in text:
        for part in unicodedata.normalize("NFKD", letter):  # noqa: TID251 - of one letter
            marks = marks + 1 if unicodedata.combining(part) else 0
            most = max(most, marks)
    return most
