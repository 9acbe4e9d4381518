"""What the pages of retention say, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.base.settings import RetentionSettings
from gateway.console.shell.answer_checks import Check
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Row, Table
from gateway.ledger.kinds import OWN_KINDS
from gateway.retention.keeping import SUBJECTS, years_of
from gateway.retention.purging import Planned, Report
from gateway.retention.rows import HoldRow, RunRow
from gateway.retention.states import RunState
from gateway.wording.dates import day, moment
from gateway.wording.languages import word
from schemas import catalog
from schemas.findings import Text

BASE = "/retention"
REPORT = Table(
    path=BASE,
    columns=(
        Column(name="subject", title=Text("内容", "What")),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="rows", title=Text("清除数量", "Removed"), is_number=True),
    ),
    filters=(),
)
_STATES: Mapping[RunState, tuple[Text, str]] = {
    RunState.RUNNING: (Text("未完成", "Not done"), "wait"),
    RunState.DONE: (Text("已完成", "Done"), "good"),
}
_HELD_ALONE = (*OWN_KINDS, "guide", "leader")
_ALL = Text("该旅行社的全部内容", "All of the agency")


def shown_plan(plan: Sequence[Planned], settings: RetentionSettings, language: str) -> list[dict[str, Any]]:
    """A line for each subject, with its divisions."""
    return [
        {
            "subject": word(SUBJECTS[each.due.subject], language),
            "years": years_of(each.due.subject, settings),
            "before": day(each.due.before, language),
            "due": sum(each.rows.values()),
            "held": sum(each.held.values()),
            "divisions": [
                {"name": division_words(name), "due": each.rows.get(name, 0), "held": each.held.get(name, 0)}
                for name in sorted(each.rows.keys() | each.held.keys())
            ],
        }
        for each in plan
    ]


def purge_check(plan: Sequence[Planned], language: str) -> Check:
    """What is shown before a purge: how much of what goes."""

    def said(zh: str, en: str) -> str:
        return word(Text(zh, en), language)

    counts = [(each.due.subject, sum(each.rows.values())) for each in plan]
    return Check(
        title=said("清除前核对", "Look once more before it is removed"),
        list_path=BASE,
        list_title=said("保存期限", "Retention"),
        key=said("立即清除", "Remove it now"),
        action=f"{BASE}/runs",
        lines=[(word(SUBJECTS[subject], language), said(f"{rows} 条", f"{rows}")) for subject, rows in counts],
        fields={},
        confirm=said("确认清除", "Remove it"),
        warning=said("清除后无法恢复；被保全的内容不受影响。", "Nothing of it comes back. What is held is left alone."),
    )


def shown_run(row: RunRow, language: str) -> dict[str, Any]:
    state, tone = _STATES[row.state]
    return {
        "id": str(row.id),
        "at": moment(row.begun_at, language),
        "by": row.begun_by,
        "before": day(row.due_before, language),
        "done": "" if row.done_at is None else moment(row.done_at, language),
        "state": word(state, language),
        "tone": tone,
    }


def report_lines(report: Report, language: str) -> list[Row]:
    """What a purge has emptied, a line for each subject and division."""
    return [
        Row(
            name=f"{each.subject}-{each.division}",
            cells={
                "subject": Cell(text=word(SUBJECTS[each.subject], language)),
                "division": Cell(text=division_words(each.division)),
                "rows": Cell(text=str(each.rows)),
            },
        )
        for each in report.counts
    ]


def shown_hold(row: HoldRow, language: str) -> dict[str, Any]:
    title = _ALL if row.kind is None else catalog.kind(f"{row.kind}.v1").title("")
    return {
        "id": str(row.id),
        "partner": row.partner,
        "division": division_words(row.division),
        "what": word(title, language),
        "key": row.key or "",
        "reason": row.reason,
        "by": row.placed_by,
        "at": moment(row.placed_at, language),
        "lifted": "" if row.lifted_at is None else moment(row.lifted_at, language),
        "lifted_by": row.lifted_by or "",
    }


def kinds_to_hold(language: str) -> list[tuple[str, str]]:
    """The kinds of which one record may be held."""
    return [(kind, word(catalog.kind(f"{kind}.v1").title(""), language)) for kind in _HELD_ALONE]
