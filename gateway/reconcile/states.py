"""The lives of a run and of a discrepancy, and why a repair gave one back to a person."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class RunState(StrEnum):
    RUNNING = "running"
    CLEAN = "clean"
    DIFFERS = "differs"
    FAILED = "failed"


class DiscrepancyState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REPAIRED = "repaired"
    IGNORED = "ignored"
    REPORTED = "reported"
    """Nothing is to be done about it: their copies are equal."""


class Problem(StrEnum):
    """Why a discrepancy was not repaired as it was meant to be."""

    MOVED = "moved"
    DISPUTED = "disputed"
    NOT_TAKEN = "not_taken"
    NOT_SENT = "not_sent"
    SUPERSEDED = "superseded"
    """A later run has found the record again, and there it was decided."""


RUNS = Machine(
    "run",
    Text("对账", "Reconciliation"),
    RunState,
    [
        Move(None, RunState.RUNNING, Text("开始对账", "a comparison begins")),
        Move(RunState.RUNNING, RunState.CLEAN, Text("没有待处理的差异", "nothing waits for a repair")),
        Move(RunState.RUNNING, RunState.DIFFERS, Text("存在待处理的差异", "something waits for a repair")),
        Move(RunState.RUNNING, RunState.FAILED, Text("未能完成或被中断", "it could not end, or was interrupted")),
    ],
)
_OPEN, _APPROVED, _IGNORED = DiscrepancyState.OPEN, DiscrepancyState.APPROVED, DiscrepancyState.IGNORED
_REPAIRED, _REPORTED = DiscrepancyState.REPAIRED, DiscrepancyState.REPORTED
DISCREPANCIES = Machine(
    "discrepancy",
    Text("差异", "Discrepancy"),
    DiscrepancyState,
    [
        Move(None, _OPEN, Text("对账发现", "a run finds it")),
        Move(None, _REPORTED, Text("对方的重复记录内容相同", "their copies are equal")),
        Move(_OPEN, _OPEN, Text("修复后差异依旧，待人工核定", "a repair did not help: a person decides")),
        Move(_OPEN, _APPROVED, Text("人工核定以一方为准", "a person chooses a side")),
        Move(_OPEN, _IGNORED, Text("人工忽略，或沿用上次的核定", "a person ignores it, now or in the last run")),
        Move(
            _OPEN,
            _REPAIRED,
            Text(
                "自动修复成功，或其版本冲突已核定", "a repair by itself succeeds, or the conflict about it is decided"
            ),
        ),
        Move(_APPROVED, _APPROVED, Text("人工改以另一方为准", "a person chooses the other side")),
        Move(_APPROVED, _OPEN, Text("未能按核定修复，重新核定", "what was decided could not be done: decide again")),
        Move(_APPROVED, _IGNORED, Text("人工改为忽略", "a person ignores it after all")),
        Move(_APPROVED, _REPAIRED, Text("按核定修复成功", "what was decided is done")),
        Move(_REPORTED, _IGNORED, Text("沿用上次的核定", "a person ignored it in the last run")),
        Move(_IGNORED, _APPROVED, Text("人工改以一方为准", "a person chooses a side after all")),
        Move(_IGNORED, _IGNORED, Text("人工再次忽略", "a person ignores it once more")),
    ],
)

COMPARED = frozenset({RunState.CLEAN, RunState.DIFFERS})
"""States of a run that has a report."""
DECIDABLE = frozenset(DISCREPANCIES.before(_APPROVED, _IGNORED))
"""States in which a person may decide about a discrepancy, also once more."""
