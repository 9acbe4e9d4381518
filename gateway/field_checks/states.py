"""What a check on the road may come to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from schemas.findings import Text


class Outcome(StrEnum):
    CONSISTENT = "consistent"
    DEVIATING = "deviating"
    UNVERIFIABLE = "unverifiable"


OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.CONSISTENT: Text("与登记相符", "As registered"),
    Outcome.DEVIATING: Text("与登记不符", "Not as registered"),
    Outcome.UNVERIFIABLE: Text("无法核实", "Could not be told"),
}
