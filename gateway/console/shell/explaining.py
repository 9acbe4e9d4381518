"""How a page tells what went wrong on it."""

from __future__ import annotations

from gateway.base.problems import Refused
from gateway.wording.languages import ZH, word


def explained(refusal: Refused | None, language: str) -> str:
    """What went wrong and what to do; empty where nothing did."""
    if refusal is None:
        return ""
    title = word(refusal.problem.title, language)
    more = word(refusal.detail or refusal.problem.advice, language)
    return f"{title}。{more}" if language == ZH else f"{title}. {more}"
