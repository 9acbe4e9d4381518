"""How the discrepancies of a connector develop from day to day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.base.clock import day_in_china
from gateway.reconcile.classes import TITLES, Class
from gateway.reconcile.frames import pandas
from gateway.reconcile.rows import Run
from gateway.reconcile.states import COMPARED


@dataclass(frozen=True, slots=True)
class Day:
    """The last run of a day: how many discrepancies there were, by class."""

    on: date
    by_class: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_class.values())


def trend(runs: Sequence[Run]) -> list[Day]:
    """A day each, oldest first, from finished runs of one series in any order; the last of a day and kind counts."""
    rows = [
        {"day": day_in_china(run.started_at), "at": run.started_at, "kind": kind, "class": name, "n": count}
        for run in runs
        if run.state in COMPARED
        for kind, counts in run.counts.items()
        for name, count in {**dict.fromkeys(Class, 0), **counts}.items()
        if name in TITLES
    ]
    if not rows:
        return []
    frame = pandas().DataFrame(rows).sort_values("at").drop_duplicates(["day", "kind", "class"], keep="last")
    table = frame.pivot_table(index="day", columns="class", values="n", aggfunc="sum", fill_value=0).sort_index()
    counted: dict[Any, dict[Any, Any]] = table.to_dict("index")
    return [
        Day(on, {name.value: int(n) for name in Class if (n := counts.get(name))}) for on, counts in counted.items()
    ]
