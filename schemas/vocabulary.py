"""The trade's words by what they mean: `游客`, `tourist` and `pax` are one concept.

`vocabulary.csv` beside this file has a line a concept: its weight (how much of a name's meaning it carries), whether it
says *whose* a value is (a traveller's, a guide's ...), and its words in Chinese and English, parted by `|`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`zh` and `en` are concepts by word; `weights` those of the concepts, `whose` the ones that name an owner."""

    zh: Mapping[str, str]
    en: Mapping[str, str]
    weights: Mapping[str, float]
    whose: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The words of the trade, read once."""
    with Path(__file__).with_name("vocabulary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Vocabulary(
        zh={word: row["concept"] for row in rows for word in row["zh"].split("|") if word},
        en={word: row["concept"] for row in rows for word in row["en"].split("|") if word},
        weights={row["concept"]: float(row["weight"]) for row in rows},
        whose=frozenset(row["concept"] for row in rows if row["whose"]),
    )
