"""Drafting in a process of its own: its libraries are large, and nothing of them stays with who asked.

It reads one JSON object on its standard input and writes one to its standard output; contents are Base64.

    {"do": "draft", "name": "acme", "samples": {"a.xlsx": ...}, "target": "roster" or null, "today": "2026-11-30"}
        -> {"files": {"connector.yaml": ...}}        with the golden examples' outcomes as of that day
    {"do": "rank", "samples": {"a.xlsx": ...}, "target": "roster"}
        -> {"fields": [{"target": ..., "candidates": [...]}]}
    what cannot be done -> {"refused": {"zh": ..., "en": ...}}
"""

from __future__ import annotations

import json
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from adapters.check import write_expected
from adapters.connector import load_connector
from adapters.drafting.libraries import must_be_installed
from adapters.errors import Fatal, Unreadable


def main() -> None:
    asked = json.load(sys.stdin)
    try:
        must_be_installed()
        answer = _DOES[asked["do"]](asked)
    except Unreadable as failure:
        answer = {"refused": failure.finding.reason._asdict()}
    except Fatal as error:
        answer = {"refused": error.text._asdict()}
    json.dump(answer, sys.stdout)


def _draft(asked: Mapping[str, Any]) -> dict[str, Any]:
    from adapters.drafting.folder import draft

    with tempfile.TemporaryDirectory() as place:
        drafted = draft(asked["name"], _written(asked, Path(place)), target=asked["target"])
        folder = Path(place) / "folder"
        for name, content in drafted.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        write_expected(load_connector(folder), date.fromisoformat(asked["today"]))
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        return {"files": {str(file.relative_to(folder)): b64encode(file.read_bytes()).decode() for file in files}}


def _rank(asked: Mapping[str, Any]) -> dict[str, Any]:
    from adapters.drafting.ranking import ranked
    from schemas.catalog import kind

    with tempfile.TemporaryDirectory() as place:
        (sample,) = _written(asked, Path(place))
        return {"fields": [field.as_dict() for field in ranked(sample, kind(f"{asked['target']}.v1"))]}


def _written(asked: Mapping[str, Any], place: Path) -> list[Path]:
    """The samples as files, each in a folder of its own: names are the sender's."""
    written = []
    for number, (name, content) in enumerate(asked["samples"].items()):
        file = place / str(number) / name
        file.parent.mkdir()
        file.write_bytes(b64decode(content))
        written.append(file)
    return written


_DOES = {"draft": _draft, "rank": _rank}

if __name__ == "__main__":
    main()
