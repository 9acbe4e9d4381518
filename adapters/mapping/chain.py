"""One value through its cleaners. A chain is a dictionary that fills itself: a text seen before costs one look-up.

Partners repeat themselves (dates, prices, agencies, sexes), and a hit is a single C call on the hot path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.mapping.cleaners import CLEANERS, NUMERIC
from adapters.mapping.cleaners.text import tidy
from adapters.mapping.problems import NOT_LISTED, NOT_TEXT, Dirty

MEMO_ENTRIES = 4096
MEMO_LENGTH = 64


class Chain(dict[str, Any]):
    """`chain[text]` and `chain.scalar(value)` give the clean value, or None when blank; they raise Dirty."""

    __slots__ = ("_blank", "_clean", "_lookup", "_numbers", "_numeric", "_via")

    def __init__(
        self,
        clean: tuple[str, ...],
        blank: tuple[str, ...],
        via: tuple[str, ...] = (),
        lookup: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._clean = (tidy,) if clean == ("nfkc", "trim") else tuple(CLEANERS[name] for name in clean)
        self._blank = frozenset(blank)
        self._via = tuple(CLEANERS[name] for name in via)
        self._numeric = bool(via) and via[0] in NUMERIC
        self._numbers: dict[float, Any] = {}
        self._lookup = lookup

    def __missing__(self, text: str) -> Any:
        value = text
        for clean in self._clean:
            value = clean(value)
        value = None if value in self._blank else self._finish(value)
        if len(text) <= MEMO_LENGTH:
            if len(self) >= MEMO_ENTRIES:
                self.clear()
            self[text] = value
        return value

    def scalar(self, value: Any) -> Any:
        """Any value of a document: text, number, truth value, null, or an XML element that has attributes."""
        if value is None:
            return None
        if isinstance(value, str):
            return self[value]
        if isinstance(value, bool):
            return self["true" if value else "false"]
        if isinstance(value, (int, float)):
            return self._number(value)
        if isinstance(value, dict) and "#text" in value:
            return self.scalar(value["#text"])
        if isinstance(value, list) and len(value) == 1:
            return self.scalar(value[0])
        if not value:
            return None
        raise Dirty(NOT_TEXT)

    def _number(self, number: float) -> Any:
        if number in self._numbers:
            return self._numbers[number]
        value = self._finish(number) if self._numeric else self[number_text(number)]
        if len(self._numbers) >= MEMO_ENTRIES:
            self._numbers.clear()
        self._numbers[number] = value
        return value

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
            raise Dirty(NOT_LISTED)
        return found or None


def number_text(value: float) -> str:
    """The text of a number as its writer meant it: 3.0 of a spreadsheet is "3"."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
