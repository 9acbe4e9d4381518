"""What may still change in a record, and what two versions differ in. Pure.

Which states there are stands in `states`, which kind lives how in `kinds`. An audited roster is frozen but for
removals, which make a new version ("an audited roster may lose people but may not gain any").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from gateway.ledger.kinds import BEHAVIOURS, OwnLife, PortalLife
from gateway.ledger.two_sided import refuses
from schemas import catalog
from schemas.codelists import codelist, codelists
from schemas.findings import Finding, Text, error, veiled
from schemas.masking import mask

_COUNTS = frozenset({"total_count", "male_count", "female_count"})
_MOST_DIFFERENCES = 50
_STATE = Text("状态", "State")

DIFFERS = error(
    "INTAKE-101",
    "业务编号 {key} 已存有内容不同的记录（{count} 处不同）",
    "{key} is stored with other content ({count} differences)",
    "如确需变更，请加参数 amend=true 提交变更；否则请核对业务编号。",
    "Submit it with amend=true if a change is meant; otherwise check the business number.",
)
FROZEN = error(
    "INTAKE-102",
    "该编号的记录{state}，不能再变更",
    "The record of this number is {state} and can no longer be amended",
    "请以新的业务编号提交。",
    "Submit it under a new business number.",
)
KEPT_NO_LONGER = error(
    "INTAKE-116",
    "编号 {key} 的记录已过保存期限，内容不再保存",
    "The record {key} is kept no longer: its content was removed at the end of its time",
    "不能再变更；请以新的编号提交。",
    "It can no longer be amended; submit it under a new number.",
)
GAINS_PEOPLE = error(
    "INTAKE-103",
    "名单表已审验，只能减少游客，不能增加或修改",
    "An audited roster may only lose people; nothing may be added or altered",
    "请仅删除未成行的游客；新增人员须另报团队。",
    "Only remove those who do not travel; report others as another group.",
)
NUMBER_TAKEN = error(
    "INTAKE-113",
    "合同编号 {number} 已用于业务编号为 {other} 的合同",
    "The contract number {number} is that of the contract with business number {other}",
    "同一旅行社的合同编号不得重复；核对合同编号，或先作废原合同。",
    "A number is printed on one contract of an agency only: check it, or void the other contract first.",
)
NOT_THEIR_WORD = error(
    "INTAKE-111",
    "办理状态和结论只由主管部门或其门户给出",
    "States and verdicts are the authority's to give, or its portal's",
    "提交时状态填 {entered}，不填写办理或核实结论；有异议的请联系主管部门。",
    "Submit it as {entered}, without a decision or verdict; ask the authority if you disagree with one.",
)


@dataclass(frozen=True, slots=True)
class Amended:
    """The new version takes the place of the old one, and the record is in `state` then."""

    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Nothing changes, as it should be; the warning says why."""

    why: Finding


@dataclass(frozen=True, slots=True)
class Declined:
    """Nothing changes, and somebody has to do something about it; the error says what."""

    why: Finding


Amendment = Amended | Kept | Declined


def differs(kind: str, state: str, key: str, differences: tuple[dict[str, Any], ...]) -> Finding:
    """The number is stored with other content; where that can no longer be amended, nobody is advised to do so."""
    life = BEHAVIOURS[kind].life
    if isinstance(life, OwnLife) and life.machine.amended.get(state) is None:
        return FROZEN.found("", _STATE, state, state=state_words(kind, state))
    return DIFFERS.found("", Text("业务编号", "Business number"), key, key=key, count=len(differences))


def kept_no_longer(key: str) -> Finding:
    """The number is that of a record whose content was removed."""
    return KEPT_NO_LONGER.found("", Text("业务编号", "Business number"), key, key=key)


def number_taken(number: str | None, other: str | None) -> Finding:
    """Another contract of the agency bears the printed number."""
    return NUMBER_TAKEN.found("/contract_no", Text("合同编号", "Contract number"), number, number=number, other=other)


def first_state(kind: str, body: Mapping[str, Any]) -> str:
    """The state of a record that is new here."""
    match BEHAVIOURS[kind].life:
        case OwnLife(first=first):
            return first.value
        case PortalLife():
            return body["status"]


def states_list(kind: str) -> str:
    """The code list that has the words of a kind's states: its field's, where the state stands in the record."""
    field = catalog.kind(f"{kind}.v1").field("/status") if kind in BEHAVIOURS else None
    return f"{kind}_states" if field is None or field.codelist is None else field.codelist


