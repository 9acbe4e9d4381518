"""What is usual of a record, as bounds that a connector may set otherwise. No official figure stands behind them.

`usual.json` has them by measure, then by type or kind, wide enough that whatever lies outside is most likely written in
another unit. The measures:

`price`                 yuan a head and a day, by type of contract
`days`                  days of a trip, by type of contract or roster
`people`                people in one record, by kind
`age`                   completed years at departure
`months_ahead`          months from today to the departure
`months_signed_before`  months from the signature to the departure
`deposit`               the deposit of an agency or branch, as a multiple of the least that is due
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from schemas.codelists import codelist

Bounds = tuple[float, float]
_LISTS = {"price": ("contract_types",), "days": ("contract_types", "roster_types")}
OFF = "off"


@dataclass(frozen=True, slots=True)
class Usual:
    """The least and the most that is usual, by measure and type; what has no bounds is not looked at."""

    bounds: Mapping[tuple[str, str], Bounds]

    def of(self, measure: str, kind: str) -> Bounds | None:
        return self.bounds.get((measure, kind))

    def but(self, said: Mapping[str, str | Mapping[str, str | list[str]]]) -> Usual:
        """The same with what a connector says of some measures, or of some types of a measure: bounds, or `off`."""
        bounds = dict(self.bounds)
        for measure, types in said.items():
            every = [kind for named, kind in self.bounds if named == measure]
            for kind, limits in dict.fromkeys(every, OFF).items() if isinstance(types, str) else types.items():
                if isinstance(limits, str):
                    bounds.pop((measure, kind), None)
                else:
                    bounds[measure, kind] = _bounds(limits)
        return Usual(bounds)


@cache
def measures() -> Mapping[str, frozenset[str]]:
    """What is measured, and the types or kinds for which there may be bounds."""
    types: dict[str, set[str]] = {}
    for measure, kind in usual().bounds:
        types.setdefault(measure, set()).add(kind)
    for measure, names in _LISTS.items():
        types[measure].update(code for name in names for code in codelist(name))
    return {measure: frozenset(kinds) for measure, kinds in types.items()}


@cache
def usual() -> Usual:
    """What is usual where nothing else is said."""
    raw = json.loads((files("schemas") / "rules" / "usual.json").read_text("utf-8"))
    return Usual({(measure, kind): _bounds(limits) for measure, types in raw.items() for kind, limits in types.items()})


def _bounds(limits: list[str]) -> Bounds:
    least, most = limits
    return float(least), float(most)
