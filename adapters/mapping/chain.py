"""One value through its cleaners. A chain is a dictionary that fills itself: a value seen before costs one look-up.

Partners repeat themselves (dates, prices, agencies, sexes), and a hit is a single C call on the hot path. Numbers that
belong to one person hardly repeat and are not remembered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from itertools import islice
from typing import Any

from adapters.mapping.cleaners import ALREADY_CLEAN, CLEANERS, NUMERIC, PERSONAL
from adapters.mapping.cleaners.documents import SAFE_DIGITS, whole_identifier
from adapters.mapping.cleaners.text import nfkc, tidy
from adapters.mapping.problems import (
    FORMULA,
    IDENTIFIER_NUMBER,
    NOT_LISTED,
    NOT_TEXT,
    SHEET_ERROR,
    TEXT_LONG,
    TEXT_MARKS,
    Dirty,
)
from schemas.findings import Text
from schemas.plain_text import LONGEST_TEXT, MOST_MARKS, is_stream_safe

MEMO_ENTRIES = 4096
MEMO_LENGTH = 64
_MOST_LISTED = 12

_ERROR = re.compile(
    r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!|CONNECT!|BUSY!"
    r"|EXTERNAL!)|Err:5\d\d"
)
"""What spreadsheets show in place of a value (ECMA-376 part 1, 18.18.11, with those of later Excel and LibreOffice)."""
_FORMULA = re.compile(r"=(?!\"[^\"]*\"$)\s*[A-Za-z0-9_$'\"(+\-\[@{]")
_USUAL = ("nfkc", "trim")
_USUAL_PROSE = ("trim",)


class Numbers(Enum):
    """What a number is to a field that takes text.

    To an identifier digits are letters: a JSON number with a fraction or an exponent is none. A sheet knows no other
    numbers than those; there it is what it looks like, as long as no digit can be lost.
    """

    TEXT = auto()
    IDENTIFIER = auto()
    IDENTIFIER_IN_SHEET = auto()


class Chain(dict[str, Any]):
    """`chain[text]` is the clean value, or None when blank; refusals raise Dirty.

    `others[class][value]` does the same for what is not text, so that no value needs more than two look-ups.
    """

    __slots__ = (
        "_already_clean",
        "_blank",
        "_clean",
        "_lookup",
        "_numbers",
        "_numeric",
        "_remembers",
        "_via",
        "others",
    )

    def __init__(
        self,
        clean: tuple[str, ...],
        blank: tuple[str, ...],
        via: tuple[str, ...] = (),
        lookup: Mapping[str, str] | None = None,
        *,
        numbers: Numbers = Numbers.TEXT,
    ) -> None:
        super().__init__()
        self._clean = (tidy,) if clean == _USUAL else tuple(CLEANERS[name] for name in clean)
        self._blank = frozenset(blank)
        self._via = tuple(CLEANERS[name] for name in via)
        self._numeric = bool(via) and via[0] in NUMERIC
        self._lookup = lookup
        self._numbers = numbers
        is_usual = clean in (_USUAL, _USUAL_PROSE)
        self._already_clean = ALREADY_CLEAN.get(via[0]) if is_usual and len(via) == 1 and not lookup else None
        self._remembers = PERSONAL.isdisjoint(via)
        self.others = _Others(self)

    def __missing__(self, text: str) -> Any:
        if len(text) > MEMO_LENGTH:
            must_be_readable(text)
        if self._already_clean is not None and self._already_clean(text) and text not in self._blank:
            value = text
        else:
            value = self._cleaned(text)
        if self._remembers and len(text) <= MEMO_LENGTH:
            if len(self) >= MEMO_ENTRIES:
                self.clear()
            self[text] = value
        return value

    def scalar(self, value: Any) -> Any:
        """Any value of a document: text, number, truth value, null, list, or an XML element with attributes."""
        return self[value] if isinstance(value, str) else self.others[value.__class__][value]

    def number(self, number: float) -> Any:
        if self._numeric:
            return self._finish(number)
        if self._numbers is Numbers.TEXT or number.__class__ is int:
            return self[number_text(number)]
        if self._numbers is Numbers.IDENTIFIER or not number.is_integer() or abs(number) >= SAFE_DIGITS:
            raise Dirty(IDENTIFIER_NUMBER)
        return self[str(int(number))]

    def structure(self, value: Any) -> Any:
        """What is no single value may still hold one: XML text beside attributes, a list of one."""
        if isinstance(value, dict) and "#text" in value:
            return self.scalar(value["#text"])
        if isinstance(value, list) and len(value) == 1:
            return self.scalar(value[0])
        if not value:
            return None
        raise Dirty(NOT_TEXT)

    def _cleaned(self, value: Any) -> Any:
        for clean in self._clean:
            value = clean(value)
        if self._numbers is not Numbers.TEXT and value.__class__ is str:
            value = whole_identifier(value)
        if self._is_blank(value):
            return None
        if value.__class__ is str and value[:1] in ("#", "=", "E"):
            must_be_value(value)
        return self._finish(value)

    def _is_blank(self, value: Any) -> bool:
        """Whether it stands for nothing, in whichever width."""
        return value in self._blank or (value.__class__ is str and not value.isascii() and nfkc(value) in self._blank)

    def _finish(self, value: Any) -> Any:
        for clean in self._via:
            value = clean(value)
        if self._lookup is not None:
            return self._look_up(value, self._lookup)
        return None if value == "" else value

    def _look_up(self, value: Any, table: Mapping[str, str]) -> str | None:
        text = value if isinstance(value, str) else str(value)
        found = table.get(text)
        if found is None:
            found = table.get(text.casefold())
        if found is None:
            raise Dirty(NOT_LISTED, allowed=_listed(table))
        return found or None


def _listed(table: Mapping[str, str]) -> Text:
    """The words of a look-up; of a long one the first, and how many more there are."""
    every = {word.casefold(): word for word in table}.values()
    words, more = list(islice(every, _MOST_LISTED)), max(len(every) - _MOST_LISTED, 0)
    return Text(
        "、".join(words) + (f" 等 {len(every)} 项" if more else ""),
        ", ".join(words) + (f" and {more} more" if more else ""),
    )


class _Numbers(dict[float, Any]):
    """Clean values of numbers of one class: 1 and 1.0 are one key to a dictionary, and not always the same."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self._chain = chain

    def __missing__(self, number: float) -> Any:
        value = self._chain.number(number)
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        self[number] = value
        return value