def state_words(kind: str, state: str) -> Text:
    """A state as people call it."""
    name = states_list(kind)
    if name not in codelists():
        return Text(state, state)
    words = codelist(name)[state]
    return Text(words.zh, words.en.lower())


def claims_a_decision(
    kind: str, state: str, body: Callable[[], Mapping[str, Any]], *, decided: bool, by_authority: bool
) -> Finding | None:
    """What is wrong with a record that says what only an authority may: in its state, or in fields that are its words.

    `by_authority` says that the authority itself or its portal has sent it; some states only a decision here gives.
    """
    life = BEHAVIOURS[kind].life
    if decided or not isinstance(life, PortalLife):
        return None
    if state == life.decided or not (by_authority or state == life.entered):
        return NOT_THEIR_WORD.found("/status", _STATE, state, entered=life.entered)
    if not by_authority and life.words and (claimed := sorted(life.words & body().keys())):
        title = catalog.kind(f"{kind}.v1").title(f"/{claimed[0]}")
        return NOT_THEIR_WORD.found(f"/{claimed[0]}", title, entered=life.entered)
    return None


def amend(
    kind: str,
    state: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    confirmed_as: int | None = None,
    base_revision: int | None = None,
    decided: bool = False,
    by_authority: bool = True,
    is_ours: bool = False,
) -> Amendment:
    """What becomes of an amendment of `old`, which is in `state`, to `new`.

    `confirmed_as` and `base_revision` are what the portal has said of `old` (see `two_sided`); `decided` says that a
    person has chosen `new`, `by_authority` that the authority or its portal has sent it: nobody else goes back behind
    what it has said; `is_ours` that it was made at the desk.
    """
    match BEHAVIOURS[kind].life:
        case OwnLife() as life:
            return _amend_own(life, state, old, new)
        case PortalLife(reopened=reopened):
            is_asked = by_authority or state not in reopened
            if is_asked and (
                final := claims_a_decision(kind, state, lambda: old, decided=decided, by_authority=by_authority)
            ):
                return Declined(final)
            why = refuses(old, new, confirmed_as, base_revision, decided=decided, is_ours=is_ours)
            if why is None:
                return Amended(new["status"])
            return Declined(why) if why.is_error else Kept(why)


def _amend_own(life: OwnLife, state: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Amendment:
    after = life.machine.amended.get(state)
    if after is None:
        return Declined(FROZEN.found("", _STATE, state, state=state_words(life.machine.name, state)))
    if state in life.may_only_lose_people and not _only_loses_people(old, new):
        return Declined(GAINS_PEOPLE.found("/travellers", Text("游客", "Travellers")))
    return Amended(after.value)


def differences(schema: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Where two versions differ, field by field, personal values masked that no register publishes. At most 50 are
    named.
    """
    kind = catalog.kind(schema)
    before, after = _leaves(old), _leaves(new)
    found: list[dict[str, Any]] = []
    for pointer in sorted(before.keys() | after.keys()):
        stored, sent = before.get(pointer), after.get(pointer)
        if stored == sent:
            continue
        field = kind.field(pointer)
        pii = None if field is None or field.is_public else field.pii
        found.append(
            {
                "field": pointer,
                "title": kind.title(pointer)._asdict(),
                "stored": _shown(stored, pii),
                "sent": _shown(sent, pii),
            }
        )
        if len(found) == _MOST_DIFFERENCES:
            break
    return tuple(found)


def _only_loses_people(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    def rest(body: Mapping[str, Any]) -> bytes:
        kept = {name: value for name, value in body.items() if name != "travellers" and name not in _COUNTS}
        return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)

    def people(body: Mapping[str, Any]) -> set[bytes]:
        travellers = body.get("travellers", [])
        return {
            orjson.dumps({k: v for k, v in person.items() if k != "seq_no"}, option=orjson.OPT_SORT_KEYS)
            for person in travellers
        }

    return rest(old) == rest(new) and people(new) < people(old)


def _leaves(value: Any, pointer: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        members = cast(Mapping[str, Any], value)
        items = [(name.replace("~", "~0").replace("/", "~1"), item) for name, item in members.items()]
    elif isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(cast(list[Any], value))]
    else:
        return {pointer: value}
    return {leaf: found for name, item in items for leaf, found in _leaves(item, f"{pointer}/{name}").items()}


def _shown(value: Any, pii: str | None) -> str | None:
    if value is None:
        return None
    return mask(str(value), pii) if pii else veiled(str(value))
