"""The life of a dead letter."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class LetterState(StrEnum):
    OPEN = "open"
    PARKED = "parked"
    """Bulk replays leave it alone until somebody has edited it or asks for it."""
    RESOLVED = "resolved"


_OPEN, _PARKED, _RESOLVED = LetterState.OPEN, LetterState.PARKED, LetterState.RESOLVED
LETTERS = Machine(
    "dead_letter",
    Text("死信", "Dead letter"),
    LetterState,
    [
        Move(None, _OPEN, Text("记录未通过校验", "a record did not pass")),
        Move(None, _PARKED, Text("记录被搁置，须由本平台处理", "a record is put aside for us to repair")),
        Move(_OPEN, _OPEN, Text("经编辑，或重放未通过", "it is edited, or a replay fails")),
        Move(_OPEN, _PARKED, Text("重放第五次未通过", "a replay fails for the fifth time")),
        Move(_PARKED, _PARKED, Text("重放仍未通过", "a replay fails again")),
        Move(_PARKED, _OPEN, Text("经编辑", "it is edited")),
        Move(_OPEN, _RESOLVED, Text("重放通过，或已补报", "a replay passes, or it is sent again")),
        Move(_PARKED, _RESOLVED, Text("重放通过，或已补报", "a replay passes, or it is sent again")),
    ],
)
REPLAYABLE = LETTERS.before(_RESOLVED)
"""Where a letter stands of which a replay tells how it went."""
