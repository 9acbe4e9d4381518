"""What the pages of reconciliations show: words, dates and bars in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from gateway.reconcile.classes import TITLES, Class, Decision, Repair
from gateway.reconcile.rows import ControlTotal, Dimension, Discrepancy, Run
from gateway.reconcile.states import DiscrepancyState, Problem, RunState
from gateway.reconcile.trends import Day
from gateway.wording.dates import day, moment, short_day, short_moment
from gateway.wording.differences import differences, only_exchanged, reasons
from gateway.wording.languages import word
from gateway.wording.readable import shown_subkind
from schemas import catalog
from schemas.codelists import codelist
from schemas.findings import Text

BAR_WIDTH = 240
MOST_SHOWN = 200
_MOST_FIELDS = 8
_MOST_LINES = 20
TONES = {
    Class.MISSING_HERE: "warn",
    Class.OUTDATED_HERE: "warn",
    Class.UNPUSHED: "warn",
    Class.UNCODED: "bad",
    Class.MISSING_THERE: "bad",
    Class.OLDER_THERE: "bad",
    Class.DIVERGED: "bad",
    Class.DUPLICATE: "bad",
    Class.UNREADABLE: "bad",
}
_RUN_STATES = {
    RunState.RUNNING: Text("正在对账", "Running"),
    RunState.CLEAN: Text("双方一致", "Both sides agree"),
    RunState.DIFFERS: Text("存在差异", "Both sides differ"),
    RunState.FAILED: Text("未能完成", "Failed"),
}
_STATES = {
    DiscrepancyState.OPEN: Text("待处理", "Open"),
    DiscrepancyState.APPROVED: Text("已核定，待执行", "Decided, to be done"),
    DiscrepancyState.REPAIRED: Text("已修复", "Repaired"),
    DiscrepancyState.IGNORED: Text("已忽略", "Ignored"),
    DiscrepancyState.REPORTED: Text("仅作提示", "Reported only"),
}
_QUEUED = Text("已列入待送达", "Queued for the portal")
_STATE_TONES = {
    RunState.CLEAN: "good",
    RunState.DIFFERS: "warn",
    RunState.FAILED: "bad",
    RunState.RUNNING: "none",
}
_REPAIRS = {
    Repair.PULL: Text("自动重新接收", "Pulled again by itself"),
    Repair.PUSH: Text("自动重新发送", "Sent again by itself"),
    Repair.APPROVE: Text("须人工核定", "A person decides"),
    Repair.NONE: Text("由对方处理", "Theirs to repair"),
}
PROBLEM_WORDS = {
    Problem.MOVED: Text("对账之后本平台的记录已变更，请重新对账", "it has changed here since; reconcile again"),
    Problem.DISPUTED: Text(
        "门户已有另一版本，请在门户差异中核定", "they hold another version; decide it as a conflict"
    ),
    Problem.NOT_TAKEN: Text("重新接收后差异依旧", "pulling it again did not change it"),
    Problem.NOT_SENT: Text("门户未予接收，原因见告警", "the other side will not have it; alerts say why"),
    Problem.SUPERSEDED: Text("已在之后的对账中核定", "it was decided in a later reconciliation"),
}
DECISION_WORDS = {
    Decision.KEEP_THEIRS: Text("以门户为准", "Keep theirs"),
    Decision.KEEP_OURS: Text("以本平台为准", "Keep ours"),
    Decision.IGNORE: Text("忽略此差异", "Ignore"),
}
_NAMES = {
    Dimension.DIVISION: Text("按行政区划", "By division"),
    Dimension.DAY: Text("按日期", "By day"),
    Dimension.SUBKIND: Text("按类型", "By type"),
}


def shown_list(runs: Sequence[Run], days: Sequence[Day], titles: Mapping[str, Text], language: str) -> dict[str, Any]:
    """The context of the list of runs, with the trend above it. `titles` are those of the connectors."""
    begun = {run.id: short_moment(run.started_at, language) for run in runs}
    return {
        "runs": [
            {**_run(run, titles, language), "checks": "" if run.repeats is None else begun.get(run.repeats, "")}
            for run in runs
        ],
        "days": _bars(days, language),
        "figure": _figure(days, language),
    }


def shown_run(
    run: Run,
    totals: Sequence[ControlTotal],
    rows: Sequence[Discrepancy],
    titles: Mapping[str, Text],
    *,
    language: str,
    decides: bool,
) -> dict[str, Any]:
    """The context of the page of one run. `decides` says whether the visitor may decide."""
    groups = [group for name in _NAMES if (group := _group(name, totals, language))]
    return {
        "run": _run(run, titles, language),
        "groups": groups,
        "equal": sum(len(group["equal"]) for group in groups),
        "rows": [_discrepancy(row, language, decides=decides) for row in rows[:MOST_SHOWN]],
        "following": f"{rows[MOST_SHOWN].kind}/{rows[MOST_SHOWN].key}" if len(rows) > MOST_SHOWN else "",
        "report": run.report or "",
        "is_comparable": decides and run.connector is not None and run.state is not RunState.RUNNING,
        "is_repairable": decides and run.connector is not None and any(map(_is_due, rows)),
    }


def decided_at(row: Discrepancy) -> str:
    """Where a discrepancy is decided, as it stands now."""
    name = f"{row.seen}/discrepancy/{row.reconciliation_id}/{row.kind}/{row.key}"
    return f"/differences/decision?{urlencode({'row': name})}"


def _is_queued(row: Discrepancy) -> bool:
    """Whether all that is done is that our version waits to go to the other side, like every change."""
    return row.state is DiscrepancyState.REPAIRED and row.decision is Decision.KEEP_OURS


def _is_due(row: Discrepancy) -> bool:
    """Whether a repair would do something about it."""
    if row.state is DiscrepancyState.OPEN:
        return row.problem is None and row.repair in (Repair.PULL, Repair.PUSH)
    return row.state is DiscrepancyState.APPROVED


def _run(run: Run, titles: Mapping[str, Text], language: str) -> dict[str, Any]:
    kinds = [_kind(kind, counts, language) for kind, counts in run.counts.items()]
    return {
        "id": str(run.id),
        "connector": run.connector,
        "title": _title(run, titles, language),
        "begun": short_moment(run.started_at, language),
        "state": word(_RUN_STATES[run.state], language),
        "tone": _STATE_TONES[run.state],
        "started": moment(run.started_at, language),
        "finished": run.finished_at and _ended(run.started_at, run.finished_at, language),
        "repeats": run.repeats and str(run.repeats),
        "failure": run.failed and word(run.failed, language),
        "differing": [kind for kind in kinds if kind["classes"]],
        "agreeing": [kind for kind in kinds if not kind["classes"]],
        "moved": sum(kind["moved"] for kind in kinds),
        "discrepancies": sum(n for counts in run.counts.values() for name, n in counts.items() if name in TITLES),
    }


def _ended(started_at: datetime, finished_at: datetime, language: str) -> str:
    """When it ended; without the day when it is the one on which it began."""
    began, ended = moment(started_at, language), moment(finished_at, language)
    return ended[-5:] if ended[:-5] == began[:-5] else ended


def _title(run: Run, titles: Mapping[str, Text], language: str) -> str:
    if run.connector is None:
        return word(Text("对接方自报", "Sender's own list"), language)
    return word(titles[run.connector], language) if run.connector in titles else run.connector


def _kind(name: str, counts: Mapping[str, int], language: str) -> dict[str, Any]:
    classes = [
        {"name": class_, "title": word(TITLES[class_], language), "tone": TONES[class_], "count": counts[class_]}
        for class_ in Class
        if counts.get(class_)
    ]
    return {
        "title": _kind_title(name, language),
        "ours": counts["ours"],
        "theirs": counts["theirs"],
        "coded": counts["coded"],
        "moved": counts.get("moved", 0),
        "classes": classes,
    }


def _group(name: Dimension, totals: Sequence[ControlTotal], language: str) -> dict[str, Any] | None:
    """The totals by one dimension, at most twenty of those that differ and twenty of those that do not."""
    rows = [row for row in totals if row.dimension is name]
    if not rows:
        return None
    rows.sort(key=lambda row: -abs(row.ours - row.theirs))
    differing = sum(row.ours != row.theirs for row in rows)
    unequal, equal = rows[:differing], rows[differing:]
    return {
        "title": word(_NAMES[name], language),
        "unequal": [_line(row, name, language) for row in unequal[:_MOST_LINES]],
        "equal": [_line(row, name, language) for row in equal[:_MOST_LINES]],
        "more_unequal": max(0, len(unequal) - _MOST_LINES),
        "more_equal": max(0, len(equal) - _MOST_LINES),
    }


def _line(row: ControlTotal, name: Dimension, language: str) -> dict[str, Any]:
    return {
        "kind": _kind_title(row.kind, language),
        "name": _dimension(row.kind, name, getattr(row, name), language),
        "theirs": row.theirs,
        "ours": row.ours,
        "difference": row.ours - row.theirs,
    }


def _dimension(kind: str, name: Dimension, value: Any, language: str) -> str:
    if value is None:
        return "—"
    if name is Dimension.DAY:
        return day(value, language)
    if name is Dimension.SUBKIND:
        return shown_subkind(kind, value, language)
    if name is Dimension.DIVISION and (words := codelist("divisions").get(value)) is not None:
        return f"{word(words, language)} {value}"
    return str(value)


def _discrepancy(row: Discrepancy, language: str, *, decides: bool) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "kind_title": _kind_title(row.kind, language),
        "key": row.key,
        "class": word(TITLES[row.class_], language),
        "tone": TONES[row.class_],
        "versions": _versions(row),
        "fields": differences(row.kind, row.fields or (), language)[:_MOST_FIELDS],
        "reasons": reasons(row.fields or (), language)[:_MOST_FIELDS],
        "alike": only_exchanged(row.fields, language),
        "repair": word(_REPAIRS[row.repair], language),
        "state": word(_QUEUED if _is_queued(row) else _STATES[row.state], language),
        "problem": row.problem and row.state is DiscrepancyState.OPEN and word(PROBLEM_WORDS[row.problem], language),
        "conflict": row.conflict and str(row.conflict),
        "decision": row.decision and word(DECISION_WORDS[row.decision], language),
        "decide": decided_at(row) if decides and row.allowed else "",
    }


def _bars(days: Sequence[Day], language: str) -> list[dict[str, Any]]:
    """A bar a day, its segments by class, scaled to the worst day."""
    most = max((each.total for each in days), default=0) or 1
    return [
        {"title": short_day(each.on, language), "total": each.total, "segments": _segments(each, most, language)}
        for each in days
    ]


def _figure(days: Sequence[Day], language: str) -> dict[str, Any]:
    """The same as a figure: the days, and for every class that there is its count of each."""
    classes = [each for each in Class if any(each.value in day.by_class for day in days)]
    series = [
        {
            "name": word(TITLES[each], language),
            "tone": TONES[each],
            "values": [day.by_class.get(each.value, 0) for day in days],
        }
        for each in classes
    ]
    return {"labels": [short_day(day.on, language) for day in days], "series": series}


def _segments(each: Day, most: int, language: str) -> list[dict[str, Any]]:
    segments, at = [], 0.0
    for name, count in each.by_class.items():
        width = count * BAR_WIDTH / most
        words = f"{word(TITLES[Class(name)], language)} {count}"
        segments.append(
            {"x": f"{at:.1f}", "width": f"{max(width, 1.0):.1f}", "tone": TONES[Class(name)], "words": words}
        )
        at += width
    return segments


def _kind_title(name: str, language: str) -> str:
    return word(catalog.kind(f"{name}.v1").title(""), language)


def _versions(row: Discrepancy) -> str:
    return f"{_number(row.our_revision)} / {_number(row.their_revision)}"


def _number(revision: int | None) -> str:
    return "—" if revision is None else str(revision)
