"""Whose numbers a body bears: travellers, and people who do not travel with them. Pure.

What is found here is found by the index of a record, by subject access, and by nobody who has not the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_LISTS = ("travellers", "signatories", "other_leaders", "guides", "vehicles")
_NUMBERS = ("resident_id", "cert_no", "card_no", "driver_license_no")
"""Beside the number of the document; a vehicle bears that of its driver."""


class Named(NamedTuple):
    """A part of a body that is about one person: where it stands, and the numbers by which the person is known."""

    pointer: str
    part: Mapping[str, Any]
    numbers: list[str]


def people_in(body: Mapping[str, Any]) -> Iterator[Named]:
    """Everybody in a body who is known by a number, the travellers first. A card holder is the whole body."""
    if "document" in body:
        yield Named("", body, [body["document"]["number"]])
    for name in _LISTS:
        for nth, part in enumerate(body.get(name, ())):
            if numbers := _numbers(part):
                yield Named(f"/{name}/{nth}", part, numbers)
    if "leader" in body and (numbers := _numbers(body["leader"])):
        yield Named("/leader", body["leader"], numbers)


def numbers_in(body: Mapping[str, Any]) -> list[str]:
    """Every number of a person, once."""
    return list(dict.fromkeys(number for named in people_in(body) for number in named.numbers))


def _numbers(part: Mapping[str, Any]) -> list[str]:
    document = part.get("document")
    found = [document["number"]] if document and document.get("number") else []
    return found + [part[name] for name in _NUMBERS if part.get(name)]
