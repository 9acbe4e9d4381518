"""Write the generated pages of docs/reference: `python -m schemas.projections.docs [FOLDER [MODULE ...]]`.

Each MODULE (such as `adapters.formats.problems`) adds its problems to the catalogue of findings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from schemas.catalog import kinds
from schemas.projections.fields_md import fields_md
from schemas.projections.findings_md import findings_md
from schemas.rules import problems

DEFAULT_FOLDER = Path("docs/reference")


def pages(more: Iterable[ModuleType] = ()) -> dict[str, str]:
    """File name -> text of every generated page; `more` are modules whose problems join the catalogue."""
    found = {f"{each.name}.md": fields_md(each.id) for each in kinds()}
    found["findings.md"] = findings_md(problems(more))
    return found


def write_pages(folder: Path = DEFAULT_FOLDER, more: Iterable[ModuleType] = ()) -> list[Path]:
    """Write the pages into `folder`, which is made when missing; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages(more).items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


if __name__ == "__main__":
    _, *arguments = sys.argv
    target = Path(arguments[0]) if arguments else DEFAULT_FOLDER
    for path in write_pages(target, [import_module(name) for name in arguments[1:]]):
        print(path)
