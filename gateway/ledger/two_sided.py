"""Records that live here and at a portal: which of two versions counts. Pure.

A portal numbers its versions (`revision`). What an authority changes here carries the number it was made on and is
`unconfirmed` until the portal shows it. Pages may come twice, late and out of order, so an older version never
replaces a newer one; what both sides have changed is for a person to decide, never for the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.findings import Finding, Text, error, warning

BASE_MOVED = error(
    "INTAKE-106",
    "记录已更新到门户版本 {stored}，您的变更基于版本 {sent}",
    "The record is at the portal's version {stored}; the change was made on version {sent}",
    "查看当前记录后重新提交变更。",
    "Look at the current record and submit the change again.",
)
BOTH_CHANGED = error(
    "INTAKE-107",
    "本平台与门户均变更了该记录，已转人工核定",
    "The record was changed here and at the portal; a person will decide",
    "请在“门户差异”中核定以哪一方为准（yizhan conflicts）。",
    "Choose among the differences which side to keep (yizhan conflicts).",
)
SAME_NUMBER = error(
    "INTAKE-108",
    "门户版本号同为 {number} 而内容不同，已转人工核定",
    "The portal gives another content under the same version number {number}; a person will decide",
    "请与门户核对后，在“门户差异”中核定以哪一方为准。",
    "Ask the portal; choose among the differences which side to keep.",
)
OLDER = warning(
    "INTAKE-109",
    "收到的版本早于已存版本，未作改动",
    "Older than what is stored; nothing was changed",
    "无需处理；门户重发或乱序送达时会出现。",
    "Nothing needs to be done; portals repeat and reorder deliveries.",
)
OURS_WAITS = warning(
    "INTAKE-110",
    "本平台的变更尚待门户确认，门户仍是变更前的版本，未作改动",
    "Our change waits for the portal, which still shows the version before it; nothing was changed",
    "无需处理；变更送达门户后会自动一致。",
    "Nothing needs to be done; both sides agree once the portal has taken the change.",
)
DISPUTES = frozenset({BOTH_CHANGED.code, SAME_NUMBER.code})
"""Codes of findings that open a conflict."""

EXCHANGE = frozenset({"revision", "changed_at", "unconfirmed"})
"""Fields of a record that only say how it was exchanged."""

_PLACE = "/revision"
_TITLE = Text("门户版本号", "Portal revision")


def refuses(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    confirmed_as: int | None,
    base_revision: int | None = None,
    *,
    decided: bool = False,
    is_ours: bool = False,
) -> Finding | None:
    """Why `new` does not replace `old`: a warning when that is as it should be, an error when it is not. None: it does.

    `confirmed_as` is the version number that the portal gave our unconfirmed change, once it has taken it, and
    `base_revision` the one it gave an earlier change of ours on which this one was made. `decided` says that a person
    has chosen `new`, `is_ours` that it was made here, also where no portal is told of it.
    """
    stored, sent = old.get("revision", 0), new.get("revision", 0)
    if decided:
        return None
    if is_ours or new.get("unconfirmed"):
        return None if sent == stored else _found(BASE_MOVED, sent, stored=stored, sent=sent)
    if old.get("unconfirmed"):
        return _against_ours(old, new, base_revision or stored, sent, confirmed_as=confirmed_as)
    if sent < stored or (sent == stored and new.get("changed_at", "") < old.get("changed_at", "")):
        return _found(OLDER, sent)
    if sent == stored > 0:
        return _found(SAME_NUMBER, sent, number=sent)
    return None


def _against_ours(
    old: Mapping[str, Any], new: Mapping[str, Any], base: int, sent: int, *, confirmed_as: int | None
) -> Finding | None:
    """Only a version after the one that ours was made on can be ours, however much an earlier one looks like it.

    The portal may write ours in its own way under the number it gave; with another state it is another change, as after
    a backup was restored there.
    """
    if confirmed_as is not None and sent >= confirmed_as:
        is_ours = sent > confirmed_as or old.get("status") == new.get("status")
        return None if is_ours else _found(BOTH_CHANGED, sent)
    if base and sent <= base:
        return _found(OURS_WAITS, sent)
    if content(old) == content(new):
        return None
    return _found(BOTH_CHANGED, sent) if sent > base else _found(OURS_WAITS, sent)


def content(body: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what only says how it was exchanged."""
    return {name: value for name, value in body.items() if name not in EXCHANGE}


def _found(problem: Any, value: int, **details: Any) -> Finding:
    return problem.found(_PLACE, _TITLE, value, **details)
