"""Cleaners for what belongs to a person: names, sex, telephone."""

from __future__ import annotations

import re
import unicodedata
from unicodedata import category

from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.problems import MOBILE, NAME, PHONE, PINYIN, SEX, Dirty

# The separator between the parts of a minority or transliterated name; NFKC leaves most of these alone.
_DOTS = str.maketrans(dict.fromkeys("•‧⋅･・∙●。．᛫⸱", "·"))
_AROUND_DOT = re.compile(r"\s*·\s*")
_BETWEEN_HAN = re.compile(r"(?<=[^\x00-\u024f\s])\s+(?=[^\x00-\u024f\s])")
_SPACES = re.compile(r"\s+")
is_han_only = re.compile(r"[\u4e00-\u9fff]+").fullmatch
is_bare_mobile = re.compile(r"1[3-9]\d{9}", re.ASCII).fullmatch
_LATIN = re.compile(r"[A-Z]+(?:[ '\-][A-Z]+)*")
_U_UMLAUT = str.maketrans({"ü": "YU", "Ü": "YU", "ǖ": "YU", "ǘ": "YU", "ǚ": "YU", "ǜ": "YU"})
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_PHONE = re.compile(r"\+?[\d()\-]{5,24}(?:(?:转|ext\.?|x|#|-)\d{1,6})?", re.ASCII | re.IGNORECASE)
_PUNCTUATION = str.maketrans("", "", " \t-()./\u2010\u2011\u2012\u2013\u2014\u3000")
_NAME_CATEGORIES = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Zs"}
_NAME_MARKS = set("·.'-’(),/")


def person_name(text: str) -> str:
    """All name dots to `·`; spaces between Han characters out; between Latin words one space stays."""
    if is_han_only(text):  # most names: nothing below could change or refuse them
        return text
    name = _AROUND_DOT.sub("·", text.translate(_DOTS))
    name = _SPACES.sub(" ", _BETWEEN_HAN.sub("", name)).strip(" ·")
    if not name or any(category(letter) not in _NAME_CATEGORIES and letter not in _NAME_MARKS for letter in name):
        raise Dirty(NAME)
    return name


def pinyin(text: str) -> str:
    """Surname and given name as in a passport, `ZHANG SAN`; `/` and commas part them; ü becomes YU (never U)."""
    plain = text.translate(_U_UMLAUT).upper().replace("/", " ").replace(",", " ").replace("’", "'")
    letters = unicodedata.normalize("NFD", plain)
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
