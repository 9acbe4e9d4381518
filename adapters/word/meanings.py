"""What a place of a template means: a field of contracts in one of its forms, or what the platform puts there.

agency.name            a value                          depart_on#year          one of its forms
travellers/name        of the items of a list           signatories.0.name      of one of its items, from 0
dispute.resolution=arbitration      a box, ticked when the field says so
@code                  what the platform puts there     -                       left for a pen
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.catalog import Kind, kind
from schemas.codelists import codelist
from schemas.fields import Field
from schemas.findings import Text

KIND = "contract.v1"
BY_HAND = "-"
ORDINAL = "#index"
PLACES: Mapping[str, Text] = {
    "code": Text("合同唯一编码", "Unique code of the contract"),
    "qr": Text("二维码", "QR code"),
    "traveller_signature": Text("旅游者签字", "Signature of the traveller"),
    "agency_signature": Text("旅行社代表签字", "Signature for the agency"),
    "agency_seal": Text("旅行社印章", "Seal of the agency"),
}
"""What the platform puts into a contract that no field holds."""
FORMS: Mapping[str, Text] = {
    "date": Text("日期", "date"),
    "year": Text("年", "year"),
    "month": Text("月", "month"),
    "day": Text("日", "day of the month"),
    "money": Text("金额", "amount"),
    "capital": Text("大写金额", "amount in words"),
    "named": Text("名称", "name of the code"),
    "yes_no": Text("是或否", "yes or no"),
    "joined": Text("以顿号相连", "joined"),
    "whole": Text("完整地址", "the whole address"),
    "plain": Text("原样", "as it is"),
}
_MEANING = re.compile(r"(?P<path>[a-z_0-9./]{1,80})(?:#(?P<form>[a-z_]{1,12})|=(?P<value>[a-z0-9_A-Z-]{1,40}))?")
_ONE = re.compile(r"\.(\d|[1-9]\d)(?=\.)")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A field by its path, in a form; or the value that makes a box ticked."""

    path: str
    form: str = ""
    value: str = ""

    def __str__(self) -> str:
        return self.path + (f"#{self.form}" if self.form else "") + (f"={self.value}" if self.value else "")

    @property
    def loop(self) -> str:
        """The list that it goes through; "" for a value of the contract itself."""
        return self.path.rpartition("/")[0]

    @property
    def pointer(self) -> str:
        """The place of its field in the schema: `/travellers/*/name`."""
        return "/" + _ONE.sub(".*", self.path).replace("/", "/*/").replace(".", "/")


CODE_LINE = "合同唯一编码：{{ code }}"
"""Stands where a document has no place of its own for the code."""


def parsed(text: str) -> Meaning | None:
    """A meaning as it is written; None for what is none, names no field, or asks for a form that it has not."""
    found = _MEANING.fullmatch(text)
    if found is None:
        return None
    meaning = Meaning(found["path"], found["form"] or "", found["value"] or "")
    if meaning.form == "index":
        return meaning if _lists().get(meaning.path.rstrip("/")) else None
    field = field_of(meaning)
    if field is None:
        return None
    if meaning.form and meaning.form not in forms_of(field):
        return None
    return None if meaning.value and meaning.value not in values_of(field) else meaning


def field_of(meaning: Meaning) -> Field | None:
    """The field that a meaning takes; None when contracts have none such, or it is a list or object."""
    path = meaning.path
    if meaning.loop and not _lists().get(meaning.loop):
        return None
    field = contract().field(meaning.pointer)
    if field is None or "//" in path or any(part.isdecimal() for part in meaning.pointer.split("/")):
        return None
    if field.type == "object" and not is_address(field):
        return None
    if field.type == "array":
        return field if field.schema["items"]["type"] == "string" else None
    outside = path[len(meaning.loop) + 1 :] if meaning.loop else path
    return field if meaning.pointer.count("/*") == bool(meaning.loop) + len(_ONE.findall(outside)) else None


def is_address(field: Field) -> bool:
    """Whether an object is an address or a place, which reads as one text."""
    return "detail" in field.schema.get("properties", {})


def forms_of(field: Field) -> tuple[str, ...]:
    """The forms that a field's value may have in a document, the usual one first."""
    if field.type == "object":
        return ("whole",)
    if field.type == "array":
        return ("joined",)
    if field.format == "date":
        return ("date", "year", "month", "day")
    if field.schema.get("x-money"):
        return ("money", "capital")
    if field.codelist:
        return ("named", "plain")
    return ("yes_no",) if field.type == "boolean" else ("plain",)


def values_of(field: Field) -> Mapping[str, Text]:
    """What a box may stand for."""
    if field.type == "boolean":
        return {"true": Text("是", "yes"), "false": Text("否", "no")}
    return dict(codelist(field.codelist).items()) if field.codelist else {}


def title_of(text: str) -> Text:
    """What a meaning is called in the words of the schema."""
    if text == BY_HAND:
        return Text("手工填写", "filled in by hand")
    if text.startswith("@"):
        return PLACES[text[1:]]
    meaning = parsed(text)
    if meaning is None:
        return Text(text, text)
    if meaning.form == "index":
        return Text("序号", "Number of the row")
    field = field_of(meaning)
    assert field is not None  # noqa: S101 - it was parsed
    pointer = meaning.pointer
    outer = [
        contract().title(pointer[:at])
        for at, letter in enumerate(pointer)
        if letter == "/" and pointer[:at].strip("/*")
    ]
    names = list(dict.fromkeys([*outer, field.title]))
    if (one := _ONE.search(meaning.path)) is not None and (which := int(one.group(1))):
        names[0] = Text(f"{names[0].zh}（第 {which + 1} 项）", f"{names[0].en} (number {which + 1})")
    zh, en = " › ".join(name.zh for name in names), " › ".join(name.en for name in names)
    if meaning.value:
        said = values_of(field)[meaning.value]
        return Text(f"{zh}：{said.zh}", f"{en}: {said.en}")
    shown = meaning.form and meaning.form != forms_of(field)[0]
    return Text(f"{zh}（{FORMS[meaning.form].zh}）", f"{en} ({FORMS[meaning.form].en})") if shown else Text(zh, en)


@cache
def contract() -> Kind:
    return kind(KIND)


@cache
def _lists() -> Mapping[str, bool]:
    """The lists of objects that a contract has: `itinerary.days`."""
    return {
        field.path.strip("/").replace("/", "."): True
        for field in contract().fields()
        if field.type == "array" and field.schema["items"]["type"] == "object" and "*" not in field.path
    }
