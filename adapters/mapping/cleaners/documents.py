"""Cleaners for identifiers. They tidy the writing and never repair a number; check digits are the rules' work."""

from __future__ import annotations

import re

from adapters.mapping.problems import (
    DIGITS_LOST,
    DIGITS_NUMBER,
    DOCUMENT_NO,
    IDENTIFIER_NUMBER,
    LICENSE_NO,
    USCC,
    Dirty,
)
from schemas.identifiers import LOST_DIGITS

SAFE_DIGITS = 10**15  # a spreadsheet keeps 15 significant digits of a number
is_usual_document_no = re.compile(r"\d{17}[\dX]|[A-Z]{1,2}\d{7,9}", re.ASCII).fullmatch
_SPACES = re.compile(r"\s+")
_has_lost_digits = re.compile(LOST_DIGITS).match
_DOCUMENT = re.compile(r"[0-9A-Z](?:[0-9A-Z.\-/]{0,38}[0-9A-Z])?", re.ASCII)
_LICENSE = re.compile(r"L-[A-Z]{2,5}-?(?:[A-Z]{2})?\d{3,8}", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212_", "-"))
_USCC = re.compile(r"[0-9A-Z]{18}", re.ASCII)


def document_no(value: str | int | float) -> str:
    """Upper case, without spaces. Numbers and `1.10105E+17` are refused: a spreadsheet has lost digits."""
    if not isinstance(value, str):
        raise Dirty(DIGITS_LOST if abs(value) >= SAFE_DIGITS else DIGITS_NUMBER)
    if is_usual_document_no(value):
        return value
    bare = _unguarded(_SPACES.sub("", value)).upper()
    if _has_lost_digits(bare):
        raise Dirty(DIGITS_LOST)
    if not _DOCUMENT.fullmatch(bare):
        raise Dirty(DOCUMENT_NO)
    return bare


def whole_identifier(text: str) -> str:
    """An identifier without its guards. Raises Dirty for one that a spreadsheet has written as `1.10105E+17`."""
    is_quoted_word = text[:1] == "'" and not text[1:2].isdigit()
    bare = text if is_quoted_word else _unguarded(text)
    if _has_lost_digits(bare):
        raise Dirty(IDENTIFIER_NUMBER)
    return bare


def _unguarded(text: str) -> str:
    """Without what people put around digits to keep a spreadsheet from reading a number: `'123` and `="123"`."""
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    return text.lstrip("'")


def license_no(text: str) -> str:
    """Agency licence such as `L-BJ-CJ00144`: upper case, plain hyphens, no spaces."""
    bare = _SPACES.sub("", text).translate(_DASHES).upper()
    if not _LICENSE.fullmatch(bare):
        raise Dirty(LICENSE_NO)
    return bare


def uscc(text: str) -> str:
    """Unified social credit code (GB 32100): 18 characters, upper case, without spaces and hyphens."""
    bare = _SPACES.sub("", text).replace("-", "").upper()
    if _has_lost_digits(bare):
        raise Dirty(DIGITS_LOST)
    if not _USCC.fullmatch(bare):
        raise Dirty(USCC)
    return bare
