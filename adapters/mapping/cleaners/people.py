"""Cleaners for what belongs to a person: names, sex, telephone."""

from __future__ import annotations

import re
from unicodedata import category

from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.problems import MOBILE, NAME, PHONE, PINYIN, SEX, Dirty
from schemas.names import plain_name, strange_letters
from schemas.plain_text import normalised

_SPACES = re.compile(r"\s+")
is_bare_mobile = re.compile(r"1[3-9]\d{9}", re.ASCII).fullmatch
_LATIN = re.compile(r"[A-Z]+(?:[ '\-][A-Z]+)*")
_U_UMLAUT = str.maketrans({"ü": "YU", "Ü": "YU", "ǖ": "YU", "ǘ": "YU", "ǚ": "YU", "ǜ": "YU"})
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_PHONE = re.compile(r"\+?[\d()\-]{5,24}(?:(?:转|ext\.?|x|#|-)\d{1,6})?", re.ASCII | re.IGNORECASE)
_PUNCTUATION = str.maketrans("", "", " \t-()./\u2010\u2011\u2012\u2013\u2014\u3000")


def person_name(text: str) -> str:
    """A name in its plain form: all name dots `·`, no spaces between Han characters, one between Latin words."""
    name = plain_name(text)
    strange = strange_letters(name) if name else (text[:8],)
    if strange:
        raise Dirty(NAME, letters=", ".join(strange))
    return name


def pinyin(text: str) -> str:
    """Surname and given name as in a passport, `ZHANG SAN`; `/` and commas part them; ü becomes YU (never U)."""
    plain = text.translate(_U_UMLAUT).upper().replace("/", " ").replace(",", " ").replace("’", "'")
    letters = normalised("NFD", plain)
    bare = "".join(letter for letter in letters if category(letter) != "Mn")
    joined = _SPACES.sub(" ", bare).strip()
    if not _LATIN.fullmatch(joined):
        raise Dirty(PINYIN)
    return joined


def sex(text: str) -> str:
    """GB/T 2261.1 from 男/女, M/F or 1/2: `1` is male, `2` female."""
    found = by_any_name("sex").get(text.casefold())
    if found not in ("1", "2"):
        raise Dirty(SEX)
    return found


def cn_mobile(text: str) -> str:
    """Eleven digits, without +86, spaces and hyphens."""
    match = _MOBILE.fullmatch(text) or _MOBILE.fullmatch(text.translate(_PUNCTUATION))
    if match is None:
        raise Dirty(MOBILE)
    return match[1]


def phone(text: str) -> str:
    """Any telephone number: digits with optional +, brackets, hyphens and extension; spaces out."""
    bare = _SPACES.sub("", text)
    if not _PHONE.fullmatch(bare):
        raise Dirty(PHONE)
    return bare
