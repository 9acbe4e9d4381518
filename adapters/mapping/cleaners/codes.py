"""Cleaners for answers with few values, and for the codes of the public lists."""

from __future__ import annotations

from functools import lru_cache

from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.problems import COUNTRY, DIVISION, YES_NO, Dirty

_YES = {"是", "有", "同意", "y", "yes", "true", "1", "√", "✓", "需要"}
_NO = {"否", "无", "没有", "不同意", "n", "no", "false", "0", "x", "×", "不需要"}
_COUNTRY_ALIASES = {"中国大陆": "CN", "大陆": "CN", "香港": "HK", "澳门": "MO", "台湾": "TW"}


def yes_no(text: str) -> bool:
    """True or False from 是/否, 有/无, Y/N, 1/0, true/false."""
    answer = text.lower()
    if answer in _YES:
        return True
    if answer in _NO:
        return False
    raise Dirty(YES_NO)


def country(text: str) -> str:
    """ISO 3166 alpha-2 from alpha-2, alpha-3, the Chinese or the English name."""
    found = by_any_name("countries").get(text.casefold()) or _COUNTRY_ALIASES.get(text)
    if found is None:
        raise Dirty(COUNTRY)
    return found


def division(text: str) -> str:
    """GB/T 2260 code of six digits from a code of 6 to 12 digits or a name that only one division bears."""
    if text.isascii() and text.isdigit() and len(text) in (6, 9, 12):
        return text[:6]
    found = _division_names().get(text)
    if found is None:
        raise Dirty(DIVISION)
    return found


@lru_cache(maxsize=1)
def _division_names() -> dict[str, str]:
    return by_any_name("divisions", unique=True)