class _Truths(dict[bool, Any]):
    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self._chain = chain

    def __missing__(self, truth: bool) -> Any:
        value = self[truth] = self._chain["true" if truth else "false"]
        return value


class _Structures:
    """Everything else, not remembered."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def __getitem__(self, value: Any) -> Any:
        return self._chain.structure(value)


class _Others(dict[type, Any]):
    """By class of the value: what cleans it."""

    def __init__(self, chain: Chain) -> None:
        super().__init__({int: _Numbers(chain), float: _Numbers(chain), bool: _Truths(chain)})
        self._structures = _Structures(chain)

    def __missing__(self, _: type) -> _Structures:
        return self._structures


def must_be_value(text: str) -> None:
    """Refuse what a spreadsheet or its export shows where a value should be. Raises Dirty."""
    if _ERROR.fullmatch(text):
        raise Dirty(SHEET_ERROR, shown=text)
    if _FORMULA.match(text):
        raise Dirty(FORMULA)


def must_be_readable(text: str) -> None:
    """Refuse what would cost more to read than any value is worth. Raises Dirty."""
    if len(text) > LONGEST_TEXT:
        raise Dirty(TEXT_LONG, most=LONGEST_TEXT)
    if not is_stream_safe(text):
        raise Dirty(TEXT_MARKS, most=MOST_MARKS)


def number_text(value: float) -> str:
    """The text of a number as its writer meant it: 3.0 of a spreadsheet is "3"."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
