"""What the pages of deliveries show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.ledger.changes import ChangeEvent
from gateway.relay.rows import DeliveryRow, Target
from gateway.relay.states import DeliveryState, TargetState
from gateway.wording.dates import short_moment
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas import catalog
from schemas.findings import Text

BASE = "/deliveries"
STATES: Mapping[str, Text] = {
    DeliveryState.WAITING: Text("等待投递", "Waiting"),
    DeliveryState.DELIVERED: Text("已送达", "Delivered"),
    DeliveryState.DISPUTED: Text("对方持有另一版本", "Disputed"),
    DeliveryState.DEAD: Text("已放弃", "Given up"),
}
_TONES: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "wait",
    DeliveryState.DELIVERED: "good",
    DeliveryState.DISPUTED: "warn",
    DeliveryState.DEAD: "bad",
}
_TARGETS: Mapping[TargetState, tuple[Text, str]] = {
    TargetState.ACTIVE: (Text("投递中", "Active"), "good"),
    TargetState.PAUSED: (Text("已暂停", "Paused"), "warn"),
    TargetState.GONE: (Text("已移除", "Removed"), "none"),
}
_EVENTS: Mapping[ChangeEvent, Text] = {
    ChangeEvent.CREATED: Text("新记录", "created"),
    ChangeEvent.AMENDED: Text("变更", "amended"),
    ChangeEvent.STATE: Text("状态变化", "state changed"),
    ChangeEvent.DOCUMENT: Text("文件", "document"),
    ChangeEvent.DONE: Text("处理完毕", "done"),
    ChangeEvent.REMINDER: Text("期限催办", "reminder"),
    ChangeEvent.OVERDUE: Text("逾期", "overdue"),
}
_SUBMISSION = Text("报送", "Submission")


def table_of(path: str) -> Table:
    """The log of one target."""
    return Table(
        path=path,
        columns=(
            Column(name="what", title=Text("变更", "Change")),
            Column(name="key", title=Text("编号", "Number")),
            Column(name="state", title=Text("状态", "State")),
            Column(name="attempts", title=Text("尝试", "Attempts"), is_number=True),
            Column(name="at", title=Text("送达或下次尝试", "Delivered, or tried next")),
            Column(name="said", title=Text("对方的答复", "What the other side said")),
        ),
        filters=(Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=STATES),),
        file_formats=(),
    )


def shown_target(row: Target, language: str) -> dict[str, Any]:
    """A target with its health."""
    words, tone = _TARGETS[row.shown_state]
    return {
        "id": str(row.id),
        "url": row.url or word(Text("记录中的回调地址", "The address in each record"), language),
        "events": [_type(name, language) for name in row.events],
        "state": word(words, language),
        "tone": tone,
        "is_active": row.shown_state is TargetState.ACTIVE,
        "why": word(row.halt, language) if row.halt is not None else "",
        "failures": row.failures,
        "until": "" if row.open_until is None else short_moment(row.open_until, language),
        "credential": row.credential_id or "",
        "created": short_moment(row.created_at, language),
    }


def lines(rows: Iterable[DeliveryRow], language: str) -> list[Row]:
    """The lines of the log."""
    return [_line(row, language) for row in rows]


def _line(row: DeliveryRow, language: str) -> Row:
    said = "" if row.last_status is None else f"HTTP {row.last_status}"
    return Row(
        name=str(row.position),
        cells={
            "what": Cell(text=_type(f"{row.kind}.{row.event}", language)),
            "key": Cell(text=row.key, is_code=True),
            "state": Cell(text=word(STATES[row.state], language), tone=_TONES[row.state]),
            "attempts": Cell(text=str(row.attempts)),
            "at": Cell(text=_moment(row, language)),
            "said": Cell(text=said, small="" if row.trouble is None else word(row.trouble, language)),
        },
    )


def _moment(row: DeliveryRow, language: str) -> str:
    at: datetime | None = row.due_at if row.state is DeliveryState.WAITING else row.settled_at
    return NOTHING if at is None else short_moment(at, language)


def _type(name: str, language: str) -> str:
    """What a type of event is called: `roster.amended`, or `*` for all."""
    if name == "*":
        return word(Text("全部变更", "every change"), language)
    kind, _, event = name.partition(".")
    title = _SUBMISSION if kind == "submission" else catalog.kind(f"{kind}.v1").title("")
    did = _EVENTS[ChangeEvent(event)]
    return word(Text(f"{title.zh}：{did.zh}", f"{title.en}: {did.en}"), language)
