"""The states of a purge. Pure."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"


RUNS = Machine(
    "retention_run",
    Text("到期清除", "Purge"),
    RunState,
    (
        Move(None, RunState.RUNNING, Text("开始清除", "a purge begins")),
        Move(RunState.RUNNING, RunState.DONE, Text("到期内容已全部清除", "nothing that is due is left")),
    ),
)
