"""What a contract says without being asked: counts, days, types of documents, who signs. What it says stays."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from schemas.identifiers import likely_document_type


def completed(body: Mapping[str, Any], today: date | None = None) -> dict[str, Any]:
    """A contract with what follows from it where it says nothing: the number of travellers, of days and nights,
    the type of a document by its number, and as the signer the first grown traveller. It is signed on the day that
    it is made out, `today`.
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
    if people and not made.get("signatories"):
        made["signatories"] = [_signer(next((each for each in people if not each.get("is_child")), people[0]))]
    return made


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
