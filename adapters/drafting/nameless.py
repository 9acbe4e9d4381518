"""What a column without any name is, by its values alone: the usual ones of travellers, of trips and of registers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

from adapters.drafting.evidence import Profile, takes, text_of
from adapters.drafting.sources import Source
from adapters.drafting.targets import Target
from adapters.mapping.cleaners import CLEANERS
from adapters.mapping.cleaners.codelists import by_any_name

_CODE = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9_\-]{2,31}", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r".*(?:路|街|号|镇|大道|区|村).*")
_STRICT = ("resident_id", "passport", "permit", "mobile", "telephone", "uscc", "license_no", "email", "agency")
Judge = Callable[[Profile, Source], float]


def by_values(seen: Profile, source: Source, target: Target) -> float:
    """From 0 to 1, how much the values say that a column is a target."""
    judge = _BY_PATH.get(target.path) or (_BY_NAME.get(target.field.name) if not target.lists else None)
    if judge is None or not seen.said:
        return 0.0
    return judge(seen, source)


def _looks(*names: str, worth: float) -> Judge:
    return lambda seen, source: worth * seen.looks(*names) if seen.looks(*names) > 0.5 else 0.0


def _is_code(seen: Profile, source: Source) -> float:
    if seen.looks(*_STRICT, "cn_date", "cn_amount", "plate") > 0.5:
        return 0.0
    return 0.7 if all(_CODE.fullmatch(text_of(value)) for value in source.said) else 0.0


def _listed(codelist: str, worth: float) -> Judge:
    def judge(seen: Profile, source: Source) -> float:
        known = by_any_name(codelist)
        words = [text_of(value).casefold() for value in source.said]
        return worth if all(word in known and not word.isdigit() for word in words) else 0.0

    return judge


def _days(source: Source) -> list[date]:
    said = source.said
    if not all(takes("cn_date", value) and len(text_of(value)) >= 8 for value in said):
        return []
    return [
        date.fromisoformat(CLEANERS["cn_date"](value if not isinstance(value, str) else text_of(value)))
        for value in said
    ]


def _is_birth(seen: Profile, source: Source) -> float:
    days = sorted(_days(source))
    if not days or days[len(days) // 2].year >= _LATELY:
        return 0.0
    return 0.85 if days[-1] - days[0] > _YEARS else 0.6


def _is_expiry(seen: Profile, source: Source) -> float:
    days = _days(source)
    return 0.6 if len(set(days)) > 1 and min(days).year >= _LATELY and max(days) - min(days) > _MONTHS else 0.0


def _is_trip(seen: Profile, source: Source) -> float:
    days = _days(source)
    return 0.7 if days and min(days).year >= _LATELY and max(days) - min(days) <= _YEARS else 0.0


def _is_sequence(seen: Profile, source: Source) -> float:
    texts = [text_of(value) for value in source.said]
    if not all(text.isdigit() and len(text) < 5 for text in texts):
        return 0.0
    numbers = [int(text) for text in texts]
    steps = {second - first for first, second in pairwise(numbers)}
    return 0.85 if numbers[0] in (0, 1) and steps and steps <= {1, 1 - max(numbers)} and 1 in steps else 0.0


def _is_price(seen: Profile, source: Source) -> float:
    if seen.looks("cn_amount") < 0.9 or seen.looks(*_STRICT, "cn_date") > 0.5 or seen.longest > 12:
        return 0.0
    texts = [text_of(value) for value in source.said]
    return 0.65 if all("." in text or len(text) > 2 for text in texts) else 0.0


def _is_headcount(seen: Profile, source: Source) -> float:
    return 0.55 if seen.looks("count") > 0.9 and seen.longest <= 3 and not _is_sequence(seen, source) else 0.0


def _is_age(seen: Profile, source: Source) -> float:
    texts = [text_of(value) for value in source.said]
    return 0.6 if all(text.isdigit() and 0 < int(text) < 111 for text in texts) and seen.distinct > 2 else 0.0


def _is_route(seen: Profile, source: Source) -> float:
    if seen.has_han < 0.9 or seen.looks(*_STRICT, "cn_date") > 0.5:
        return 0.0
    return 0.75 if seen.looks("route") > 0.5 and seen.longest >= 4 else 0.0


def _is_address(seen: Profile, source: Source) -> float:
    texts = [text_of(value) for value in source.said]
    return (
        0.7
        if seen.longest >= 6 and all(_ADDRESS.fullmatch(text) for text in texts) and not seen.looks("agency")
        else 0.0
    )


_YEARS, _MONTHS = timedelta(days=550), timedelta(days=90)
_LATELY = 2018
"""Most who travel were born before; no trip and no document that is sent was over by then."""
_BY_PATH: dict[str, Judge] = {
    "travellers/seq_no": _is_sequence,
    "travellers/name": _looks("person", worth=0.9),
    "travellers/name_pinyin": _looks("latin_name", worth=0.9),
    "travellers/sex": _looks("sex", worth=0.95),
    "travellers/birth_date": _is_birth,
    "travellers/age": _is_age,
    "travellers/document.expires_on": _is_expiry,
    "travellers/nationality": _listed("countries", 0.8),
    "travellers/mobile": _looks("mobile", worth=0.85),
    "travellers/email": _looks("email", worth=0.8),
    "travellers/document.type": _listed("document_types", 0.9),
    "travellers/document.number": _looks("resident_id", "passport", "permit", worth=0.95),
    "agency.name": _looks("agency", worth=0.9),
    "agency.license_no": _looks("license_no", worth=0.95),
    "agency.uscc": _looks("uscc", worth=0.95),
    "agency.contact_phone": _looks("telephone", worth=0.7),
    "group_no": _is_code,
    "business_no": lambda seen, source: _is_code(seen, source) * 1.02,
    "contract_type": _listed("contract_types", 0.85),
    "roster_type": _listed("roster_types", 0.85),
    "route_name": _is_route,
    "depart_on": _is_trip,
    "return_on": _is_trip,
    "total_price": _is_price,
    "headcount": _is_headcount,
    "total_count": _is_headcount,
    "guides/card_no": lambda seen, source: 0.0,
    "vehicles/plate_no": _looks("plate", worth=0.9),
    "document.number": _looks("resident_id", "passport", "permit", worth=0.95),
    "document.type": _listed("document_types", 0.9),
}
_BY_NAME: dict[str, Judge] = {
    "uscc": _looks("uscc", worth=0.95),
    "subject_uscc": _looks("uscc", worth=0.95),
    "agency_uscc": _looks("uscc", worth=0.9),
    "license_no": _looks("license_no", worth=0.95),
    "agency_name": _looks("agency", worth=0.85),
    "subject_name": _looks("agency", worth=0.9),
    "name": lambda seen, source: max(0.9 * seen.looks("agency"), 0.85 * seen.looks("person")),
    "legal_representative": _looks("person", worth=0.7),
    "principal": _looks("person", worth=0.65),
    "address": _is_address,
    "phone": _looks("telephone", "mobile", worth=0.8),
    "mobile": _looks("mobile", worth=0.85),
    "sex": _looks("sex", worth=0.95),
    "card_no": lambda seen, source: 0.9 * _is_code(seen, source),
    "cert_no": lambda seen, source: 0.9 * _is_code(seen, source),
    "filing_no": _is_code,
    "deposit": _is_price,
}
