"""Laws of the house that no linter knows: where files, SQL, writes and words belong."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GATEWAY = ROOT / "gateway"
FIXED_NAMES = {"__init__.py", "pages.py", "words.py", "routes.py", "rows.py", "statements.py", "states.py"}
SQL = re.compile(
    r"^\s*(SELECT\s|INSERT INTO\s|UPDATE \w+ SET|UPDATE \w+\s+SET|DELETE FROM\s|WITH \w+ AS|CREATE |COPY |TRUNCATE )"
)
WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)(?=\s)(?!\s+SKIP)")
OWN_PROGRAMS = GATEWAY / "demo" / "systems"
"""Simulated partners share no code with what they test, and have databases of their own."""


def modules() -> Iterator[Path]:
    yield from (path for path in sorted(GATEWAY.rglob("*.py")) if OWN_PROGRAMS not in path.parents)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts(path: Path) -> Iterator[str]:
    """The string constants of a module but for its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    said = {
        id(n.body[0].value) for n in ast.walk(tree(path)) if isinstance(n, documented) and n.body and is_text(n.body[0])
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def names(path: Path) -> Iterator[str]:
    """What a module calls its functions, classes, parameters and variables."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def words_of(name: str) -> set[str]:
    """`_raiseAlert_now` -> raise, alert, now."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_gateway_holds_packages_only() -> None:
    assert [path.name for path in GATEWAY.glob("*.py")] == ["__init__.py"]


def test_no_file_name_stands_twice_in_gateway() -> None:
    places = defaultdict(list)
    for path in GATEWAY.rglob("*.py"):
        if path.name not in FIXED_NAMES:
            places[path.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_sql_stands_in_statements_and_in_the_store() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text.strip()[:60]}"
        for path in modules()
        if path.stem not in ("statements", "rows") and GATEWAY / "store" not in path.parents
        for text in texts(path)
        if SQL.match(text)
    ]
    assert found == []


def test_every_table_has_one_package_that_writes_it() -> None:
    writers = defaultdict(set)
    for path in modules():
        if path.stem == "statements":
            for text in texts(path):
                for table in WRITES.findall(re.sub(r"FOR UPDATE|DO UPDATE", "", text)):
                    writers[table].add(path.parent.relative_to(GATEWAY).parts[0])
    assert writers, "nothing was read"
    assert {table: sorted(found) for table, found in writers.items() if len(found) > 1} == {}


def not_words() -> dict[str, str]:
    """The words that the glossary rules out, with the one to use instead."""
    rows = re.findall(r"^\| ([^|]+) \|[^|]*\|[^|]*\| ([^|]+) \|$", (ROOT / "docs/glossary.md").read_text("utf-8"), re.M)
    return {word: right for right, ruled_out in rows[1:] for word in re.findall(r"[a-z]+", ruled_out)}


def test_the_glossary_rules_words_out() -> None:
    assert not_words()["matter"] == "Alert"
    assert not_words()["mended"] == "Repair"


@pytest.mark.parametrize("house", ["gateway", "adapters", "schemas", "dags", "benchmarks", "tests"])
def test_one_word_a_concept(house: str) -> None:
    ruled_out = not_words()
    found = {
        f"{path.relative_to(ROOT)}: {name} (say {ruled_out[word]})"
        for path in sorted((ROOT / house).rglob("*.py"))
        if OWN_PROGRAMS not in path.parents
        for name in names(path)
        for word in words_of(name) & ruled_out.keys()
    }
    assert sorted(found) == []


DOORS = GATEWAY / "doors"
MAY_SPEAK = {("vendor", "soap")}
"""Doors that may import another one: the vendors' existing protocol is SOAP."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_door_knows_another_or_the_pages() -> None:
    """Whichever folder stands under doors: the import contract names those of today, this one those to come."""
    doors = {path.name for path in DOORS.iterdir() if (path / "__init__.py").exists()}
    assert {"rest", "soap"} <= doors
    found = []
    for door in sorted(doors):
        others = {other for other in doors - {door} if (door, other) not in MAY_SPEAK}
        closed = ("gateway.console.", *(f"gateway.doors.{other}." for other in others))
        for path in sorted((DOORS / door).rglob("*.py")):
            found += [f"{path.relative_to(ROOT)}: {name}" for name in imported(path) if f"{name}.".startswith(closed)]
    assert found == []


def test_names_of_tests_are_short_enough_to_read() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name) > 80
    ]
    assert long == []
