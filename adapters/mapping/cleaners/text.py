"""Cleaners for any text."""

from __future__ import annotations

import re

from adapters.mapping.problems import CODE, NUL, Dirty
from schemas.plain_text import normalised

# White space as `str.isspace` knows it, and characters that nobody sees.
_EDGES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
_EDGES += "".join(map(chr, range(0x2000, 0x2010))) + "\u2060\ufeff\u00ad"
_RUNS = re.compile(r"\s+")
_CODE = re.compile(r"[0-9A-Za-z_.\-]{1,64}")


def nfkc(text: str) -> str:
    """Full-width letters, digits and punctuation to their plain forms (`Ｘ` to `X`, `／` to `/`, U+3000 to space)."""
    return normalised("NFKC", text)


def trim(text: str) -> str:
    """Without white space and invisible characters at both ends. U+0000 is refused."""
    if "\0" in text:
        raise Dirty(NUL)
    return text.strip(_EDGES)


def tidy(text: str) -> str:
    """nfkc and trim in one step, for the usual case on the hot path."""
    text = normalised("NFKC", text)
    if "\0" in text:
        raise Dirty(NUL)
    return text.strip(_EDGES)


def squeeze(text: str) -> str:
    """Runs of white space to one space."""
    return _RUNS.sub(" ", text).strip()


def upper(text: str) -> str:
    return text.upper()


def code(text: str) -> str:
    """A partner's own code or number: no spaces inside, letters, digits, `-`, `_` and `.` only."""
    joined = _RUNS.sub("", text)
    if not _CODE.fullmatch(joined):
        raise Dirty(CODE)
    return joined
