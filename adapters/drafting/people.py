"""Made-up people in place of those in a sample: as many of them, with numbers that hold, and nothing of the real ones.

What a number says (check character, day of birth, sex, kind of document) stays consistent with the other fields of the
same person, because every replacement depends on the real value alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pypinyin import lazy_pinyin

from adapters.drafting.evidence import Profile, takes, text_of
from adapters.drafting.sources import is_blank
from adapters.mapping.cleaners import CLEANERS
from schemas.identifiers import check_character, resident_id_fault, upgrade_resident_id
from schemas.names import is_han_only

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = ("示例", "样本", "范例", "试用", "演示")
_AREA = "110105"
_DIGIT = re.compile(r"\d")
_ID = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)", re.ASCII)
_ID_15 = re.compile(r"(?<!\d)[1-9]\d{14}(?!\d)", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
_PASSPORT = re.compile(r"(?<![A-Z0-9])(?:[EGCWLTHMKSPD]|E[A-HJ-NP-Z]|MA|SE|PE|DE)\d{7,8}(?!\d)", re.ASCII)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,4}+")
_YMD = re.compile(r"(\d{4})(\D{1,2})(\d{1,2})(\D{1,2})(\d{1,2})(.*)", re.ASCII | re.DOTALL)
_DMY = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})([/.\-])(\d{4})(.*)", re.ASCII | re.DOTALL)
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})(.*)", re.ASCII | re.DOTALL)
_MILLISECONDS = 86_400_000
_SHIFT = 37
_TRIES = 50


@dataclass(slots=True)
class MadeUp:
    """Replacements of one sample, by the real value; the first person of a sample is always the first made-up one."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)
    _real: set[str] = field(default_factory=set)

    def value(self, value: Any, personal: str) -> Any:
        """A value of a class of personal data (`name`, `id_number`, `phone`, `birth` ...) as a made-up one."""
        if isinstance(value, bool) or is_blank(value):
            return value
        if personal == "birth":
            return birth_day(value)
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if personal == "age":
            return value
        return self._kept(personal, text, self._maker(personal, text))

    def in_text(self, text: str) -> str:
        """A text without the people it names: values replaced elsewhere, and numbers that look like anybody's."""
        for (personal, real), made in sorted(self.known.items(), key=lambda each: -len(each[0][1])):
            if len(real) > 1 and real in text and personal != "words":
                text = text.replace(real, made)
        text = _ID.sub(lambda found: self.value(found[0], "id_number"), text)
        text = _MOBILE.sub(lambda found: self.value(found[0], "phone"), text)
        text = _PASSPORT.sub(lambda found: self.value(found[0], "id_number"), text)
        return _MAIL.sub(lambda found: self.value(found[0], "email"), text)

    def reals(self) -> Iterator[str]:
        """What must stand nowhere in the folder."""
        return (real for (personal, real), made in self.known.items() if real != made and personal != "words")

    def _kept(self, personal: str, real: str, make: Callable[[int], str]) -> str:
        key = (personal, real)
        if real in self._made:
            return real
        if key not in self.known:
            script = f"{personal} in letters" if real.isascii() else personal
            made = next(
                (made for made in (make(self._next(script)) for _ in range(_TRIES)) if self._is_free(made, real)),
                "示例",
            )
            self.known[key] = made
            self._made.add(made)
            self._real.add(real)
        return self.known[key]

    def _is_free(self, made: str, real: str) -> bool:
        """Whether nobody of the sample is called so, or has that number."""
        return made != real and made not in self._real

    def _next(self, personal: str) -> int:
        self.counts[personal] = self.counts.get(personal, 0) + 1
        return self.counts[personal] - 1

    def _maker(self, personal: str, text: str) -> Callable[[int], str]:
        plain = text_of(text)
        if personal == "id_number" or _is_document(plain):
            return lambda nth: document_number(plain, nth)
        if personal == "phone":
            return lambda nth: telephone(text, nth)
        if personal == "email":
            return lambda nth: f"person{nth + 1}@example.com"
        if personal == "address":
            return lambda nth: f"示例路 {nth + 1} 号"
        if personal == "health":
            return lambda nth: "一般" if text == "良好" else "良好"
        if personal == "name":
            return lambda nth: name_like(text, nth)
        return lambda nth: "示例"


