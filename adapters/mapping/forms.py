"""How fields take a value that is more than one source as it stands: what generated mappings call for such fields.

Each is made once, at compilation, and called with the object at hand. What it cannot make a value of it refuses with
Dirty, which says the culprit's value and way; blank sources give None, as for any other field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from adapters.mapping.chain import Chain
from adapters.mapping.cleaners.dates import day_near, is_day_of_some_year
from adapters.mapping.patterns import MOST_WAYS, Parts, Pattern
from adapters.mapping.problems import (
    ACCOUNT_UNKNOWN,
    DAY_NUMBER,
    INCOMPLETE,
    NOT_A_LIST,
    NOT_TEXT,
    NUMBER,
    PARTS,
    PARTS_UNCLEAR,
    SEVERAL,
    UNTOLD,
    YEAR_UNKNOWN,
    Dirty,
)
from adapters.mapping.runtime import Select, Steps, chosen, concrete, dig, is_blank, split
from schemas.findings import Text
from schemas.identifiers import likely_document_type

Object = dict[str, Any]
USUAL_MARKS = "、，,;；/|\n"
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,9})?", re.ASCII)
_DAYS_OF_A_MONTH = 32


@dataclass(eq=False)
class Packed:
    """A text that holds several values. `readers` are the cleaners of each part's fields: where there are several ways
    to take a text apart, that one counts which all of them can read.
    """

    pattern: Pattern
    plain: Chain
    readers: dict[str, list[Callable[[str], object]]] = field(default_factory=dict)

    def parts(self, value: Any) -> Parts | None:
        """The parts of a text, None when it is blank. Raises Dirty."""
        text = self.plain.scalar(value)
        return None if text is None else self.of_text(text)

    def of_text(self, text: str) -> Parts:
        """The parts of a text. Raises Dirty."""
        ways = self.pattern.ways(text)
        if len(ways) >= MOST_WAYS:
            raise Dirty(PARTS_UNCLEAR, form=self.pattern.form)
        if len(ways) > 1:
            ways = list(filter(self._is_read, ways))
        if len(ways) != 1:
            raise Dirty(PARTS_UNCLEAR if ways else PARTS, form=self.pattern.form)
        return ways[0]

    def _is_read(self, parts: Parts) -> bool:
        try:
            for name, part in parts.items():
                for read in self.readers.get(name, ()):
                    read(part)
        except Dirty:
            return False
        return True


@dataclass(frozen=True)
class Place:
    """One source, and what of its text is meant."""

    source: str
    way: Steps
    packed: Packed | None = None
    part: str = ""

    def get(self, node: Object) -> Any:
        """The value there. Raises Dirty."""
        value = self._value(node)
        if value is None or self.packed is None:
            return value
        try:
            parts = self.packed.parts(value)
        except Dirty as refusal:
            raise refusal.at(value, concrete(node, self.way), is_mixed=True) from None
        return None if parts is None else parts[self.part]

    def _value(self, node: Object) -> Any:
        for at, step in enumerate(self.way):
            if isinstance(step, Select) and len(chosen(dig(node, self.way[:at]), step)) > 1:
                refusal = Dirty(SEVERAL, key=step.key, wanted=step.value)
                raise refusal.at(None, concrete(node, self.way[: at + 1]))
        return dig(node, self.way)


@dataclass(frozen=True)
class First:
    """The first of the places that is not blank."""

    places: Sequence[Place]
    plain: Chain

    def __call__(self, node: Object) -> Any:
        for place in self.places:
            value = place.get(node)
            if value is not None and not (isinstance(value, str) and is_blank(value, self.plain)):
                return value
        return None


@dataclass(frozen=True)
class Times:
    """A number times a factor, as decimal text: fen that are wanted as yuan."""

    first: First
    factor: Decimal

    def __call__(self, node: Object) -> str | None:
        value = self.first(node)
        text = None if value is None else _scalar(self.first.plain, value)
        if text is None:
            return None
        if not _NUMBER.fullmatch(text):
            raise Dirty(NUMBER).at(value, None)
        return format((Decimal(text.replace(",", "")) * self.factor).normalize(), "f")


@dataclass(frozen=True)
class Together:
    """The clean values of several places, all of them or none."""

    places: Sequence[Place]
    chain: Chain

    def values(self, node: Object) -> list[Any]:
        """Raises Dirty when some are blank and others are not."""
        found = [(place, self._clean(place, node)) for place in self.places]
        filled = [place for place, value in found if value is not None]
        blank = [place for place, value in found if value is None]
        if filled and blank:
            names = {"blank": blank[0].source, "filled": filled[0].source}
            raise Dirty(INCOMPLETE, **names).at(None, concrete(node, blank[0].way))
        return [value for _, value in found] if filled else []

    def _clean(self, place: Place, node: Object) -> Any:
        value = place.get(node)
        try:
            return None if value is None else self.chain.scalar(value)
        except Dirty as refusal:
            raise refusal.at(value, concrete(node, place.way)) from None


@dataclass(frozen=True)
class Sum:
    """What several places come to; whole numbers give one, decimal text gives decimal text."""

    together: Together

    def __call__(self, node: Object) -> int | str | None:
        values = self.together.values(node)
        if not values:
            return None
        if all(value.__class__ is int for value in values):
            return sum(values)
        return format(sum(map(Decimal, values), Decimal()), "f")


@dataclass(frozen=True)
class Join:
    """The texts of several places, one after the other."""

    together: Together

    def __call__(self, node: Object) -> str | None:
        return "".join(self.together.values(node)) or None


@dataclass(frozen=True)
class Count:
    """How many elements a list has that are not blank; those of a text only where it is said what separates them."""

    place: Place
    plain: Chain
    marks: str | None = None

    def __call__(self, node: Object) -> int | None:
        value = self.place.get(node)
        if isinstance(value, str):
            if is_blank(value, self.plain):
                return None
            if self.marks is None:
                raise Dirty(NOT_A_LIST).at(value, concrete(node, self.place.way))
            return len(split(value, self.marks))
        if value is None:
            return None
        if not isinstance(value, list | dict):
            raise Dirty(NOT_A_LIST).at(value, concrete(node, self.place.way))
        return sum(not _is_nothing(element) for element in (value if isinstance(value, list) else [value]))


@dataclass(frozen=True)
class Has:
    """Whether a list, or a text that lists, has a member."""

    first: First
    member: str

    def __call__(self, node: Object) -> bool | None:
        value = self.first(node)
        if value is None:
            return None
        if isinstance(value, bool | dict):
            raise Dirty(NOT_TEXT).at(value, None)
        members = [text for each in split(value, USUAL_MARKS) for text in _words(_scalar(self.first.plain, each))]
        return self.member in members


@dataclass(frozen=True)
class Dated:
    """A day that may lack its year, which is then that of another field: the day nearest to it, or in that year."""

    first: First
    chain: Chain
    other: Text
    is_day_first: bool = False

    def __call__(self, node: Object, known: Any) -> str | None:
        value = self.first(node)
        if value is None:
            return None
        try:
            return self._day(value, known)
        except Dirty as refusal:
            raise refusal.at(value, None) from None

    def read(self, text: str) -> object:
        """Raises Dirty for a text that is no day, with or without a year."""
        return is_day_of_some_year(text, is_day_first=self.is_day_first) or self.chain[text]

    def _day(self, value: Any, known: Any) -> str | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _DAYS_OF_A_MONTH:
            raise Dirty(DAY_NUMBER)
        text = self.first.plain.scalar(value) if isinstance(value, str) else None
        if text is None or not is_day_of_some_year(text, is_day_first=self.is_day_first):
            return self.chain.scalar(value)
        if known is None:
            raise Dirty(YEAR_UNKNOWN, other=self.other)
        return day_near(text, str(known), is_day_first=self.is_day_first)


@dataclass(frozen=True)
class Account:
    """What is known of the agency whose account sent the document."""

    name: str
    must_be_known: bool

    def __call__(self, node: Object) -> str | None:
        value = node.get(self.name)
        if value is None and self.must_be_known:
            raise Dirty(ACCOUNT_UNKNOWN)
        return value


class Pieces:
    """The elements that stand in one text, each taken apart; what is not of the form is a Dirty in its place."""

    def __init__(self, place: Place, marks: str, packed: Packed) -> None:
        self._place = place
        self._marks = marks
        self._packed = packed

    def __call__(self, node: Object) -> list[Parts | Dirty]:
        """Raises Dirty where no text stands."""
        value = self._place.get(node)
        if value is None:
            return []
        try:
            text = self._packed.plain.scalar(value)
        except Dirty as refusal:
            raise refusal.at(value, concrete(node, self._place.way), is_mixed=True) from None
        return [] if text is None else [self._taken_apart(piece) for piece in split(text, self._marks)]

    def _taken_apart(self, piece: str) -> Parts | Dirty:
        try:
            return self._packed.of_text(piece)
        except Dirty as refusal:
            return refusal.at(piece.strip(), None, is_mixed=True)


def infer(number: Any) -> str | None:
    """The type of a document by its number, which is clean. Raises Dirty."""
    if number is None:
        return None
    told = likely_document_type(number) if isinstance(number, str) else None
    if told is None:
        raise Dirty(UNTOLD).at(number, None, is_mixed=True)
    return told


def _scalar(chain: Chain, value: Any) -> Any:
    """The text of a value; what is refused is told with it. Raises Dirty."""
    try:
        return chain.scalar(value)
    except Dirty as refusal:
        raise refusal.at(value, None) from None


def _words(text: str | None) -> list[str]:
    return text.split() if text else []


def _is_nothing(element: Any) -> bool:
    return element is None or element == {} or (isinstance(element, str) and not element.strip())
