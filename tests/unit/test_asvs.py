"""The table of ASVS 5.0: every requirement of levels 1 and 2 stands on it once, and what is named as proof exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs/reference/asvs.md").read_text("utf-8")
_ROW = re.compile(r"^\| (V[0-9.]+)(?:–(V[0-9.]+))? \| (\w+) \| (.+) \|$", re.MULTILINE)
_ROWS = _ROW.findall(_PAGE)

SECTIONS = {
    1: (2, 9, 11, 3, 2), 2: (3, 3, 4, 1), 3: (0, 2, 4, 6, 5, 0, 2), 4: (3, 1, 2, 4), 5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4), 7: (3, 4, 2, 5, 2, 2), 8: (2, 3, 1, 1), 9: (3, 4), 10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1), 12: (3, 2, 4), 13: (1, 5, 2, 5), 14: (2, 4, 3), 15: (3, 3, 7), 16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}  # fmt: skip
"""How many requirements of levels 1 and 2 each section has; in every section they are the first ones."""
REQUIRED = [
    (chapter, section, number)
    for chapter, counts in SECTIONS.items()
    for section, count in enumerate(counts, 1)
    for number in range(1, count + 1)
]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text[1:].split(".")))


def test_every_requirement_stands_on_the_page_once() -> None:
    assert len(REQUIRED) == 253
    told = Counter(
        each for first, last, *_ in _ROWS for each in REQUIRED if numbers(first) <= each <= numbers(last or first)
    )
    assert told == Counter(REQUIRED)


def test_a_state_is_one_of_five_and_proofs_go_with_it() -> None:
    for first, _, state, how in _ROWS:
        assert state in {"met", "design", "deploy", "none", "open"}, first
        assert state != "met" or "test" in how, f"{first} names no test"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", _PAGE))))
def test_a_test_that_is_named_exists(name: str) -> None:
    assert f"def {name}(" in _TESTS


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/.]+)`", _PAGE))))
def test_a_file_that_is_named_exists(path: str) -> None:
    assert (_ROOT / path).is_file()


_TESTS = "\n".join(file.read_text("utf-8") for file in sorted((_ROOT / "tests").rglob("test_*.py")))
