"""Forms made from the schema of a kind: what is asked, the record that was filled in, what is wrong with it. Pure.

A new field of the schema is asked for by itself; what the platform or the authority fills in is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from gateway.access.tenants import Tenant
from gateway.ledger.kinds import BEHAVIOURS, PortalLife
from gateway.ledger.two_sided import EXCHANGE
from gateway.wording.languages import word
from gateway.wording.readable import shown_value
from schemas import catalog
from schemas.codelists import codelist
from schemas.fields import Field
from schemas.findings import Text

KINDS = ("agency", "branch", "outlet", "leader")
"""What an agency enters of itself."""
_NOT_ASKED = frozenset({"status", "agency_uscc", "agency_name", "effective_from", "effective_to", "filed_on"})
_MOST_CHOICES = 60
_YES, _NO = "true", "false"
_YES_OR_NO = {_YES: Text("是", "Yes"), _NO: Text("否", "No")}
_ENTERED = Text("必填信息", "What is needed")
_MORE = Text("补充信息", "More about it")


class Entry(StrEnum):
    """How a field is entered."""

    TEXT = "text"
    DATE = "date"
    CHOICE = "select"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field of a form; `place` is its place in the record."""

    place: str
    title: Text
    help: Text
    entry: Entry
    choices: Mapping[str, Text]
    is_required: bool
    is_yes_or_no: bool
    longest: int


@cache
def asked(kind: str) -> tuple[Asked, ...]:
    """The fields that are asked for of a kind, in the order of the schema."""
    return tuple(_asked(field) for field in catalog.kind(f"{kind}.v1").fields() if _is_asked(kind, field))


def _is_asked(kind: str, field: Field) -> bool:
    life = BEHAVIOURS[kind].life
    theirs = life.words if isinstance(life, PortalLife) else frozenset[str]()
    first = field.path.split("/")[1]
    if first in _NOT_ASKED | EXCHANGE | theirs or (kind, field.path) == ("agency", "/uscc"):
        return False
    return "*" not in field.path and field.type in ("string", "boolean")


def _asked(field: Field) -> Asked:
    is_yes_or_no = field.type == "boolean"
    choices: Mapping[str, Text] = _YES_OR_NO if is_yes_or_no else {}
    if field.codelist is not None and len(codelist(field.codelist)) <= _MOST_CHOICES:
        choices = {code: words for code, words in codelist(field.codelist).items() if code}
    entry = Entry.CHOICE if choices else Entry.DATE if field.format == "date" else Entry.TEXT
    return Asked(
        place=field.path.removeprefix("/"),
        title=field.title,
        help=field.description,
        entry=entry,
        choices=choices,
        is_required=field.required and not field.parent,
        is_yes_or_no=is_yes_or_no,
        longest=field.schema.get("maxLength", 200),
    )


def body_of(kind: str, given: Mapping[str, str], agency: Tenant) -> dict[str, Any]:
    """The record that was filled in, in the name of the agency; the authority is yet to say something of it."""
    life = BEHAVIOURS[kind].life
    body: dict[str, Any] = {"status": life.entered if isinstance(life, PortalLife) else ""}
    body |= {"uscc": agency.uscc} if kind == "agency" else {"agency_uscc": agency.uscc, "agency_name": agency.title}
    for each in asked(kind):
        if value := given.get(each.place, "").strip():
            _put(body, each.place, value == _YES if each.is_yes_or_no else value)
    return body


def given_of(kind: str, body: Mapping[str, Any], *, is_own: bool) -> dict[str, str]:
    """A record as its form is filled in with; of what somebody else keeps, no personal value that no register has."""
    found: dict[str, str] = {}
    for each in asked(kind):
        field = catalog.kind(f"{kind}.v1").field(f"/{each.place}")
        value = _at(body, each.place)
        is_shown = is_own or field is None or field.pii is None or field.is_public
        if value is not None and is_shown:
            found[each.place] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def missing(kind: str, body: Mapping[str, Any]) -> list[Text]:
    """The titles of what is asked for and not filled in."""
    return [each.title for each in asked(kind) if _at(body, each.place) is None]


def shown_form(
    kind: str, given: Mapping[str, str], wrong: Mapping[str, str], language: str
) -> list[tuple[str, list[dict[str, Any]]]]:
    """The sections of a form, each with its fields."""
    fields = [(each.is_required, _shown(each, given, wrong, language)) for each in asked(kind)]
    sections = [(word(title, language), [field for is_needed, field in fields if is_needed is needed])
                for title, needed in ((_ENTERED, True), (_MORE, False))]  # fmt: skip
    return [(title, shown) for title, shown in sections if shown]


def _shown(each: Asked, given: Mapping[str, str], wrong: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        "name": each.place,
        "id": place_id(each.place),
        "title": word(each.title, language),
        "help": word(each.help, language),
        "entry": each.entry.value,
        "choices": [(value, word(words, language)) for value, words in each.choices.items()],
        "is_required": each.is_required,
        "longest": each.longest,
        "value": given.get(each.place, ""),
        "wrong": wrong.get(each.place, ""),
    }


def answers(kind: str, given: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What was filled in, by title, to be read once more."""
    found: list[tuple[str, str]] = []
    for each in asked(kind):
        if value := given.get(each.place, "").strip():
            typed: Any = value == _YES if each.is_yes_or_no else value
            found.append((word(each.title, language), shown_value(kind, f"/{each.place}", typed, language)))
    return found


def mistakes(kind: str, findings: Iterable[Mapping[str, Any]], language: str) -> tuple[dict[str, str], list[str]]:
    """The errors by place of the form, and those that belong to no field of it."""
    places = {each.place for each in asked(kind)}
    by_place: dict[str, str] = {}
    others: list[str] = []
    for finding in findings:
        if finding["severity"] != "error":
            continue
        told = finding["reason"]["zh" if language == "zh" else "en"]
        place = finding["field"].removeprefix("/")
        if place in places:
            by_place.setdefault(place, told)
        else:
            others.append(told)
    return by_place, others


def place_id(place: str) -> str:
    return place.replace("/", "-")


def _put(body: dict[str, Any], place: str, value: Any) -> None:
    *parents, name = place.split("/")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[name] = value


def _at(body: Mapping[str, Any], place: str) -> Any:
    value: Any = body
    for name in place.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
