"""Every regular expression of the product takes time in proportion to what it reads, whatever that is."""

from __future__ import annotations

import ast
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("schemas", "adapters", "gateway", "dags")
SEARCHING = {"search", "sub", "subn", "split", "findall", "finditer"}
METHODS = SEARCHING | {"match", "fullmatch"}
SHORTEST, STEP, LONGEST = 12, 2, 8_000
MOST_EXPONENT = 1.6
WORTH_MEASURING = 2e-3
SUSPICIONS = 3
MANY = 1_000
"""Repetitions of at most so many turns are bounded by the pattern itself."""
SAMPLES: dict[Any, str] = {
    ops.CATEGORY_DIGIT: "0",
    ops.CATEGORY_SPACE: " \n",
    ops.CATEGORY_WORD: "a0",
    ops.CATEGORY_NOT_DIGIT: "a ",
    ops.CATEGORY_NOT_SPACE: "a0",
    ops.CATEGORY_NOT_WORD: " .",
}


class Used(NamedTuple):
    """A pattern with a method that is called on it."""

    pattern: str | bytes
    flags: int
    method: str
    where: str


# --- What there is.


def constants(tree: ast.Module) -> dict[str, Any]:
    """Names of a module that stand for texts and numbers, as far as they can be told without running it."""
    found: dict[str, Any] = {"re": re}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in HOUSES:
            module = __import__(node.module, fromlist=["*"])
            found |= {a.asname or a.name: getattr(module, a.name) for a in node.names if hasattr(module, a.name)}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = evaluated(node.value, found)
            if isinstance(value, str | bytes):
                found[node.targets[0].id] = value
    return found


def evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    try:
        return eval(ast.unparse(node), dict(names))  # noqa: S307 - our own source
    except Exception:
        return None


