"""One figure with what it is measured against, and what it has to reach."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.cli.components import MissingComponentError

QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")
ROUNDS = 3
_REASON_LETTERS = 200


def scaled(amount: int, quick: int) -> int:
    """How much work a round does: `quick` with BENCH_QUICK=1."""
    return quick if QUICK else amount


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a ratio: `sign` is ">=" or "<="."""

    sign: str
    bound: float

    def met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.sign == ">=" else ratio <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g} x"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the result. `peer` and `limit` are in the unit of `ours`; None where there is none."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    peer_target: Target | None = None
    limit: float | None = None
    limit_name: str = ""
    limit_target: Target | None = None

    @property
    def ratio_to_peer(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def ratio_to_limit(self) -> float | None:
        return None if self.limit is None else self.ours / self.limit

    @property
    def met(self) -> bool:
        pairs = ((self.ratio_to_peer, self.peer_target), (self.ratio_to_limit, self.limit_target))
        return all(target.met(ratio) for ratio, target in pairs if ratio is not None and target is not None)

    def as_dict(self, machine: str) -> dict[str, Any]:
        return {
            "name": self.name,
            "ours": _short(self.ours),
            "peer": _short(self.peer),
            "limit": _short(self.limit),
            "ratio_to_peer": _short(self.ratio_to_peer),
            "ratio_to_limit": _short(self.ratio_to_limit),
            "target": {
                "ratio_to_peer": str(self.peer_target) if self.peer_target else None,
                "ratio_to_limit": str(self.limit_target) if self.limit_target else None,
            },
            "met": self.met,
            "unit": self.unit,
            "peer_name": self.peer_name or None,
            "limit_name": self.limit_name or None,
            "machine": machine,
        }


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A row that could not be measured; `reason` says why, in one line."""

    name: str
    reason: str

    def as_dict(self, machine: str) -> dict[str, Any]:
        return {"name": self.name, "reason": self.reason, "machine": machine}


@dataclass(frozen=True, slots=True)
class Part:
    """What is measured together: the names of its rows, and what gives each as soon as it is measured."""

    names: Sequence[str]
    measure: Callable[..., Iterable[Row]]

    def run(self, *given: Any) -> Iterator[Row | Unmeasured]:
        """Every row of `names`, each as soon as it is known. Never raises what measuring raised."""
        left = list(self.names)
        reason = "the benchmark gave no such row"
        try:
            for row in self.measure(*given):
                left.remove(row.name)
                yield row
        except Exception as error:
            reason = _in_one_line(error)
        yield from (Unmeasured(name, reason) for name in left)

    def unmeasured(self, error: Exception) -> Iterator[Unmeasured]:
        """Its rows, when what it stands on could not be set up."""
        yield from (Unmeasured(name, _in_one_line(error)) for name in self.names)


def interleaved(measures: Sequence[Callable[[], dict[str, float]]]) -> list[dict[str, float]]:
    """Run every measure once a round, A B C A B C A B C, and give each one's medians by name."""
    rounds: list[list[dict[str, float]]] = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return [medians(column) for column in zip(*rounds, strict=True)]


def medians(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each figure by name."""
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


def _in_one_line(error: Exception) -> str:
    if isinstance(error, MissingComponentError):
        return error.reason
    return " ".join(f"{type(error).__name__}: {error}".split())[:_REASON_LETTERS]


def _short(value: float | None) -> float | None:
    """Four significant digits: more would only be noise."""
    return None if value is None else float(f"{value:.4g}")
