"""What a contract says without being asked: counts, days, types of documents, who signs. What it says stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from schemas.identifiers import birth_date_of, likely_document_type, resident_id_fault

_GROWN = 18


def completed(body: Mapping[str, Any], today: date | None = None) -> dict[str, Any]:
    """A contract with what follows from it where it says nothing: the number of travellers, of days and nights,
    the type of a document by its number, and as the signer whoever is named as one, else the first grown traveller; a
    child signs nothing. It is signed on the day that it is made out, `today`.
    """
    made: dict[str, Any] = deepcopy(dict(body))
    people = [each for each in made.get("travellers", ()) if isinstance(each, dict)]
    if people:
        made.setdefault("headcount", len(people))
    for number, person in enumerate(people, 1):
        person.setdefault("seq_no", number)
    for person in (*people, *(each for each in made.get("signatories", ()) if isinstance(each, dict))):
        _name_document(person)
    _count_days(made)
    if today is not None:
        made.setdefault("signed_on", today.isoformat())
    if not made.get("signatories") and (found := _who_signs(people, made.get("signed_on"))):
        made["signatories"] = [_signer(each) for each in found]
    return made


def _who_signs(people: Sequence[Mapping[str, Any]], day: object) -> Sequence[Mapping[str, Any]]:
    """Those who are named as signers; else the first who is known to be grown, or of whom nothing else is known."""
    named = [each for each in people if each.get("is_signer") is True]
    if named:
        return named
    grown = [(each, _is_grown(each, day)) for each in people]
    known = [each for each, is_grown in grown if is_grown]
    return (known or [each for each, is_grown in grown if is_grown is None])[:1]


def _is_grown(person: Mapping[str, Any], day: object) -> bool | None:
    """Whether somebody is eighteen on a day; None where it does not show. Source: Civil Code, article 17."""
    if person.get("is_child") is True:
        return False
    if isinstance(age := person.get("age"), int):
        return age >= _GROWN
    document = person.get("document")
    number = document.get("number") if isinstance(document, dict) else None
    is_resident = isinstance(number, str) and resident_id_fault(number) is None
    born = birth_date_of(number) if is_resident and isinstance(number, str) else person.get("birth_date")
    try:
        birth, today = date.fromisoformat(str(born)), date.fromisoformat(str(day))
    except ValueError:
        return None
    return (today.year - birth.year, today.month, today.day) >= (_GROWN, birth.month, birth.day)


def _name_document(person: dict[str, Any]) -> None:
    document = person.get("document")
    if isinstance(document, dict) and isinstance(document.get("number"), str) and "type" not in document:
        told = likely_document_type(document["number"])
        if told is not None:
            document["type"] = told


def _count_days(made: dict[str, Any]) -> None:
    try:
        days = (date.fromisoformat(made["return_on"]) - date.fromisoformat(made["depart_on"])).days + 1
    except (KeyError, TypeError, ValueError):
        return
    if days > 0:
        made.setdefault("days", days)
        made.setdefault("nights", days - 1)


def _signer(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("name", "document", "mobile") if name in person}