def is_call_of_re(node: ast.AST, names: set[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in names
    )


def patterns_of(file: Path) -> Iterator[Used]:
    tree = ast.parse(file.read_text("utf-8"))
    names = constants(tree)
    where = str(file.relative_to(ROOT))
    called: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            called.setdefault(node.value.id, set()).add(node.attr)
    bound = {id(n.value): n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in METHODS}
    assigned = {
        id(n.value): n.targets[0].id
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if is_call_of_re(node, METHODS):
            assert isinstance(node, ast.Call)
            assert isinstance(node.func, ast.Attribute)
            methods, pattern, flags = {node.func.attr}, evaluated(node.args[0], names), 0
        elif is_call_of_re(node, {"compile"}):
            assert isinstance(node, ast.Call)
            methods = {bound[id(node)]} if id(node) in bound else called.get(assigned.get(id(node), ""), {"search"})
            pattern = evaluated(node.args[0], names)
            flags = int(evaluated(node.args[1], names)) if len(node.args) > 1 else 0
        else:
            continue
        if isinstance(pattern, str | bytes):
            yield from (Used(pattern, flags, method, f"{where}:{node.lineno}") for method in sorted(methods))


def used() -> list[Used]:
    files = (file for house in HOUSES for file in sorted((ROOT / house).rglob("*.py")) if "demo" not in file.parts)
    return [one for file in files for one in patterns_of(file)]


# --- What is tried on it.


def attacks(one: Used) -> set[tuple[str, str]]:
    """For every repetition what leads there, and what it may repeat; an end that fits nothing follows."""
    text = one.pattern if isinstance(one.pattern, str) else one.pattern.decode("latin-1")
    return set(runs(parser.parse(text, one.flags & ~re.UNICODE), ""))


def runs(items: Sequence[Any], before: str) -> Iterator[tuple[str, str]]:
    for op, argument in items:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            if argument[1] > MANY:
                yield from ((before, letter) for letter in letters(argument[2]))
            yield from runs(argument[2], before)
            before += shortest(argument[2]) * min(max(argument[0], 1), argument[1])
            continue
        if op is ops.SUBPATTERN:
            yield from runs(argument[3], before)
        elif op is ops.BRANCH:
            for branch in argument[1]:
                yield from runs(branch, before)
        elif op is ops.ATOMIC_GROUP:
            yield from runs(argument, before)
        before += shortest([(op, argument)])


def letters(items: Sequence[Any]) -> list[str]:
    """What one turn of a repetition may read: its shortest text, and each of its characters alone."""
    found = {shortest(items): None}
    for op, argument in items:
        if op is ops.IN:
            found |= dict.fromkeys(members(argument))
        elif op is ops.BRANCH:
            for branch in argument[1]:
                found |= dict.fromkeys(letters(branch))
        elif op is ops.SUBPATTERN:
            found |= dict.fromkeys(letters(argument[3]))
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            found |= dict.fromkeys(letters(argument[2]))
    return [each for each in found if each][:12]


def members(argument: Sequence[Any]) -> str:
    if argument[0][0] is ops.NEGATE:
        return "".join({letter: None for letter in "a 0-/(" if letter not in members(argument[1:])})
    found = ""
    for op, value in argument:
        if op is ops.LITERAL:
            found += chr(value)
        elif op is ops.RANGE:
            found += chr(value[0])
        elif op is ops.CATEGORY:
            found += SAMPLES[value]
    return found


def shortest(items: Sequence[Any]) -> str:
    """About the shortest text that the pattern reads; every repetition is there once, that none is in the way."""
    text = ""
    for op, argument in items:
        if op is ops.LITERAL:
            text += chr(argument)
        elif op is ops.NOT_LITERAL:
            text += "a" if argument != ord("a") else "b"
        elif op is ops.ANY:
            text += "a"
        elif op is ops.IN:
            text += members(argument)[:1]
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            text += shortest(argument[2]) * min(max(argument[0], 1), argument[1])
        elif op is ops.SUBPATTERN:
            text += shortest(argument[3])
        elif op is ops.BRANCH:
            text += shortest(argument[1][0])
        elif op is ops.ATOMIC_GROUP:
            text += shortest(argument)
    return text


# --- What it costs.


def cost(read: Callable[[Any], Any], text: Any) -> float:
    """Seconds of CPU, the least of a few."""
    least = 1e9
    for _ in range(5):
        started = time.process_time()
        read(text)
        least = min(least, time.process_time() - started)
        if least < 1e-4 or least > 0.5:
            break
    return least


def exponent(one: Used, before: str, turn: str) -> float:
    """How the cost grows with the length: 1 in proportion, 2 with its square. 1 as well when it is next to nothing."""
    pattern = re.compile(one.pattern, one.flags)

    def read(text: Any) -> Any:
        if one.method in ("sub", "subn"):
            return pattern.sub(text[:0], text)
        found = getattr(pattern, one.method)(text)
        return list(found) if one.method == "finditer" else found

    def attack(length: int) -> str | bytes:
        text = f"{before}{turn * (length // len(turn))}\x01"
        return text if isinstance(one.pattern, str) else text.encode("latin-1")

    def measured(length: int) -> float:
        longer = cost(read, attack(length * STEP))
        return 1 if longer < WORTH_MEASURING else math.log(longer / max(cost(read, attack(length)), 1e-7), STEP)

    found, length = 1.0, SHORTEST
    while length <= LONGEST and found < MOST_EXPONENT:
        found = measured(length)
        for _ in range(SUSPICIONS):  # a neighbour on the same core makes one measurement worse, no pattern better
            if found >= MOST_EXPONENT:
                found = min(found, measured(length))
        length *= STEP
    return found


def worst(one: Used) -> float:
    return max((exponent(one, *attack) for attack in attacks(one)), default=1)


@pytest.mark.parametrize("one", used(), ids=lambda one: f"{one.where} {one.method}")
def test_a_pattern_takes_time_in_proportion(one: Used) -> None:
    assert worst(one) < MOST_EXPONENT


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\d+\s*(万)?\s*元", "fullmatch"),
        (r"\s+$", "search"),
        (r"(?:aa?)*b", "match"),
        (r"\[\[\s*(.*?)\s*\|\|", "sub"),
        (rb"x[a-z]*[b-z]*!", "match"),
    ],
)
def test_one_that_does_not_is_found(pattern: str | bytes, method: str) -> None:
    assert worst(Used(pattern, 0, method, "")) > MOST_EXPONENT


def test_the_patterns_of_the_tree_are_found() -> None:
    assert len(used()) > 90
