"""What the forms of penalties ask and say, in one language, ready for the templates. Pure.

Titles and help are the schema's; whether travellers were harmed is asked for, because a pledge is verified by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from gateway.authority.penalties import OnFile, Penalty
from gateway.base.clock import Clock
from gateway.doors.reasons import LONGEST_REASON
from gateway.wording.languages import word
from schemas import catalog
from schemas.codelists import codelist
from schemas.findings import Text, veiled

BASE, AGENCIES = "/penalties", "/agencies"
CHANGED = Text("您查看之后已有变更，请重新查看", "It has changed since you looked: look again")
_PLACE = "/penalties/0"
_LIST = "penalty_types"
_YES_OR_NO = {"true": Text("是", "Yes"), "false": Text("否", "No")}
_MONEY = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")
_MISSING = Text("请填写", "Fill this in")
_NO_CHOICE = Text("请选择", "Choose one")
_NO_DAY = Text("请填写不晚于今天的日期", "Give a day, today at the latest")
_NO_MONEY = Text("请填写金额，如 30000 或 30000.00", "Give an amount such as 30000 or 30000.00")
_NUMBERS = Text("含有疑似证件号或手机号，请删去", "It seems to hold a document or telephone number: leave it out")
_REASON = Text("理由", "Reason")
_REASON_HELP = Text("与登记一并保存，监管人员可见", "Kept with the entry, for authorities to read")


class Deed(StrEnum):
    """What is done to a penalty."""

    ENTER = "enter"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


TITLES: Mapping[Deed, Text] = {
    Deed.ENTER: Text("登记行政处罚", "Enter a penalty"),
    Deed.CORRECT: Text("更正行政处罚", "Correct a penalty"),
    Deed.WITHDRAW: Text("撤销行政处罚", "Withdraw a penalty"),
}
_FACTS: Mapping[str, tuple[str, int]] = {
    "document_no": ("text", 64),
    "decided_on": ("date", 10),
    "penalty_type": ("select", 0),
    "amount": ("text", 15),
    "harmed_travellers": ("select", 0),
    "authority": ("text", 128),
    "ground": ("textarea", 500),
}
"""The fields of a penalty, how each is entered, and how long it may be."""
_OPTIONAL = frozenset({"amount", "authority", "ground"})
_FREE = ("authority", "ground")
"""What is written in words: the number of a decision may look like anything."""


def item_of(given: Mapping[str, str]) -> dict[str, Any]:
    """The penalty that was filled in, as a record has it."""
    item: dict[str, Any] = {name: value for name in _FACTS if (value := given.get(name, "").strip())}
    item["harmed_travellers"] = given.get("harmed_travellers") == "true"
    return item


def given_of(item: Mapping[str, Any]) -> dict[str, str]:
    """A penalty as its form is filled in with."""
    found = {name: str(item[name]) for name in _FACTS if name in item}
    if "harmed_travellers" in item:
        found["harmed_travellers"] = "true" if item["harmed_travellers"] else "false"
    return found


def mistakes(deed: Deed, given: Mapping[str, str], today: date) -> dict[str, Text]:
    """What is wrong with a form, by field."""
    wrong = {} if deed is Deed.WITHDRAW else _mistakes(given, today)
    if deed is not Deed.ENTER:
        reason = given.get("reason", "").strip()
        if not reason:
            wrong["reason"] = _MISSING
        elif veiled(reason) != reason:
            wrong["reason"] = _NUMBERS
    return wrong


def _mistakes(given: Mapping[str, str], today: date) -> dict[str, Text]:
    values = {name: given.get(name, "").strip() for name in _FACTS}
    wrong = {name: _MISSING for name, value in values.items() if not value and name not in _OPTIONAL}
    if values["penalty_type"] not in codelist(_LIST):
        wrong["penalty_type"] = _NO_CHOICE
    if values["harmed_travellers"] not in _YES_OR_NO:
        wrong["harmed_travellers"] = _NO_CHOICE
    if not _is_past(values["decided_on"], today):
        wrong["decided_on"] = _NO_DAY
    if values["amount"] and not _MONEY.fullmatch(values["amount"]):
        wrong["amount"] = _NO_MONEY
    return wrong | {name: _NUMBERS for name in _FREE if veiled(values[name]) != values[name]}


def _is_past(text: str, today: date) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day <= today and day.isoformat() == text


def shown_form(deed: Deed, given: Mapping[str, str], wrong: Mapping[str, Text], language: str) -> list[dict[str, Any]]:
    """The fields of a form, each with what is wrong with it."""
    fields = [] if deed is Deed.WITHDRAW else [_shown_field(name, language) for name in _FACTS]
    if deed is not Deed.ENTER:
        fields.append(_field("reason", _REASON, _REASON_HELP, ("textarea", LONGEST_REASON), language=language))
    for field in fields:
        field["value"] = given.get(field["name"], "")
        field["wrong"] = word(wrong[field["name"]], language) if field["name"] in wrong else ""
    return fields


def _shown_field(name: str, language: str) -> dict[str, Any]:
    kind = catalog.kind("agency.v1")
    found = kind.field(f"{_PLACE}/{name}")
    help_ = found.description if found else Text("", "")
    field = _field(name, kind.title(f"{_PLACE}/{name}"), help_, _FACTS[name], language=language)
    choices = {"penalty_type": codelist(_LIST), "harmed_travellers": _YES_OR_NO}.get(name, {})
    return field | {"choices": [(value, word(words, language)) for value, words in choices.items()]}


def _field(name: str, title: Text, help_: Text, entry: tuple[str, int], *, language: str) -> dict[str, Any]:
    how, longest = entry
    titles = {"title": word(title, language), "help": word(help_, language)}
    return {"name": name, "id": name, "entry": how, "longest": longest, "choices": [], **titles}


def answers(deed: Deed, given: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What was filled in, by title, to be read once more."""
    shown: list[tuple[str, str]] = []
    for field in shown_form(deed, given, {}, language):
        if value := field["value"].strip():
            shown.append((field["title"], dict(field["choices"]).get(value, value)))
    return shown


def shown_penalties(on_file: OnFile, language: str, *, received_on: date | None = None, of: str = "") -> dict[str, Any]:
    """The penalties on file. Beside a pledge those are marked that make it untrue; of an agency whose credit code is
    given, each has the way to change it.
    """
    rows = [shown_penalty(penalty, language, received_on=received_on, of=of) for penalty in on_file.penalties]
    return {"is_known": on_file.is_known, "rows": rows, "breaking": sum(row["breaks"] for row in rows)}


def shown_penalty(penalty: Penalty, language: str, *, received_on: date | None = None, of: str = "") -> dict[str, Any]:
    """One penalty; what was withdrawn is changed no more."""
    is_open = bool(of) and penalty.withdrawn_on is None
    return {
        "document_no": penalty.document_no,
        "on": penalty.decided_on.isoformat(),
        "type": word(codelist(_LIST)[penalty.penalty_type], language),
        "amount": penalty.amount,
        "authority": penalty.authority,
        "ground": penalty.ground,
        "is_harm": penalty.harmed_travellers,
        "breaks": received_on is not None and penalty.breaks(received_on, Clock.china_today()),
        "change": f"{BASE}/{quote(of)}?{urlencode({'of': penalty.document_no})}" if is_open else "",
        "withdrawn_on": penalty.withdrawn_on.isoformat() if penalty.withdrawn_on else "",
        "note": penalty.note,
    }
