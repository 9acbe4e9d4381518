"""What the pages of dead letters show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table, View
from gateway.dead_letters.replays import Replayed, ReplayStatus
from gateway.dead_letters.rows import Letter
from gateway.ledger.letters import LetterKey
from gateway.ledger.states import REPLAYABLE, LetterState
from gateway.wording.dates import short_moment
from gateway.wording.languages import ZH, word
from gateway.wording.readable import NOTHING
from schemas import catalog
from schemas.catalog import kind_names
from schemas.findings import Text

BASE = "/dead-letters"
STATES: Mapping[LetterState, Text] = {
    LetterState.OPEN: Text("待处理", "Open"),
    LetterState.PARKED: Text("已搁置", "Parked"),
    LetterState.RESOLVED: Text("已解决", "Resolved"),
}
_TONES = {LetterState.OPEN: "warn", LetterState.PARKED: "bad", LetterState.RESOLVED: "good"}
_OUTCOMES: Mapping[ReplayStatus, tuple[str, Text, Text]] = {
    ReplayStatus.RESOLVED: ("good", Text("将会通过", "would pass"), Text("已入库", "stored")),
    ReplayStatus.FAILED: ("bad", Text("仍不通过", "would fail"), Text("仍未通过", "failed again")),
    ReplayStatus.PARKED: ("bad", Text("仍不通过", "would fail"), Text("仍未通过，已搁置", "failed again, parked")),
    ReplayStatus.NOT_REPLAYABLE: (
        "none",
        Text("没有可重放的原文", "has no source"),
        Text("没有可重放的原文", "has no source"),
    ),
}
_STATE_WORDS = {state.value: words for state, words in STATES.items()}
_KINDS = {name: catalog.kind(f"{name}.v1").title("") for name in kind_names()}
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="locator", title=Text("位置", "Place")),
        Column(name="kind", title=Text("种类", "Kind")),
        Column(name="key", title=Text("业务编号", "Number")),
        Column(name="why", title=Text("原因", "Why")),
        Column(name="connector", title=Text("对接配置", "Connector")),
        Column(name="arrived", title=Text("收到", "Arrived")),
        Column(name="attempts", title=Text("重放次数", "Replays"), is_number=True),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(
        Filter(name="code", title=Text("问题代码", "Problem code")),
        Filter(name="connector", title=Text("对接配置", "Connector")),
        Filter(name="kind", title=Text("种类", "Kind"), entry=Entry.CHOICE, choices=_KINDS),
        Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=_STATE_WORDS),
    ),
    views=(
        View(title=Text("待处理", "Open"), criteria={"state": LetterState.OPEN}),
        View(title=Text("已搁置", "Parked"), criteria={"state": LetterState.PARKED}),
        View(title=Text("已解决", "Resolved"), criteria={"state": LetterState.RESOLVED}),
        View(title=Text("全部", "All"), criteria={}),
    ),
    file_formats=(),
)


def choice_of(place: LetterKey) -> str:
    return f"{place.id}/{place.ordinal}"


def place_in(text: str) -> LetterKey:
    """Raises ValueError for what `choice_of` never gave."""
    submission, _, ordinal = text.partition("/")
    if not (ordinal.isascii() and ordinal.isdecimal() and len(ordinal) < 10):
        raise ValueError(text)
    return LetterKey(UUID(submission), int(ordinal))


def lines(letters: Iterable[Letter], language: str) -> list[Row]:
    """The lines of the list; those that may still pass can be chosen by who may replay them."""
    return [_line(letter, language) for letter in letters]


def _line(letter: Letter, language: str) -> Row:
    can_pass = letter.state in REPLAYABLE
    first = letter.findings[0] if letter.findings else None
    more = len(letter.findings) - 1
    return Row(
        name=letter.key or letter.locator,
        choice=choice_of(letter.place) if can_pass else "",
        cells={
            "locator": Cell(text=letter.locator or str(letter.ordinal), small=str(letter.submission_id), is_code=True),
            "kind": Cell(text=word(_KINDS[letter.kind], language) if letter.kind in _KINDS else letter.kind),
            "key": Cell(text=letter.key or NOTHING, is_code=True),
            "why": Cell(text=NOTHING) if first is None else _why(first, more, language),
            "connector": Cell(text=letter.connector or NOTHING),
            "arrived": Cell(text=short_moment(letter.received_at, language)),
            "attempts": Cell(text=str(letter.attempts)),
            "state": Cell(text=word(STATES[letter.state], language), tone=_TONES[letter.state]),
        },
    )


def _why(finding: Mapping[str, Any], more: int, language: str) -> Cell:
    """The first finding, with how many there are beside it."""
    reason = finding["reason"]["zh" if language == ZH else "en"]
    others = word(Text(f" 等 {more + 1} 处", f" and {more} more"), language) if more else ""
    return Cell(text=finding["code"], href=f"/problems/{finding['code']}", small=reason + others, is_code=True)


def shown_replays(
    letters: Sequence[Letter], done: Sequence[Replayed], language: str, *, dry_run: bool
) -> list[dict[str, Any]]:
    """What the replay of each letter did, or would do."""
    return [_replay(letter, each, language, dry_run=dry_run) for letter, each in zip(letters, done, strict=True)]


def _replay(letter: Letter, each: Replayed, language: str, *, dry_run: bool) -> dict[str, Any]:
    tone, would, did = _OUTCOMES[each.status]
    findings = each.answer.get("findings", ()) if each.status is not ReplayStatus.RESOLVED else ()
    in_language = "zh" if language == ZH else "en"
    return {
        "choice": f"{each.submission_id}/{each.ordinal}",
        "ordinal": each.ordinal,
        "submission_id": str(each.submission_id),
        "key": letter.key or NOTHING,
        "mapping": each.mapping,
        "tone": tone,
        "outcome": word(would if dry_run else did, language),
        "is_good": each.status is ReplayStatus.RESOLVED,
        "findings": [{"code": one["code"], "reason": one["reason"][in_language]} for one in findings],
    }