def personal_look(seen: Profile) -> str | None:
    """The class of personal data that values look like, whatever they were taken for."""
    for personal, looks in _LOOKS.items():
        if seen.looks(*looks) > 0.3:
            return personal
    return None


_LOOKS = {
    "id_number": ("resident_id", "passport", "permit", "guide_card"),
    "phone": ("mobile", "telephone"),
    "email": ("email",),
    "name": ("person", "latin_name"),
}


def name_like(text: str, nth: int) -> str:
    """The nth made-up name: Chinese for a Chinese one, in letters for one in letters."""
    surname, given = _SURNAMES[nth % len(_SURNAMES)], _GIVEN[nth // len(_SURNAMES) % len(_GIVEN)]
    if is_han_only(text) or re.search(r"[\u3400-\u9fff]", text):
        return surname + given
    spelt = f"{lazy_pinyin(surname)[0]} {''.join(lazy_pinyin(given))}"
    joined = spelt.replace(" ", "/") if "/" in text else spelt
    return joined.upper() if text.isupper() else joined.title()


def telephone(text: str, nth: int) -> str:
    """A mobile number for one, otherwise the same form with other digits."""
    mobile = _MOBILE.search(text)
    if mobile:
        return text.replace(mobile[0], f"1390013{nth % 10_000:04d}")
    return _other_digits(text, nth, keep=3)


def document_number(text: str, nth: int) -> str:
    """A number of the same kind of document. A resident's keeps sex and age, and its check character holds."""
    plain = text.upper()
    if len(plain) == 15 and upgrade_resident_id(plain):
        return _AREA + plain_birth(plain[6:12], short=True) + f"{_sequence(nth, int(plain[14]) % 2)}"
    if len(plain) == 18 and resident_id_fault(plain) is None:
        first = plain[:6] if plain[:1] in "89" else _AREA
        body = first + plain_birth(plain[6:14]) + _sequence(nth, int(plain[16]) % 2)
        return body + check_character(body)
    return _other_digits(text, nth, keep=0)


def _sequence(nth: int, parity: int) -> str:
    return f"{(100 + 2 * (nth % 440) + parity):03d}"


def _other_digits(text: str, nth: int, keep: int) -> str:
    """The same form with other digits; the first `keep` stay."""
    places = [match.start() for match in _DIGIT.finditer(text)][keep:]
    if not places:
        return f"示例{nth + 1}"
    number = str(123_456_789 * (nth + 7) + 1_000_003 * nth)[::-1].ljust(len(places), "5")[: len(places)]
    letters = list(text)
    for place, digit in zip(places, number, strict=True):
        letters[place] = digit
    if len(places) > 1 and letters[places[0]] == "0":
        letters[places[0]] = "2"
    return "".join(letters)


def _is_document(text: str) -> bool:
    return len(text) == 18 and resident_id_fault(text.upper()) is None


# --- Days of birth: the same year, another day -----------------------------------------------------------------------


def other_day(day: date) -> date:
    """Another day of the same year; the same one always becomes the same."""
    moved = day + timedelta(days=_SHIFT)
    return moved if moved.year == day.year else day - timedelta(days=365 - _SHIFT)


def plain_birth(digits: str, *, short: bool = False) -> str:
    """Eight digits of a day (six without the century) as those of another one."""
    day = date.fromisoformat(f"19{digits}" if short else digits)
    return f"{other_day(day):%Y%m%d}"[2 if short else 0 :]


def birth_day(value: Any) -> Any:
    """A day of birth in the form in which it is written."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) > 10**11:
            return int(value) + _SHIFT * _MILLISECONDS
        if 19000101 <= value <= 21001231:
            return int(plain_birth(str(int(value))))
        return value + _SHIFT
    text = str(value)
    for form, order in ((_YMD, (0, 2, 4)), (_DMY, (4, 2, 0)), (_SOLID, (0, 1, 2))):
        match = form.fullmatch(text.strip())
        if match is None:
            continue
        parts = list(match.groups())
        try:
            moved = other_day(date(*(int(parts[at]) for at in order)))
        except ValueError:
            continue
        for at, number in zip(order, (moved.year, moved.month, moved.day), strict=True):
            parts[at] = str(number).zfill(len(parts[at]))
        return "".join(parts)
    if takes("cn_date", text):
        return other_day(date.fromisoformat(CLEANERS["cn_date"](text_of(text)))).isoformat()
    return "1990-01-01"
