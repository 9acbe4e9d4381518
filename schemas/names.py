"""People's names as they are compared and stored: one form, one alphabet, whichever door they came by.

A name is letters of any script with the marks that names have. Parts of minority and transliterated names are joined
by `·` (GB/T 2312 01-04), which systems write in a dozen ways. The zero of Chinese names (`〇`) is a letter; a question
mark stands where a system lost one.
"""

from __future__ import annotations

import re
from unicodedata import category

from schemas.plain_text import normalised

# NFKC leaves most of these alone, and would make the full-width stop an ordinary one.
_DOTS = str.maketrans(dict.fromkeys("•‧⋅･・∙●。．᛫⸱｡", "·"))
_SPACES = re.compile(r"\s+")
_AROUND_DOT = re.compile(r" ?· ?")
_HAN = r"[〇\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_BETWEEN_HAN = re.compile(f"(?<={_HAN}) (?={_HAN})")
_EDGES = " ·\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"})
_MARKS = frozenset(" ·.'-’(),/〇")
_MOST_SHOWN = 5
_LONGEST = 256

is_han_only = re.compile(r"[\u4e00-\u9fff]+").fullmatch

SURELY_PLAIN = r"^([\u4e00-\u9fff]+(·[\u4e00-\u9fff]+)*|[A-Za-z]+([ '-][A-Za-z]+)*)$"
"""Names that `plain_name` leaves as they are and in which `strange_letters` finds nothing; nearly all are."""

OF_LETTERS = r"^[\p{Lu}\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{Mn}\p{Mc} ·.'\-’(),/〇]*$"
"""Names in which `strange_letters` finds nothing."""


def plain_name(text: str) -> str:
    """All name dots to `·`; spaces between Han characters out; between other words one space stays; plain widths.

    What is far longer than a name is left as it is, for the schema to refuse.
    """
    if is_han_only(text) or len(text) > _LONGEST:
        return text
    name = _SPACES.sub(" ", normalised("NFKC", text.translate(_DOTS)))
    return _BETWEEN_HAN.sub("", _AROUND_DOT.sub("·", name)).strip(_EDGES)


def plain_organisation(text: str) -> str:
    """An organisation's name for comparison only: plain widths and letter case, no spaces. What is stored is prose."""
    return _SPACES.sub("", normalised("NFKC", text)).casefold()


def strange_letters(name: str) -> tuple[str, ...]:
    """The characters of a plain name that no name has, each once, with its code point: `? U+003F`, `U+200B`."""
    strange = dict.fromkeys(letter for letter in name if category(letter) not in _LETTERS and letter not in _MARKS)
    return tuple(_shown(letter) for letter in strange)[:_MOST_SHOWN]


def _shown(letter: str) -> str:
    point = f"U+{ord(letter):04X}"
    return f"{letter} {point}" if letter.isprintable() and not letter.isspace() else point
