"""The house as its own code shows it: a line a room from the packages' docstrings, a drawing from their imports.

`docs/architecture.md` holds both between markers; `make docs` writes them anew and `make check` compares.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_HOUSE = Path(__file__).parents[1]
_DOORS = ("doors", "console")
_BLOCK = re.compile(r"(<!-- generated: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """A page with its generated blocks as they are now."""
    blocks = {"tree": _tree(), "drawing": _drawing()}
    return _BLOCK.sub(lambda block: f"{block[1]}{blocks[block['name']]}\n{block[3]}", page)


def _tree() -> str:
    """A line a room; what is behind a door or a page has one too."""
    lines = []
    for room in _rooms():
        lines.append(f"gateway/{room.name:<14} {_first_line(room)}")
        if room.name in _DOORS:
            inner = sorted(path.parent for path in room.glob("*/__init__.py"))
            lines += [f"    {room.name}/{each.name:<16} {_first_line(each)}" for each in inner]
    return "\n".join(["```", *lines, "```"])


def _drawing() -> str:
    """An arrow for each import between rooms that no longer way implies."""
    imports = {room.name: _imported(room) for room in _rooms()}
    arrows = [f"    {room} --> {other}" for room in sorted(imports) for other in sorted(_direct(room, imports))]
    return "\n".join(["```mermaid", "flowchart TD", *arrows, "```"])


def _rooms() -> list[Path]:
    return sorted(path.parent for path in _HOUSE.glob("*/__init__.py"))


def _first_line(package: Path) -> str:
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def _imported(room: Path) -> set[str]:
    """The other rooms that modules of a room import from."""
    found = {name for path in room.rglob("*.py") for name in _imports_of(path)}
    return found - {room.name}


def _imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "gateway":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gateway."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("gateway."))


def _direct(room: str, imports: Mapping[str, set[str]]) -> set[str]:
    """The imports of a room that none of its other imports reaches."""
    return {
        other for other in imports[room] if not any(_reaches(via, other, imports) for via in imports[room] - {other})
    }


def _reaches(start: str, end: str, imports: Mapping[str, set[str]]) -> bool:
    seen, waiting = set[str](), [start]
    while waiting:
        room = waiting.pop()
        if room == end:
            return True
        if room not in seen:
            seen.add(room)
            waiting += imports.get(room, ())
    return False
