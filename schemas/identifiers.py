"""Pure checks of the numbers on people's documents and on agencies' licences.

Every check takes the canonical spelling: no spaces, capitals, text. Patterns follow what is public about each number;
only the resident identity family, the permanent residence card and the social credit code carry a check character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import lru_cache

from stdnum import numdb

from schemas.codelists import codelist

LOST_DIGITS = r"^[0-9](\.[0-9]+[Ee]\+?|[Ee]\+)[0-9]{1,3}$|^[0-9]{16,}\.0*$"
"""A number as spreadsheets and programs write it (`3.0311E+11`, `3E+11`, `3.0E11`): digits are lost. `3E12` is none."""


class Fault(StrEnum):
    """Why a document number cannot be right."""

    FORM = "form"
    BIRTH = "birth"
    CHECK = "check"


# --- Resident identity numbers: GB 11643, six digits division, eight birth date, three sequence, one check -----------

_ID_FORM = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII).fullmatch
_ID_15_FORM = re.compile(r"[1-8]\d{14}", re.ASCII).fullmatch
# Numbers of foreigners (9) and of Hong Kong, Macao and Taiwan residents are built alike but stand on other cards.
_CITIZEN_FORM = re.compile(r"(?!8[123]0000)[1-8]\d{16}[\dX]", re.ASCII).fullmatch
_HMT_FORM = re.compile(r"8[123]0000\d{11}[\dX]", re.ASCII).fullmatch
_FOREIGNER_FORM = re.compile(r"9\d{16}[\dX]", re.ASCII).fullmatch
_CHECK_VALUES = {**{str(value): value for value in range(10)}, "X": 10}


def check_character(first17: str) -> str:
    """The ISO 7064 MOD 11-2 check character of 17 digits."""
    # The positional weights are 2^i and 2 = 13 (mod 11): reading the digits in base 13 is the weighted sum.
    remainder = (1 - 2 * int(first17, 13)) % 11
    return "X" if remainder == 10 else str(remainder)


def resident_id_fault(number: str) -> Fault | None:
    """What is wrong with an 18-character identity number of GB 11643 form, on whichever card it stands."""
    return _content_fault(number) if _ID_FORM(number) else Fault.FORM


def _content_fault(number: str) -> Fault | None:
    """The check character and the birth date of a number whose form is right."""
    if (1 - 2 * int(number[:17], 13)) % 11 != _CHECK_VALUES[number[17]]:
        return Fault.CHECK
    return None if _is_day(number[6:14]) else Fault.BIRTH


@lru_cache(maxsize=32_768)
def _is_day(digits: str) -> bool:
    """Whether eight digits are a day; everybody alive was born on one of some 40,000."""
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True


_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")


def is_personal_number(text: str) -> bool:
    """Whether a text as a whole is a resident identity number, of either length, or a mobile number."""
    if _PHONE.fullmatch(text):
        return True
    if len(text) == 15:
        return text.isdecimal() and upgrade_resident_id(text) is not None
    return len(text) == 18 and resident_id_fault(text.upper()) is None


def upgrade_resident_id(number: str) -> str | None:
    """The 18-character form of a 15-digit number (everybody who holds one was born in the 1900s), or None."""
    if not _ID_15_FORM(number):
        return None
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_character(first17)


def birth_date_of(number: str) -> str:
    """The birth date that an 18-character number states, as YYYY-MM-DD."""
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def sex_of(number: str) -> str:
    """The sex that an 18-character number states, as GB/T 2261.1: "1" male, "2" female."""
    return "1" if number[16] in "13579" else "2"


@lru_cache(maxsize=8192)
def is_known_division(code: str) -> bool:
    """Whether a six-digit GB/T 2260 code is or ever was in use.

    The past counts because a number keeps the county of its first registration for life.
    """
    if code in codelist("divisions"):
        return True
    return len(code) == 6 and "county" in numdb.get("cn/loc").info(code)[-1][1]


# --- Documents by type -----------------------------------------------------------------------------------------------


def _permanent_residence_fault(number: str) -> Fault | None:
    if _OLD_PERMANENT_RESIDENCE(number):
        return None
    return _content_fault(number) if _FOREIGNER_FORM(number) else Fault.FORM


def _hmt_residence_fault(number: str) -> Fault | None:
    return _content_fault(number) if _HMT_FORM(number) else Fault.FORM


def _citizen_fault(number: str) -> Fault | None:
    if _CITIZEN_FORM(number):
        return _content_fault(number)
    upgraded = upgrade_resident_id(number)
    return _content_fault(upgraded) if upgraded else Fault.FORM


def _form(pattern: str) -> Callable[[str], Fault | None]:
    match = re.compile(pattern, re.ASCII).fullmatch
    return lambda number: None if match(number) else Fault.FORM


_OLD_PERMANENT_RESIDENCE = re.compile(r"[A-Z]{3}\d{12}", re.ASCII).fullmatch
_FAULTS: dict[str, Callable[[str], Fault | None]] = {
    "resident_id": _citizen_fault,
    "hmt_residence_permit": _hmt_residence_fault,
    "permanent_residence": _permanent_residence_fault,
    "passport": _form(r"[A-Z0-9.]{5,15}"),
    "hk_macau_permit": _form(r"C\d{8}|C[A-HJ-NP-Z]\d{7}|W\d{8}"),
    "taiwan_permit": _form(r"L\d{8}|T\d{8}"),
    "home_return_permit": _form(r"[HM]\d{8}(\d{2})?"),
    "taiwan_compatriot_permit": _form(r"\d{8}(\d{2})?"),
}
# Looked through in this order when a number does not fit its stated type: the most telling forms first.
_TELLING = (
    "resident_id",
    "hmt_residence_permit",
    "permanent_residence",
    "home_return_permit",
    "hk_macau_permit",
    "taiwan_permit",
)


def document_fault(document_type: str, number: str) -> Fault | None:
    """What is wrong with the number of a document of that type; None also for types without a known form."""
    check = _FAULTS.get(document_type)
    return check(number) if check else None


def likely_document_type(number: str) -> str | None:
    """The type of document that a number plainly belongs to, or None."""
    if is_chinese_passport(number):
        return "passport"
    return next((each for each in _TELLING if document_fault(each, number) is None), None)


_CHINESE_PASSPORT = re.compile(
    r"E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|1[45]\d{7}|SE\d{7}|S\d{7,8}|PE\d{7}|P\.?\d{7}|DE\d{7}|K\d{8}|MA\d{7}", re.ASCII
).fullmatch


def is_chinese_passport(number: str) -> bool:
    """Whether the number has the form of a passport of the mainland, Hong Kong or Macao."""
    return _CHINESE_PASSPORT(number) is not None


# --- Agencies and guides ---------------------------------------------------------------------------------------------

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_LICENSE = re.compile(r"L-[A-Z]{2,5}-?(CJ|WZ|BJ|GJ)?\d{5,6}", re.ASCII).fullmatch
_GUIDE_CARD = re.compile(r"D-\d{4}-\d{6}|DZG[0-9A-Z]{4,16}|[A-Z0-9]{6,12}", re.ASCII).fullmatch


@lru_cache(maxsize=4096)
def is_uscc(code: str) -> bool:
    """Whether a unified social credit code (GB 32100) has its form and the right check character.

    One in 31 identity numbers has it as well, and is none: a company's code begins with 9.
    """
    if len(code) != 18 or not code[2:8].isdecimal() or (code[0] != "9" and resident_id_fault(code) is None):
        return False
    try:
        values = [_USCC_VALUES[character] for character in code]
    except KeyError:
        return False
    return -sum(value * weight for value, weight in zip(values[:17], _USCC_WEIGHTS, strict=True)) % 31 == values[17]


@lru_cache(maxsize=4096)
def plain_license(license_no: str) -> str:
    """An agency's licence number without the hyphens and spaces that some write and others do not, for comparing."""
    return license_no.upper().replace("-", "").replace(" ", "")


def is_usual_license(number: str) -> bool:
    """Whether an agency licence number has one of the forms seen in public lists."""
    return _LICENSE(number) is not None


def is_usual_guide_card(number: str) -> bool:
    """Whether a guide card, qualification or e-card number has a known form."""
    return _GUIDE_CARD(number) is not None
