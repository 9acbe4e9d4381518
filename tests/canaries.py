"""Canaries: synthetic personal values, planted where people are named and where nobody should be, and looked for again.

All values of a sort begin alike, so that one look for the beginnings finds those of every door; what follows tells the
door. Each is looked for in the clear and in whatever a program makes of a text on its way.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from hashlib import md5, sha1, sha256
from urllib.parse import quote

from schemas.identifiers import check_character

DOORS = (
    "contract",
    "bad contract",
    "roster",
    "upload",
    "soap",
    "12301",
    "vendor",
    "drop",
    "sheet",
    "document",
    "registration",
    "persons",
    "portal",
    "stray words",
    "name of a field",
    "business number",
)
"""Where canaries are planted. The last three hold them where they do not belong."""
_MARKS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_AROUND = 100


class Sort(StrEnum):
    ID = "identity number"
    NAME = "name"
    PHONE = "phone"
    PASSPORT = "passport"


_STEMS: Mapping[Sort, str] = {
    Sort.ID: "6542261931",
    Sort.NAME: "龘靐齉",
    Sort.PHONE: "1709271",
    Sort.PASSPORT: "EZ7351",
}


@dataclass(frozen=True, slots=True)
class Canary:
    """The values of a door."""

    door: str

    @property
    def id(self) -> str:
        first17 = f"{_STEMS[Sort.ID]}0{self._nth % 9 + 1}{self._nth + 10}{2 * self._nth + 101}"
        return first17 + check_character(first17)

    @property
    def birth_date(self) -> str:
        return f"{self.id[6:10]}-{self.id[10:12]}-{self.id[12:14]}"

    @property
    def name(self) -> str:
        return _STEMS[Sort.NAME] + _MARKS[self._nth]

    @property
    def phone(self) -> str:
        return f"{_STEMS[Sort.PHONE]}{self._nth + 3001}"

    @property
    def passport(self) -> str:
        return f"{_STEMS[Sort.PASSPORT]}{self._nth + 301}"

    @property
    def values(self) -> Mapping[Sort, str]:
        return {Sort.ID: self.id, Sort.NAME: self.name, Sort.PHONE: self.phone, Sort.PASSPORT: self.passport}

    @property
    def _nth(self) -> int:
        return DOORS.index(self.door)


CANARIES: Mapping[str, Canary] = {door: Canary(door) for door in DOORS}


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """A canary that was found where it was looked for."""

    where: str
    door: str
    sort: Sort
    form: str
    around: bytes = field(default=b"", compare=False)

    def __str__(self) -> str:
        return f"{self.where}: {self.sort} of {self.door or 'some door'} in {self.form}: {self.around!r}"


def _inner_base64(text: bytes, before: int) -> bytes:
    """What Base64 makes of a text after so many bytes (of three), without the characters that its neighbours share."""
    encoded = b64encode(bytes(before) + text)
    return encoded[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]


FORMS: Mapping[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-16 little": lambda text: text.encode("utf-16-le"),
    "UTF-16 big": lambda text: text.encode("utf-16-be"),
    "GB18030": lambda text: text.encode("gb18030"),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
    "quoted": lambda text: quote(text).encode(),
    "quoted in lower case": lambda text: quote(text).lower().encode(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper().encode(),
    "JSON": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
    "HTML": lambda text: "".join(f"&#{ord(letter)};" for letter in text).encode(),
    "Base64": lambda text: _inner_base64(text.encode(), 0),
    "Base64 after one": lambda text: _inner_base64(text.encode(), 1),
    "Base64 after two": lambda text: _inner_base64(text.encode(), 2),
}
"""What becomes of a text, of a beginning as of the whole."""
_HASHES: Mapping[str, Callable[[str], bytes]] = {
    "MD5": lambda text: md5(text.encode(), usedforsecurity=False).digest(),
    "SHA-1": lambda text: sha1(text.encode(), usedforsecurity=False).digest(),
    "SHA-256": lambda text: sha256(text.encode()).digest(),
}
"""A hash without a key of a number of a person is that number: there are too few of them."""


@cache
def _beginnings() -> tuple[bytes, ...]:
    made = {form(stem) for form in FORMS.values() for stem in _STEMS.values()}
    return tuple(sorted(each for each in made if not any(other != each and other in each for other in made)))


@cache
def _hashes() -> Mapping[bytes, tuple[str, Sort, str]]:
    return {
        spelt: (canary.door, sort, name)
        for canary in CANARIES.values()
        for sort, value in canary.values.items()
        for name, form in _HASHES.items()
        for spelt in (form(value), form(value).hex().encode())
    }


def sightings(where: str, content: bytes, *, with_hashes: bool = False) -> set[Sighting]:
    """The canaries that a content shows. Hashes are looked for where that is asked for: there are many."""
    found = {Sighting(where, *each, around) for around in _windows(content) for each in _named(around)}
    if with_hashes:
        found |= {Sighting(where, *facts) for spelt, facts in _hashes().items() if spelt in content}
    return found


def _windows(content: bytes) -> Iterator[bytes]:
    for beginning in _beginnings():
        for match in re.finditer(re.escape(beginning), content):
            yield content[max(0, match.start() - _AROUND) : match.end() + _AROUND]


def _named(window: bytes) -> set[tuple[str, Sort, str]]:
    """The canaries of a window. What only begins like one, such as a value that was cut, is of no door."""
    values = [(canary.door, sort, value) for canary in CANARIES.values() for sort, value in canary.values.items()]
    whole = {(door, sort, form) for door, sort, value in values if (form := _form_in(window, value))}
    return whole or {("", sort, form) for sort, stem in _STEMS.items() if (form := _form_in(window, stem))}


def _form_in(window: bytes, text: str) -> str | None:
    """How a window spells a text, None when it does not."""
    return next((name for name, form in FORMS.items() if form(text) in window), None)
