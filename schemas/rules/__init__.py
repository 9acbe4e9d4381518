"""What JSON Schema cannot say: check digits, totals, the order of dates, one field against another.

A rule is a function `(record, report)` over a record that satisfies its schema. Each module lists its rules, in the
order in which they report, and its problems are module constants; both are found by reading, nothing registers itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from schemas import structure
from schemas.findings import Problem
from schemas.rules import (
    agencies,
    contract,
    documents,
    filings,
    headcounts,
    lists,
    people,
    plausible,
    qualifications,
    register,
    roster,
    trips,
)
from schemas.rules.report import Rule

_RULES: dict[str, tuple[Rule, ...]] = {
    "agency.v1": qualifications.AGENCY,
    "branch.v1": qualifications.BRANCH,
    "contract.v1": contract.RULES,
    "filing.v1": filings.FILING,
    "guide.v1": qualifications.GUIDE,
    "leader.v1": qualifications.LEADER,
    "outlet.v1": qualifications.OUTLET,
    "pledge.v1": filings.PLEDGE,
    "roster.v1": roster.RULES,
}
_FAMILIES: tuple[ModuleType, ...] = (
    structure,
    documents,
    people,
    agencies,
    lists,
    trips,
    contract,
    headcounts,
    roster,
    qualifications,
    filings,
    register,
    plausible,
)


def rules_for(kind_id: str) -> tuple[Rule, ...]:
    """The rules of a kind; a kind without rules has none."""
    return _RULES.get(kind_id, ())


def problems(more: Iterable[ModuleType] = ()) -> tuple[Problem, ...]:
    """The catalogue of findings, ordered by code: the families here and those of the modules in `more`.

    Raises ValueError when two problems share a code.
    """
    found: dict[str, Problem] = {}
    for module in (*_FAMILIES, *more):
        for value in vars(module).values():
            if isinstance(value, Problem) and found.setdefault(value.code, value) is not value:
                raise ValueError(f"two problems share the code {value.code}")
    return tuple(found[code] for code in sorted(found))
