"""The canonical code lists, turned round: from any name of an entry to its code."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from importlib.resources import files

_NAMES = ("code", "zh", "en", "alpha3")


@cache
def by_any_name(name: str, *, unique: bool = False) -> dict[str, str]:
    """Code by case-folded code, Chinese and English name, and alias; never by what is only like one of them.

    `unique` leaves out names that several entries bear.

    Raises KeyError when there is no such list.
    """
    rows = _rows(name)
    pairs = [(row[column].casefold(), row["code"]) for column in _NAMES for row in rows if row.get(column)]
    pairs += [
        (alias.casefold(), row["code"]) for row in rows for alias in (row.get("aliases") or "").split("|") if alias
    ]
    if unique:
        times = Counter(text for text, _ in pairs)
        pairs = [pair for pair in pairs if times[pair[0]] == 1]
    return dict(reversed(pairs))  # a code wins over another entry's name, a name over another's alias


def _rows(name: str) -> list[dict[str, str]]:
    file = files("schemas") / "codelists" / f"{name}.csv"
    if not name.isidentifier() or not file.is_file():
        raise KeyError(name)
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))
