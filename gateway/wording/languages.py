"""The two languages in which people are spoken to, and how a text is said in one of them."""

from __future__ import annotations

from schemas.findings import Text

ZH, EN = "zh", "en"
TAGS = {ZH: "zh-CN", EN: "en"}


def word(words: Text, language: str) -> str:
    """What is said in one language."""
    return words.zh if language == ZH else words.en


def said(words: Text, language: str | None) -> str:
    """The same; None says both, Chinese first."""
    return f"{words.zh} {words.en}" if language is None else word(words, language)
